"""Scenarios of what people run: logs, tests, a look at what would happen, many users at once."""

import json
import re

from tests.bridge.fusion.scene import RETURNING, Scene


async def every_post_has_a_timeline(scene: Scene) -> None:
    """By state and contact, for people and for programs, without anybody's address or password."""
    ann = scene.contact()
    async with scene.another("log", RETURNING) as other:
        delivery = await other.post(ann, role="platinum", send_notification="true")
        listed = await other.command("deliveries", "--contact", ann.id)
        shown = await other.command("deliveries", delivery.id)
        plain = await other.command("deliveries", "--state", "done", "--json")
    password = scene.sandbox.tenant.custom_value(ann.id, "WP Password")

    assert delivery.id in listed.out
    assert "platinum" in listed.out
    assert [json.loads(line)["id"] for line in plain.out.splitlines()] == [delivery.id]
    for step in ("contact read", "user created", "password returned", "notification sent"):
        assert step in shown.out
    for text in (listed.out, shown.out, plain.out):
        assert password not in text
        assert str(ann.email()) not in text


async def a_test_is_one_command(scene: Scene) -> None:
    """Of address and key, from anywhere; ``check`` looks at both ends."""
    tested = await scene.command("post", "--action", "test", "--url", scene.bridge.url)
    looked = await scene.command("check")

    assert tested.code == 0
    assert '"success": true' in tested.out
    assert "ok       Keap" in looked.out
    assert "ok       WordPress" in looked.out


async def a_look_changes_nothing(scene: Scene) -> None:
    """WP Fusion's debug page does what it shows; ``preview`` only says it."""
    ann = scene.contact(given_name="Ann Look")
    before = len(scene.wordpress.users())
    looked = await scene.command("preview", ann.id, "--action", "add", "--role", "member_a")

    assert looked.code == 0
    assert "Ann Look" in looked.out
    assert "member_a" in looked.out
    assert len(scene.wordpress.users()) == before


async def everybody_with_a_tag_is_imported(scene: Scene) -> None:
    """After a dry run that says who; those who are there are brought up to date."""
    name = "Import"
    tag = scene.sandbox.tenant.add_tag(name).id
    people = [scene.contact(tag_ids=[tag]) for _ in range(3)]
    await scene.post(people[0])
    people[0].properties["given_name"] = "Anna"
    file = scene.configured("import", "users: {roles: {allowed: [subscriber, member_a]}}\n")
    words = ("sync", "--tag", name, "--action", "add", "--role", "member_a")
    dry = await scene.command(*words, "--dry-run", config_file=file)
    done = await scene.command(*words, config_file=file)

    assert dry.code == 0
    assert dry.out.count("missing_user") == 2
    assert "3 users changed or made" in done.out
    users = scene.users(*people)
    assert [user["roles"] for user in users] == [["member_a"]] * 3
    assert users[0]["meta"]["first_name"] == "Anna"
    assert [mail for each in people for mail in scene.mails_to(each)] == []


async def a_copied_site_is_noticed_and_reaches_no_keap(scene: Scene) -> None:
    """The copy holds neither Keap's token nor address; ``check`` says where a site thinks it is."""
    dump = scene.wordpress.ask(
        "global $wpdb; return json_encode([$wpdb->get_col('SELECT option_value FROM ' ."
        " $wpdb->options), $wpdb->get_col('SELECT meta_value FROM ' . $wpdb->usermeta)]);"
    )
    original = "add_filter('home_url', function () { return 'https://live.example.com'; });"
    with scene.wordpress.mu_plugin("original", original):
        copied = await scene.command("check")
    own = await scene.command("check")

    assert scene.sandbox.token not in dump
    assert scene.sandbox.origin not in dump
    assert "its address is https://live.example.com" in re.sub(r"\s+", " ", copied.out)
    assert "believes that its address" not in re.sub(r"\s+", " ", own.out)


async def an_update_writes_nothing_to_keap(scene: Scene) -> None:
    """So that no change of the bridge's own comes back as a Post and meets the next one."""
    ann = scene.contact()
    await scene.post(ann)
    scene.sandbox.record.clear()
    for action in ("add", "update", "update_tags"):
        await scene.post(ann, action, role="member_a")

    assert {request.method for request in scene.sandbox.record.requests} == {"GET"}
    assert len(scene.sandbox.record.requests) == 3


async def all_links_and_tags_are_resynchronised(scene: Scene) -> None:
    """Users whom WP Fusion has linked, and a contact who was merged meanwhile."""
    gold = scene.sandbox.tenant.find_tag("Gold member").id
    ann = scene.contact(tag_ids=[gold])
    gone, kept = scene.contact(), scene.contact()
    scene.somebody(f"wpf{ann.id}", str(ann.email()), infusionsoft_contact_id=ann.id)
    scene.somebody(f"wpf{gone.id}", str(gone.email()), infusionsoft_contact_id=gone.id)
    kept.properties["email_addresses"] = gone.properties["email_addresses"]
    scene.sandbox.tenant.merge_contacts(gone.id, into=kept.id)
    file = scene.configured("linked", "users: {roles: {allowed: [subscriber]}}\n")
    done = await scene.command("sync", "--linked", config_file=file)

    assert done.code == 0, done.err
    known, found = scene.users(ann, kept)
    assert known["meta"]["infusionsoft_tags"] == [gold]
    assert found["meta"]["infusionsoft_contact_id"] == kept.id
