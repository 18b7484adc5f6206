"""Scenarios of what is copied: fields, user meta, tags, and what plugins hear of it."""

from tests.bridge.fusion.scene import Scene, caveats

HEARD = """
foreach (['user_register', 'profile_update', 'set_user_role',
        'wpf_tags_applied', 'wpf_tags_removed', 'wpf_tags_modified'] as $hook) {
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


def _fields(scene: Scene, **properties: object) -> dict[str, object]:
    return {
        "given_name": "Ann",
        "middle_name": "Rose",
        "job_title": "Owner",
        "company": {"id": "7", "company_name": "Lee & Sons"},
        "email_addresses": [
            {"email": f"full{len(scene.sandbox.tenant.contacts)}@example.com", "field": "EMAIL1"},
            {"email": "second@example.com", "field": "EMAIL2"},
        ],
        "email": None,
        "phone_numbers": [{"field": "PHONE1", "number": "555 0100", "extension": "7"}],
        "addresses": [
            {"field": "SHIPPING", "locality": "Tucson", "country_code": "USA"},
            {
                "field": "BILLING",
                "line1": "1 Main Street",
                "locality": "Phoenix",
                "region": "Arizona",
                "country_code": "USA",
            },
        ],
        "birth_date": "1985-03-15",
        **properties,
    }


async def an_empty_field_erases_nothing_unless_wanted(scene: Scene) -> None:
    """``when_empty: clear`` is WP Fusion's *raw*; a zero is a value."""
    ann = scene.contact(**_fields(scene), custom={"Age": 0})
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
    assert {"user_register", "profile_update", "set_user_role"} <= {hook for hook, _, _ in heard}


async def fields_go_by_the_names_of_wp_fusion(scene: Scene) -> None:
    """Addresses, phones and e-mail addresses too, and those that its REST version does not load."""
    ann = scene.contact(**_fields(scene))
    await scene.post(ann)
    meta = scene.user(ann)["meta"]

    wanted = {
        "first_name": "Ann",
        "middle_name": "Rose",
        "job": "Owner",
        "company": "Lee & Sons",
        "phone": "555 0100",
        "phone_extension": "7",
        "second_email": "second@example.com",
        "street": "1 Main Street",
        "shipping_city": "Tucson",
    }
    assert {name: meta.get(name) for name in wanted} == wanted


async def the_fields_are_listed(scene: Scene) -> None:
    """``keap-bridge fields`` is the list from which WP Fusion's page lets one choose."""
    listed = await scene.command("fields")

    assert listed.code == 0
    for name in ("FirstName", "StreetAddress1", "_Membersince", "EmailAddress2"):
        assert name in listed.out


async def custom_fields_go_by_label_or_id(scene: Scene) -> None:
    """Labels with blanks and signs too, and a field called as a standard one."""
    ann = scene.contact(
        custom={"Notes for staff": "first\nsecond", "Age": 41, "What's up?": "So so"}
    )
    number = scene.sandbox.tenant.find_custom_field("What's up?").id
    await scene.post(ann)
    mapping = f"fields: {{mood: '{number}', mood_too: _Whatsup}}"
    async with scene.another("custom", mapping) as other:
        await other.post(ann, "update")
    meta = scene.user(ann)["meta"]

    assert (meta["staff_notes"], meta["age"]) == ("first\nsecond", "41")
    assert (meta["mood"], meta["mood_too"]) == ("So so", "So so")


async def dates_are_dates_and_go_into_any_form(scene: Scene) -> None:
    """One form without ``as``; the form and time zone of the site with it."""
    moment = "2026-03-15T10:30:00.000Z"
    ann = scene.contact(
        **_fields(scene), custom={"Last visit": moment, "Member since": "2024-01-10"}
    )
    await scene.post(ann)
    meta = scene.user(ann)["meta"]

    assert (meta["birthday"], meta["member_since"]) == ("1985-03-15", "10.01.2024")
    assert meta["last_visit"] == "2026-03-15T10:30:00Z"
    assert meta["last_visit_here"] == "15/03 11:30"


async def countries_and_regions_may_be_converted(scene: Scene) -> None:
    """As Keap has them without ``as``; as WooCommerce wants them with it."""
    ann = scene.contact(**_fields(scene))
    await scene.post(ann)
    meta = scene.user(ann)["meta"]

    assert (meta["country"], meta["billing_country"], meta["billing_state"]) == ("USA", "US", "AZ")


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
