"""What ``keap-bridge preview`` says, and that the bridge then does exactly that."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bridge.demo.wordpress import RunningWordPress
from keap_client.sandbox import Fault, Sandbox
from tests.bridge.commanding import run
from tests.bridge.running import RunningBridge, bridge_between, write_config

ZOE = "zoe@example.com"
MORE = """\
fields:
  first_name: FirstName
  last_name: LastName
  user_email: Email
  user_url: Website
  billing_city: City
"""
PROFILE = ("user_login", "user_email", "user_url", "display_name", "roles")
"""What a preview may name; what follows from it (nicename, password) is not told."""


def shown(user: Mapping[str, Any]) -> dict[str, str]:
    """A user as a preview's changes would name everything of it, WordPress's own meta left out."""
    own = {"first_name", "last_name", "nickname", "description", "locale"}
    meta = {
        key if key in own else f"meta:{key}": value
        for key, value in user["meta"].items()
        if key in own or key.startswith(("billing_", "infusionsoft_"))
    }
    values = {name: user[name] for name in PROFILE} | meta
    return {
        name: ", ".join(value) if isinstance(value, list) else value
        for name, value in values.items()
        if value
    }


def names_in(folder: Path) -> list[str]:
    """What stands in a folder."""
    return [each.name for each in folder.iterdir()]


async def last_steps(bridge: RunningBridge) -> list[tuple[str, str]]:
    """Names and details of what the newest delivery's attempt did."""
    delivery = (await bridge.deliveries())[-1]
    (attempt,) = await bridge.timeline(delivery.id)
    return [(step.name, step.detail) for step in attempt.steps]


async def test_a_new_user_becomes_what_the_preview_said(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """People would decide by something that does not happen."""
    wordpress = wordpress_with_companion
    file = write_config(tmp_path, sandbox.url, sandbox.token, wordpress, more=MORE)
    arguments = ("preview", "1001", "--role", "member_a,editor", "--send-notification")
    said = json.loads((await run(capsys, file, *arguments, "--json")).out)
    text = await run(capsys, file, *arguments)

    async with bridge_between(sandbox, wordpress, tmp_path, more=MORE) as bridge:
        await bridge.post(role="member_a,editor", send_notification="true")
        (delivery,) = await bridge.settled()
        steps = await last_steps(bridge)

    changes = {change["name"]: change["after"] for change in said["changes"]}
    caveats = [(each["code"], each["subject"]) for each in said["warnings"]]
    assert said["outcome"] == "created"
    assert changes == shown(wordpress.user(ZOE))
    assert ("user_created", ", ".join(changes)) in steps
    assert caveats == [(each.code, each.subject) for each in delivery.caveats]
    assert text.out.startswith("Contact 1001, add: a user would be created\n")
    assert re.search(r"^  \+ first_name +Zoë$", text.out, re.MULTILINE)
    assert re.search(r"^  ~ roles +\+ member_a$", text.out, re.MULTILINE)
    assert "The new-user notification would be sent, with a link" in text.out
    assert "warning: the role editor may not be given" in text.out


async def test_a_user_who_exists_changes_as_the_preview_said(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress: RunningWordPress,
    tmp_path: Path,
) -> None:
    """As above, for the change of a member; over core the store's link finds the user."""
    async with bridge_between(sandbox, wordpress, tmp_path, more=MORE) as bridge:
        await bridge.post(role="member_a")
        await bridge.settled()
        before = shown(wordpress.user(ZOE))
        contact = sandbox.tenant.contacts["1001"].properties
        contact["given_name"] = "Zoe"
        contact["email_addresses"][0]["email"] = "new@example.com"
        file = tmp_path / "config.yaml"
        arguments = ("preview", "1001", "--action", "update", "--role", "member_b")
        text = await run(capsys, file, *arguments)
        said = json.loads((await run(capsys, file, *arguments, "--json")).out)
        await bridge.post(action="update", role="member_b")
        await bridge.settled()
        again = await run(capsys, file, *arguments)

    after = shown(wordpress.user("new@example.com"))
    differs = {
        name: (before.get(name), after.get(name))
        for name in {*before, *after}
        if before.get(name) != after.get(name)
    }
    assert said["outcome"] == "updated"
    assert {c["name"]: (c["before"], c["after"]) for c in said["changes"]} == differs
    assert re.search(r"^  ~ first_name +Zoë → Zoe$", text.out, re.MULTILINE)
    assert re.search(r"^  ~ roles +\+ member_b\n +- member_a$", text.out, re.MULTILINE)
    assert re.search(r"^    last_name +WordPress has it already$", text.out, re.MULTILINE)
    roles = next(change for change in said["changes"] if change["name"] == "roles")
    assert (roles["added"], roles["removed"]) == (["member_b"], ["member_a"])
    assert "tell the old address" in text.out
    assert "would stay as it is\n" in again.out


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_a_post_that_came_in_is_previewed_as_it_came(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """Somebody would resend a delivery that does something else than what they were shown."""
    tags = 'tags: {roles: {"Gold member": member_b}}'
    wordpress = wordpress_with_companion
    async with bridge_between(sandbox, wordpress, tmp_path, more=tags) as bridge:
        await bridge.post()
        await bridge.post(action="update", role="member_a")
        (_, updated) = await bridge.settled()
        tenant = sandbox.tenant
        tenant.remove_tag("1001", tenant.find_tag("Gold member").id)
        wordpress.php("get_user_by('email', $args[0])->set_role('subscriber');", ZOE)
        file = tmp_path / "config.yaml"
        name = f"deliveries:{updated.id}"
        text = await run(capsys, file, "preview", "--post", name)
        said = json.loads((await run(capsys, file, "preview", "--post", name, "--json")).out)
        unknown = await run(capsys, file, "preview", "--post", "deliveries:nope")
        twice = await run(capsys, file, "preview", "1001", "--post", name)
        nobody = await run(capsys, file, "preview")

    changes = {each["name"]: each for each in said["changes"]}
    assert text.out.startswith("Contact 1001, update: WordPress user")
    assert re.search(r"^  ~ meta:infusionsoft_tags +- \d+ Gold member$", text.out, re.MULTILINE)
    assert changes["roles"]["added"] == ["member_a"]
    assert changes["meta:infusionsoft_tags"]["removed"] == [tenant.find_tag("Gold member").id]
    assert {each["name"] for each in said["left_out"]} == {"first_name", "last_name", "user_email"}
    assert (unknown.code, twice.code, nobody.code) == (5, 2, 2)
    assert "There is no delivery nope" in unknown.err
    assert "leave CONTACT_ID out" in twice.err


async def test_a_preview_writes_nothing(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress: RunningWordPress,
    tmp_path: Path,
) -> None:
    """Looking would already be doing."""
    users = {"return_password_to": "_WPPassword", "notify": "always"}
    file = write_config(tmp_path, sandbox.url, sandbox.token, wordpress, users=users, more=MORE)
    everything = "global $wpdb; return array_map(fn($table) => $wpdb->get_results("
    everything += '"SELECT * FROM $table"), [$wpdb->users, $wpdb->options]);'
    meta = "global $wpdb; return $wpdb->get_results('SELECT * FROM wp_usermeta WHERE meta_key <>"
    meta += ' "_application_passwords" ORDER BY umeta_id\');'  # WordPress notes its last use there
    before = wordpress.ask(everything), wordpress.ask(meta)

    ended = await run(capsys, file, "preview", "1001")

    assert ended.code == 0
    assert (wordpress.ask(everything), wordpress.ask(meta)) == before
    assert wordpress.mails() == []
    assert {request.method for request in sandbox.record.requests} == {"GET"}
    assert names_in(tmp_path) == ["config.yaml"]
    assert ended.out.endswith("Nothing was written.\n")


@pytest.mark.parametrize(
    ("users", "arguments", "said"),
    [
        ({}, ["--action", "update"], "nothing would be done. WordPress has no user"),
        ({"when_missing": "create"}, ["--action", "update"], "a user would be created"),
        ({}, [], "No mail would be sent."),
        (
            {"return_password_to": "_WPPassword"},
            [],
            "The generated password would be written to Keap's _WPPassword.",
        ),
        (
            {"notification": "password"},
            ["--send-notification"],
            "The new-user notification would be sent, with the generated password in it.",
        ),
        (
            {"notification": "password", "return_password_to": "_WPPassword"},
            ["--send-notification"],
            "The new-user notification would be sent, with the generated password in it.",
        ),
    ],
)
@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_consequences_are_said(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
    users: dict[str, str],
    arguments: list[str],
    said: str,
) -> None:
    """Somebody would get a mail, or a password would be stored, that nobody had expected."""
    wordpress = wordpress_with_companion
    file = write_config(tmp_path, sandbox.url, sandbox.token, wordpress, users=users)

    ended = await run(capsys, file, "preview", "1001", *arguments)

    assert ended.code == 0
    assert said in ended.out


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_without_the_companion_the_mail_is_another_one(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_without_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """People would announce a mail that looks otherwise, and tags that are dropped."""
    file = write_config(tmp_path, sandbox.url, sandbox.token, wordpress_without_companion)

    ended = await run(capsys, file, "preview", "1001", "--send-notification")

    assert "WordPress's lost-password mail would be sent" in ended.out
    assert "warning: WordPress drops the user meta key infusionsoft_tags" in ended.out


async def test_a_member_gets_no_second_welcome(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress: RunningWordPress,
    tmp_path: Path,
) -> None:
    """The preview would announce a mail that is never sent."""
    async with bridge_between(sandbox, wordpress, tmp_path) as bridge:
        await bridge.post()
        await bridge.settled()
        file = tmp_path / "config.yaml"
        ended = await run(capsys, file, "preview", "1001", "--send-notification")

    assert "No new-user notification would be sent: the user is there already." in ended.out


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
@pytest.mark.parametrize(
    ("contact", "users", "code", "said"),
    [
        ("999999", {}, 5, "Keap has no contact 999999"),
        ("1003", {}, 5, "no e-mail address"),
        ("1001", {"return_password_to": "_Age"}, 5, "users.return_password_to"),
        ("zoe", {}, 2, "not a contact's id"),
    ],
)
async def test_what_cannot_be_done_is_said(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
    contact: str,
    users: dict[str, str],
    code: int,
    said: str,
) -> None:
    """The preview would promise what the delivery cannot keep, or end with a traceback."""
    wordpress = wordpress_with_companion
    file = write_config(tmp_path, sandbox.url, sandbox.token, wordpress, users=users)

    ended = await run(capsys, file, "preview", contact)

    assert ended.code == code
    assert said in ended.err
    assert ended.out == ""


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_ends_out_of_reach_are_said(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """A site that is down would look like one that refuses."""
    wordpress = wordpress_with_companion
    file = write_config(tmp_path, sandbox.url, sandbox.token, wordpress)
    with wordpress.down():
        down = await run(capsys, file, "preview", "1001")
    sandbox.faults.add(Fault("invalid_token"))
    refused = await run(capsys, file, "preview", "1001")
    (tmp_path / "bridge.db").write_text("no database")
    broken = await run(capsys, file, "preview", "1001")

    assert (down.code, refused.code, broken.code) == (4, 5, 4)
    assert "WordPress gave no answer" in down.err
    assert "Keap does not accept the token" in refused.err
