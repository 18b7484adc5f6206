"""User names, passwords, roles and addresses from Keap, all the way to WordPress and back."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bridge.demo.wordpress import RunningWordPress
from bridge.surroundings import Surroundings
from keap_client.sandbox import Sandbox
from tests.bridge.commanding import run
from tests.bridge.running import RunningBridge, bridge_between, write_config
from tests.bridge.test_trouble import Clock, tried, until
from tests.wp_client.documents import FRIEND

ZOE = "zoe@example.com"
KETTLE, TEAPOT = "blue-Kettle-7-&-more", "green-Teapot-8"
MORE = """\
passwords: {from_keap: true}
fields:
  first_name: FirstName
  user_email: Email
  locale: Language
  user_login: _User
  user_pass: _Password
  user_nicename: _Author
  role: _Role
"""
BACK = {"return_to_keap": "{login: _WPUser, id: _WPUserId, registered: _WPSince}"}
ON_ONE = pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)


@asynccontextmanager
async def bridge_with(
    sandbox: Sandbox,
    wordpress: RunningWordPress,
    folder: Path,
    custom: Mapping[str, str],
    users: Mapping[str, str] | None = None,
    surroundings: Surroundings | None = None,
) -> AsyncIterator[RunningBridge]:
    """Run a bridge that maps all special targets; Zoë has these contents of custom fields."""
    for label in ("User", "Password", "Author", "Role", "WPUser", "WPUserId", "WPSince"):
        sandbox.tenant.add_custom_field(label)
    for label, content in custom.items():
        sandbox.tenant.set_custom("1001", label, content)
    async with bridge_between(
        sandbox, wordpress, folder, users=users, more=MORE, surroundings=surroundings
    ) as bridge:
        yield bridge


def secrets_in(folder: Path) -> list[str]:
    """Which of the passwords the store, or its neighbours, hold."""
    kept = b"".join(each.read_bytes() for each in folder.glob("bridge.db*"))
    assert kept
    return [each for each in (KETTLE, TEAPOT) if each.encode() in kept]


async def test_a_new_user_is_as_keap_has_it_and_keap_learns_of_it(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """A mapped user name, password or role would be ignored, or Keap not be told of the user."""
    custom = {"User": "queen zoë", "Password": KETTLE, "Role": "member_b, administrator"}
    users = {**BACK, "return_password_to": "_WPPassword"}
    async with bridge_with(sandbox, wordpress, tmp_path, custom, users) as bridge:
        await bridge.post()
        await bridge.settled()
        await bridge.post()
        deliveries = await bridge.settled()
        steps = [
            step.name
            for each in deliveries
            for attempt in await bridge.timeline(each.id)
            for step in attempt.steps
        ]

    (user,) = wordpress.users()
    assert (user["user_login"], user["roles"]) == ("queen zoe", ["member_b"])
    assert wordpress.log_in(ZOE, KETTLE)
    assert ("role_not_allowed", "administrator") in [
        (each.code, each.subject) for each in deliveries[0].caveats
    ]
    tenant = sandbox.tenant
    assert tenant.custom_value("1001", "WPUser") == "queen zoe"
    assert tenant.custom_value("1001", "WPUserId") == str(user["ID"])
    assert tenant.custom_value("1001", "WP Password") is None  # Keap has it
    assert steps.count("user_returned") == 1
    assert "password_returned" not in steps
    assert secrets_in(tmp_path) == []


@ON_ONE
async def test_name_id_and_generated_password_go_back_together(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """Each would cost a call of its own, or one of them be lost."""
    users = {**BACK, "return_password_to": "_WPPassword", "username": "first_number"}
    async with bridge_with(sandbox, wordpress, tmp_path, {}, users) as bridge:
        await bridge.post()
        (delivery,) = await bridge.settled()

    tenant = sandbox.tenant
    assert delivery.state == "done"
    assert tenant.custom_value("1001", "WPUser") == "zoe1001"
    registered = wordpress.ask("return get_user_by('login', 'zoe1001')->user_registered;")
    assert tenant.custom_value("1001", "WPSince") == registered[:10]
    assert wordpress.log_in("zoe1001", str(tenant.custom_value("1001", "WP Password")))
    assert len(sandbox.record.to("PATCH contacts/{contact_id}")) == 1


@ON_ONE
async def test_keap_is_told_once_however_often_it_is_tried(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """Each attempt after the first would cost Keap's calls, and undo what has changed there."""
    clock = Clock()
    users = {**BACK, "return_password_to": "_WPPassword", "notify": "always"}
    surroundings = Surroundings(clock=clock)
    async with bridge_with(
        sandbox, wordpress_with_companion, tmp_path, {}, users, surroundings
    ) as bridge:
        fails = "add_filter('pre_wp_mail', '__return_false');"
        with wordpress_with_companion.mu_plugin("mail", fails):
            await bridge.post()
            await until(bridge, tried)
        sandbox.tenant.set_custom("1001", "WPUser", "changed in Keap")
        clock.advance(seconds=10)
        await bridge.post("999999")
        done, _ = await bridge.settled()
        timeline = await bridge.timeline(done.id)

    steps = [step.name for attempt in timeline for step in attempt.steps]
    assert (done.state, done.attempts, steps.count("user_returned")) == ("done", 2, 1)
    assert sandbox.tenant.custom_value("1001", "WPUser") == "changed in Keap"


@ON_ONE
async def test_a_taken_user_name_is_replaced(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """A contact whose user name somebody else has would get no user."""
    for number, login in enumerate(("queen", "zoesmith")):
        wordpress.ask(FRIEND, login, f"{number}@site.example", "member_a")
    users = {"username": "first_last"}
    async with bridge_with(sandbox, wordpress, tmp_path, {"User": "Queen"}, users) as bridge:
        await bridge.post()
        (delivery,) = await bridge.settled()

    assert delivery.state == "done"
    assert "user_login_replaced" in [each.code for each in delivery.caveats]
    assert wordpress.user(ZOE)["user_login"] == "zoesmith-2"


async def test_a_changed_password_and_role_are_followed(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """What changes in Keap would not reach the user, or show in the timeline."""
    wordpress = wordpress_with_companion
    custom = {"Password": KETTLE, "Role": "member_a"}
    async with bridge_with(sandbox, wordpress, tmp_path, custom) as bridge:
        await bridge.post()
        await bridge.settled()
        sandbox.tenant.set_custom("1001", "Password", TEAPOT)
        sandbox.tenant.set_custom("1001", "Role", "Member B")
        sandbox.tenant.set_custom("1001", "Author", "Zoë S.")
        await bridge.post(action="update_tags")
        await bridge.settled()
        assert wordpress.log_in(ZOE, KETTLE)
        await bridge.post(action="update")
        deliveries = await bridge.settled()
        (attempt,) = await bridge.timeline(deliveries[-1].id)

    user = wordpress.user(ZOE)
    assert wordpress.log_in(ZOE, TEAPOT)
    assert (user["roles"], user["user_nicename"]) == (["member_b"], "zoe-s")
    assert ("user_updated", "user_pass, roles, user_nicename") in [
        (step.name, step.detail) for step in attempt.steps
    ]
    assert wordpress.mails() == []
    assert secrets_in(tmp_path) == []


@ON_ONE
async def test_the_posts_role_comes_before_the_fields(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """A campaign that names a role would be outvoted by what stands in the contact."""
    async with bridge_with(sandbox, wordpress, tmp_path, {"Role": "member_a"}) as bridge:
        await bridge.post(role="member_b")
        await bridge.settled()

    assert wordpress.user(ZOE)["roles"] == ["member_b"]


@ON_ONE
async def test_an_address_that_is_taken_leaves_the_user_as_it_is(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress: RunningWordPress,
    tmp_path: Path,
) -> None:
    """A user would lose their address, or somebody else's account be taken over."""
    wordpress.ask(FRIEND, "friend", "friend@site.example", "member_a")
    async with bridge_with(sandbox, wordpress, tmp_path, {}) as bridge:
        await bridge.post()
        await bridge.settled()
        properties = sandbox.tenant.contacts["1001"].properties
        properties["email_addresses"][0]["email"] = "Friend@site.example"
        properties["given_name"] = "Zoe"
        file = tmp_path / "config.yaml"
        shown = await run(capsys, file, "preview", "1001", "--action", "update")
        await bridge.post(action="update")
        deliveries = await bridge.settled()

    assert ("email_taken", "") in [(each.code, each.subject) for each in deliveries[-1].caveats]
    assert wordpress.user(ZOE)["meta"]["first_name"] == "Zoe"
    assert wordpress.user("friend@site.example")["user_login"] == "friend"
    assert wordpress.mails() == []
    assert "warning: another WordPress user has the contact's e-mail address" in shown.out
    assert "tell the old address" not in shown.out


@ON_ONE
async def test_a_changed_address_is_told_to_the_old_one(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress: RunningWordPress,
    tmp_path: Path,
) -> None:
    """Whoever may edit a contact could take an account over without its owner's notice."""
    async with bridge_with(sandbox, wordpress, tmp_path, {}) as bridge:
        await bridge.post()
        await bridge.settled()
        properties = sandbox.tenant.contacts["1001"].properties
        properties["email_addresses"][0]["email"] = "new@example.com"
        shown = await run(capsys, tmp_path / "config.yaml", "preview", "1001")
        await bridge.post(action="update")
        await bridge.settled()

    assert wordpress.user("new@example.com")["user_login"] == ZOE
    assert "WordPress would tell the old address that it was changed." in shown.out
    (mail,) = wordpress.mails()
    assert mail["To"] == ZOE


@ON_ONE
async def test_a_language_that_is_not_installed_stays_out(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """A contact's language would keep them from getting a user, or break the site's pages."""
    async with bridge_with(sandbox, wordpress, tmp_path, {}) as bridge:
        await bridge.post()
        await bridge.settled()
        sandbox.tenant.contacts["1001"].properties["preferred_locale"] = "de_DE"
        await bridge.post()
        first, second = await bridge.settled()

    known = [("field_refused", "locale")]
    caveats = [[(each.code, each.subject) for each in d.caveats] for d in (first, second)]
    assert known[0] not in caveats[0]
    assert known[0] in caveats[1]
    assert wordpress.user(ZOE)["meta"]["locale"] == "en_US"


@ON_ONE
async def test_the_preview_names_a_password_and_never_shows_it(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """Somebody who looks over the shoulder would read it."""
    wordpress = wordpress_with_companion
    users = {**BACK, "notification": "password", "notify": "always"}
    custom = {"Password": KETTLE}
    async with bridge_with(sandbox, wordpress, tmp_path, custom, users):
        file = write_config(tmp_path, sandbox.url, sandbox.token, wordpress, users=users, more=MORE)
        text = await run(capsys, file, "preview", "1001")
        as_json = await run(capsys, file, "preview", "1001", "--json")

    assert re.search(r"user_pass +the one that Keap has \(not shown\)", text.out)
    assert "with the password from Keap in it" in text.out
    assert "The user name would be written to Keap's _WPUser." in text.out
    assert "The user's id would be written to Keap's _WPUserId." in text.out
    assert '"name": "user_pass"' in as_json.out
    assert "Kettle" not in text.out + text.err + as_json.out
