"""Nobody rises: which roles a Post gives, and which it never touches."""

from pathlib import Path

import pytest

from bridge.demo.wordpress import RunningWordPress
from keap_client.sandbox import Sandbox
from tests.bridge.running import bridge_between, running_bridge, write_config

ZOE = "zoe@example.com"


@pytest.mark.parametrize("role", ["administrator", "Administrator", "editor", "nonsense"])
async def test_a_forbidden_role_is_not_given_and_the_rest_is_done(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path, role: str
) -> None:
    """A Post could make somebody mighty, or a typing error would lose the user."""
    async with bridge_between(sandbox, wordpress, tmp_path) as bridge:
        await bridge.post(role=role)
        (delivery,) = await bridge.settled()

    assert wordpress.user(ZOE)["roles"] == ["subscriber"]
    assert delivery.state == "done"
    assert role.lower() in [each.subject.lower() for each in delivery.caveats]


async def test_an_existing_user_keeps_their_role_when_a_forbidden_one_is_asked(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """A typing error in a campaign would take a member's role away."""
    async with bridge_between(sandbox, wordpress, tmp_path) as bridge:
        await bridge.post(role="member_a")
        await bridge.settled()
        await bridge.post(role="editor")
        await bridge.settled()

    assert wordpress.user(ZOE)["roles"] == ["member_a"]


@pytest.mark.parametrize("action", ["add", "update"])
async def test_an_administrator_stays_as_they_are(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path, action: str
) -> None:
    """A contact with the owner's address would take the site over, or lock the owner out."""
    admin = wordpress.admin
    contact = sandbox.tenant.contacts["1001"]
    contact.properties["email_addresses"][0]["email"] = admin.email
    users = {"return_password_to": "WP Password"}
    async with bridge_between(sandbox, wordpress, tmp_path, users=users) as bridge:
        await bridge.post(action=action, role="member_a", send_notification="true")
        (delivery,) = await bridge.settled()

    owner = wordpress.user(admin.email)
    assert owner["roles"] == ["administrator"]
    assert wordpress.log_in(admin.login, admin.password)
    assert sandbox.tenant.custom_value("1001", "WP Password") is None
    assert "privileged_user" in [each.code for each in delivery.caveats]


async def test_roles_that_the_configuration_does_not_name_stay(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """A shop's or a course's own role would be taken away."""
    wordpress = wordpress_with_companion
    async with bridge_between(sandbox, wordpress, tmp_path) as bridge:
        await bridge.post(role="member_a")
        await bridge.settled()
        wordpress.php(
            "add_role('shopper', 'Shopper', ['read' => true]);"
            "get_user_by('email', $args[0])->add_role('shopper');",
            ZOE,
        )
        await bridge.post(role="member_b")
        await bridge.settled()

    assert set(wordpress.user(ZOE)["roles"]) == {"shopper", "member_b"}


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
@pytest.mark.parametrize("mode", ["replace", "add", "keep"])
async def test_several_roles_in_one_post_are_given_as_the_mode_says(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path, mode: str
) -> None:
    """Of ``role=a,b`` a new user would get one, or one who is there lose or get another."""
    file = write_config(tmp_path, sandbox.url, sandbox.token, wordpress)
    file.write_text(file.read_text().replace("member_b]}", f"member_b], mode: {mode}}}"))
    async with running_bridge(file) as bridge:
        await bridge.post(role="subscriber,Member A,editor")
        first = (await bridge.settled())[0]
        new = set(wordpress.user(ZOE)["roles"])
        await bridge.post("1001", "update", role="member_a, member_b")
        await bridge.settled()

    assert new == {"subscriber", "member_a"}
    assert ("role_not_allowed", "editor") in [(each.code, each.subject) for each in first.caveats]
    assert (
        set(wordpress.user(ZOE)["roles"])
        == {
            "replace": {"member_a", "member_b"},
            "add": {"subscriber", "member_a", "member_b"},
            "keep": {"subscriber", "member_a"},
        }[mode]
    )
