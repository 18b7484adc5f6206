"""Scenarios of what stands in WordPress afterwards: user meta, tags, and what plugins hear."""

from tests.bridge.fusion.fields import full_record
from tests.bridge.fusion.scene import Scene, caveats

HEARD = """
foreach (['user_register', 'profile_update', 'set_user_role',
        'wpf_tags_applied', 'wpf_tags_removed', 'wpf_tags_modified',
        'keap_bridge_user_synced'] as $hook) {
    add_action($hook, function ($user_id, $tags = null) use ($hook) {
        $said = [$hook, $user_id, 0 === strpos($hook, 'wpf_') ? $tags : null];
        update_option('heard', array_merge(get_option('heard', []), [$said]), false);
    }, 10, 2);
}
"""

ROWS = """
    global $wpdb;
    return $wpdb->get_results($wpdb->prepare("SELECT meta_key, meta_value FROM $wpdb->usermeta"
        . " WHERE user_id = %d AND meta_key LIKE 'infusionsoft%%'", $args[0]), ARRAY_A);
"""
"""PHP: the rows as they stand in the database."""


async def an_empty_field_erases_nothing_unless_wanted(scene: Scene) -> None:
    """``when_empty: clear`` is WP Fusion's *raw*; a zero is a value."""
    ann = scene.contact(**full_record(scene), custom={"Age": 0})
    await scene.post(ann)
    zero = scene.user(ann)["meta"]["age"]
    for name in ("middle_name", "job_title"):
        del ann.properties[name]
    await scene.post(ann, "update")
    meta = scene.user(ann)["meta"]

    assert (zero, meta["age"]) == ("0", "0")
    assert meta["middle_name"] == "Rose"
    assert meta.get("job", "") == ""


async def link_and_tags_are_the_rows_of_wp_fusion(scene: Scene) -> None:
    """Byte for byte; the tags' row goes with the last tag."""
    tags = [scene.sandbox.tenant.find_tag(name).id for name in ("Gold member", "Customer")]
    ann = scene.contact(tag_ids=tags)
    delivery = await scene.post(ann)
    rows = scene.wordpress.ask(ROWS, str(delivery.user_id))
    for tag in tags:
        scene.sandbox.tenant.remove_tag(ann.id, tag)
    await scene.post(ann, "update_tags")
    without = scene.wordpress.ask(ROWS, str(delivery.user_id))

    first, second = (f's:{len(tag)}:"{tag}";' for tag in tags)
    assert {row["meta_key"]: row["meta_value"] for row in rows} == {
        "infusionsoft_contact_id": ann.id,
        "infusionsoft_tags": f"a:2:{{i:0;{first}i:1;{second}}}",
    }
    assert [row["meta_key"] for row in without] == ["infusionsoft_contact_id"]


async def plugins_hear_of_everything(scene: Scene) -> None:
    """WordPress's own actions for users, WP Fusion's for tags."""
    gold, silver = (
        scene.sandbox.tenant.find_tag(f"{each} member").id for each in ("Gold", "Silver")
    )
    ann = scene.contact(tag_ids=[gold])
    with scene.wordpress.mu_plugin("listener", HEARD):
        await scene.post(ann)
        scene.sandbox.tenant.remove_tag(ann.id, gold)
        scene.sandbox.tenant.apply_tag(ann.id, silver)
        ann.properties["given_name"] = "Anna"
        delivery = await scene.post(ann, "update", role="member_a")
    heard = scene.wordpress.ask(
        "$said = get_option('heard'); delete_option('heard'); return $said;"
    )

    assert {user for _, user, _ in heard} == {delivery.user_id}
    assert [(hook, tags) for hook, _, tags in heard if tags is not None] == [
        ("wpf_tags_applied", [gold]),
        ("wpf_tags_modified", [gold]),
        ("wpf_tags_applied", [silver]),
        ("wpf_tags_removed", [gold]),
        ("wpf_tags_modified", [silver]),
    ]
    assert {
        "user_register",
        "profile_update",
        "set_user_role",
        "keap_bridge_user_synced",
    } <= {hook for hook, _, _ in heard}


async def roles_follow_tags(scene: Scene) -> None:
    """As with WP Fusion and the plugin Members, and nobody is left without a role."""
    gold = scene.sandbox.tenant.find_tag("Gold member").id
    ann = scene.contact(tag_ids=[gold])
    settings = (
        "users: {roles: {allowed: [subscriber, member_a]}}\n"
        'tags: {roles: {"Gold member": member_a}}'
    )
    async with scene.another("tag_roles", settings) as other:
        await other.post(ann)
        with_tag = scene.user(ann)["roles"]
        scene.sandbox.tenant.remove_tag(ann.id, gold)
        delivery = await other.post(ann, "update_tags")

    assert "member_a" in with_tag
    assert scene.user(ann)["roles"] == ["subscriber"]
    assert caveats(delivery) == set()
