"""The three actions, from the HTTP Post to the WordPress user, in both ways and both versions."""

from pathlib import Path

import pytest

from bridge.demo.wordpress import RunningWordPress
from keap_client.sandbox import Sandbox
from tests.bridge.running import bridge_between

ZOE = "zoe@example.com"
FIELDS = """\
fields:
  first_name: FirstName
  last_name: LastName
  user_email: Email
  user_url: Website
"""
META = FIELDS + "  billing_city: City\n  nothing_there: MiddleName\n"


async def test_add_makes_the_user(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """The bridge would not do what it is for."""
    async with bridge_between(sandbox, wordpress, tmp_path, more=FIELDS) as bridge:
        status, answer = await bridge.post(role="member_a", send_notification="true")
        (delivery,) = await bridge.settled()

    user = wordpress.user(ZOE)
    assert (status, answer["success"], answer["delivery"]) == (200, True, delivery.id)
    assert (delivery.state, delivery.reason, delivery.user_id) == ("done", "", user["ID"])
    assert user["roles"] == ["member_a"]
    assert user["user_login"] == ZOE
    assert user["user_url"] == "https://zoe.example.com"
    assert (user["meta"]["first_name"], user["meta"]["last_name"]) == ("Zoë", "Smith")
    assert user["user_nicename"].startswith("zoe-smith-")
    assert (user["meta"]["nickname"], user["display_name"]) == ("Zoë", "Zoë Smith")
    assert [mail["To"] for mail in wordpress.mails()] == [ZOE]


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_a_post_costs_one_call_to_keap_and_one_request_to_wordpress(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """Keap's quota and WordPress's speed would be spent on something needless."""
    async with bridge_between(sandbox, wordpress_with_companion, tmp_path) as bridge:
        await bridge.post()
        await bridge.settled()
        sandbox.record.clear()
        before = _requests(wordpress_with_companion)
        await bridge.post()
        await bridge.settled()

    assert sum(sandbox.record.counts().values()) == 1
    assert _requests(wordpress_with_companion) - before == 1


def _requests(wordpress: RunningWordPress) -> int:
    log = wordpress.folder.log("access").read_text()
    return log.count("keap-bridge/v1/users")


async def test_the_companion_writes_tags_meta_and_link(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """What plugins on the site read (WP Fusion's keys, their own) would be missing."""
    async with bridge_between(sandbox, wordpress_with_companion, tmp_path, more=META) as bridge:
        await bridge.post()
        await bridge.settled()

    meta = wordpress_with_companion.user(ZOE)["meta"]
    contact = sandbox.tenant.contacts["1001"]
    assert meta["infusionsoft_tags"] == list(contact.tags)
    assert meta["infusionsoft_contact_id"] == "1001"
    assert meta["billing_city"] == "Phoenix"
    assert meta["nothing_there"] == "R"


async def test_core_says_what_it_could_not_write(
    sandbox: Sandbox, wordpress_without_companion: RunningWordPress, tmp_path: Path
) -> None:
    """An owner without the companion would believe that tags are there."""
    async with bridge_between(sandbox, wordpress_without_companion, tmp_path, more=META) as bridge:
        await bridge.post()
        (delivery,) = await bridge.settled()

    lost = {each.subject for each in delivery.caveats if each.code == "meta_not_registered"}
    assert delivery.state == "done"
    assert lost == {
        "infusionsoft_tags",
        "infusionsoft_contact_id",
        "billing_city",
        "nothing_there",
    }


async def test_adding_again_updates_and_mails_nobody(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """A repeated Post would make a twin, or welcome somebody twice."""
    async with bridge_between(sandbox, wordpress, tmp_path) as bridge:
        await bridge.post(role="member_a", send_notification="true")
        await bridge.settled()
        sandbox.tenant.contacts["1001"].properties["given_name"] = "Zoe"
        await bridge.post(role="member_b", send_notification="true")
        deliveries = await bridge.settled()

    (user,) = wordpress.users()
    assert [delivery.state for delivery in deliveries] == ["done", "done"]
    assert user["meta"]["first_name"] == "Zoe"
    assert user["roles"] == ["member_b"]
    assert len(wordpress.mails()) == 1


@pytest.mark.parametrize("action", ["update", "update_tags"])
async def test_without_a_user_an_update_is_ignored_and_said_so(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path, action: str
) -> None:
    """An update would make users, or fail for contacts who have none."""
    async with bridge_between(sandbox, wordpress, tmp_path) as bridge:
        await bridge.post(action=action)
        (delivery,) = await bridge.settled()

    assert delivery.state == "ignored"
    assert "no user" in delivery.reason
    assert wordpress.users() == []


async def test_update_can_create_where_the_owner_wants_it(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """``when_missing: create`` would do nothing."""
    users = {"when_missing": "create"}
    async with bridge_between(sandbox, wordpress, tmp_path, users=users) as bridge:
        await bridge.post(action="update_tags", role="member_a")
        (delivery,) = await bridge.settled()

    assert delivery.state == "done"
    assert wordpress.user(ZOE)["meta"]["first_name"] == "Zoë"


async def test_update_tags_touches_nothing_but_tags(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """Names or roles would change with a Post that asked for tags only."""
    wordpress = wordpress_with_companion
    async with bridge_between(sandbox, wordpress, tmp_path) as bridge:
        await bridge.post(role="member_a")
        await bridge.settled()
        contact = sandbox.tenant.contacts["1001"]
        contact.properties["given_name"] = "Somebody"
        silver = sandbox.tenant.find_tag("Silver member")
        sandbox.tenant.apply_tag("1001", silver.id)
        await bridge.post(action="update_tags", role="member_b")
        await bridge.settled()

    user = wordpress.user(ZOE)
    assert user["meta"]["first_name"] == "Zoë"
    assert user["roles"] == ["member_a"]
    assert silver.id in user["meta"]["infusionsoft_tags"]


async def test_an_update_follows_a_changed_address(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """A contact who changes their address would get a second user, or lose the first."""
    wordpress = wordpress_with_companion
    async with bridge_between(sandbox, wordpress, tmp_path) as bridge:
        await bridge.post()
        await bridge.settled()
        contact = sandbox.tenant.contacts["1001"]
        contact.properties["email_addresses"][0]["email"] = "new@example.com"
        await bridge.post(action="update")
        await bridge.settled()

    (user,) = wordpress.users()
    assert (user["user_email"], user["user_login"]) == ("new@example.com", ZOE)


async def test_two_contacts_with_one_address_are_held_apart(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """The account would go from one contact to the other with every Post."""
    async with bridge_between(sandbox, wordpress_with_companion, tmp_path) as bridge:
        await bridge.post("1002")
        await bridge.settled()
        await bridge.post("1004")
        _, second = await bridge.settled()

    assert second.state == "held"
    assert "1002" in second.reason
    (user,) = wordpress_with_companion.users()
    assert user["meta"]["infusionsoft_contact_id"] == "1002"


async def test_two_contacts_with_one_address_at_once_make_one_user(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """Twins would be made: neither WordPress's tables nor its code forbid them."""
    users = {"when_linked_to_another_contact": "relink"}
    async with bridge_between(sandbox, wordpress, tmp_path, users=users) as bridge:
        for contact in ("1002", "1004"):
            await bridge.post(contact)
        await bridge.settled()

    assert len(wordpress.users()) == 1


async def test_a_contact_without_address_fails_with_a_sentence(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """Nobody would learn why there is no user."""
    async with bridge_between(sandbox, wordpress, tmp_path) as bridge:
        await bridge.post("1003")
        (delivery,) = await bridge.settled()

    assert delivery.state == "failed"
    assert "no e-mail address" in delivery.reason


async def test_a_contact_that_keap_does_not_have_fails_with_a_sentence(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """A deleted contact would be tried for three days."""
    async with bridge_between(sandbox, wordpress, tmp_path) as bridge:
        await bridge.post("999999")
        (delivery,) = await bridge.settled()

    assert delivery.state == "failed"
    assert "Keap has no contact 999999" in delivery.reason
