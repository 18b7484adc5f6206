"""Nobody rises: which roles a Post gives, and which it never touches."""

from pathlib import Path

import pytest

from bridge.demo.wordpress import RunningWordPress
from keap_client.sandbox import Sandbox
from tests.bridge.running import bridge_between

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
