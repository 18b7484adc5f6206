"""What carrying out a document means, whichever way, on the real WordPress."""

from dataclasses import replace
from types import ModuleType

import pytest

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.carrying import Carrier, Library, Watching, carrier_over
from tests.wp_client.conftest import signed_in
from tests.wp_client.documents import ANN, FRIEND, PASSWORD, ann, bob
from wp_client.document import RoleRules
from wp_client.errors import ContactIdMetaRefused, LinkedToAnotherContact, WordPressRejected


async def test_a_user_is_created_once(
    wordpress: RunningWordPress, way: ModuleType, library: Library
) -> None:
    """A contact would get no user, or a half one, or two."""
    async with carrier_over(library, *signed_in(wordpress)) as carrier:
        first = await carrier.converse(way.carry_out(ANN))
        second = await carrier.converse(way.carry_out(ANN))

    (user,) = wordpress.users()
    assert (first.state, first.created_by_delivery, first.password) == ("created", True, "set")
    assert (first.user_id, first.login) == (user["ID"], user["user_login"])
    assert first.roles == ("member_a",)
    assert user["user_login"] == "ann.lee"  # an address with a plus is no user name
    assert user["user_email"] == "ann+lee@site.example"
    assert user["roles"] == ["member_a"]
    assert user["user_nicename"].startswith("ann-lee-")
    assert user["display_name"] == "Ann Lee"
    assert user["meta"]["nickname"] == "Ann"
    assert user["meta"]["last_name"] == "Lée"
    assert user["meta"]["description"] == "One line\nand another"
    assert wordpress.log_in("ann.lee", PASSWORD)
    assert {"user_login", "user_email", "first_name", "roles"} <= {c.name for c in first.changes}
    assert (second.state, second.created_by_delivery, second.password) == (
        "unchanged",
        True,
        "kept",
    )
    assert second.user_id == user["ID"]
    assert not second.changes
    assert wordpress.mails() == []


async def test_a_user_who_is_there_is_brought_up_to_date(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """Somebody who has an account already would get a second one, or a new password."""
    joan = wordpress.ask(FRIEND, "joan", "joann+lee@site.example", "member_b")
    friend = wordpress.ask(FRIEND, "annie", "Ann+Lee@site.example", "member_b")

    first = await to_wordpress.converse(way.carry_out(ann(notification="later")))
    second = await to_wordpress.converse(way.carry_out(ann(notification="later")))

    user = wordpress.user("Ann+Lee@site.example")  # differs in case alone: not written
    assert (first.state, first.user_id, first.created_by_delivery) == ("updated", friend, False)
    assert (first.password, first.notification) == ("kept", "not_asked")
    assert (user["user_login"], user["roles"]) == ("annie", ["member_a"])
    assert user["meta"]["last_name"] == "Lée"
    assert {"last_name", "roles"} <= {change.name for change in first.changes}
    assert (second.state, second.changes) == ("unchanged", ())
    assert wordpress.user("joann+lee@site.example")["ID"] == joan
    assert wordpress.mails() == []


async def test_the_link_of_the_store_comes_first(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """Somebody whose address changed in Keap would get a second account."""
    created = await to_wordpress.converse(way.carry_out(ANN))
    moved = ann(
        delivery="01JD000000000000000000NEXT",
        email="ann@new.example",
        user_id=created.user_id,
        fields={**ANN.fields, "user_email": "ann@new.example"},
    )

    result = await to_wordpress.converse(way.carry_out(moved))

    (user,) = wordpress.users()
    assert (result.state, result.user_id) == ("updated", created.user_id)
    assert user["user_email"] == "ann@new.example"
    assert [change.name for change in result.changes] == ["user_email"]


async def test_a_link_to_a_user_who_is_gone_is_no_obstacle(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """A user deleted in WordPress could never be created again."""
    result = await to_wordpress.converse(way.carry_out(ann(user_id=4711)))

    assert result.state == "created"
    assert len(wordpress.users()) == 1


async def test_a_missing_user_stays_missing_unless_wanted(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """An update would create users."""
    result = await to_wordpress.converse(way.carry_out(ann(new_user=None)))

    assert (result.state, result.user_id, result.notification) == ("missing", None, "not_asked")
    assert wordpress.users() == []


async def test_a_dry_run_tells_and_does_not_write(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier, watching: Watching
) -> None:
    """A preview would change what it shows, or show what does not come."""
    planned = await to_wordpress.converse(way.dry_run(ANN))
    assert wordpress.users() == []
    created = await to_wordpress.converse(way.carry_out(ANN))
    other = ann(fields={"first_name": "Zoe"}, roles=RoleRules(("member_b",), ("member_b",), "add"))
    planned_later = await to_wordpress.converse(way.dry_run(other))
    missing = await to_wordpress.converse(way.dry_run(bob(new_user=None)))

    assert (planned.state, planned.user_id, planned.password) == ("created", None, "set")
    names = {change.name for change in planned.changes}
    assert names == {change.name for change in created.changes}
    told = {(c.name, c.before, c.after) for c in planned_later.changes}
    assert {("roles", "member_a", "member_a, member_b")} < told
    assert planned_later.state == "updated"
    assert missing.state == "missing"
    assert wordpress.users()[0]["roles"] == ["member_a"]
    assert {exchange.status for exchange in watching.exchanges} <= {200, 201}


async def test_a_user_of_another_contact_is_left_alone(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """Two contacts with one address would take a user from each other, in turn and unseen."""
    registered = "register_meta('user', 'infusionsoft_contact_id', ['type' => 'string',"
    registered += " 'single' => true, 'show_in_rest' => true]);"
    with wordpress.mu_plugin("meta", registered):
        created = await to_wordpress.converse(way.carry_out(ANN))
        other = ann(delivery="01JD00000000000000000OTHER", contact="2002")
        with pytest.raises(LinkedToAnotherContact) as raised:
            await to_wordpress.converse(way.carry_out(other))
        relinked = await to_wordpress.converse(
            way.carry_out(replace(other, when_linked_to_another_contact="relink"))
        )

    (user,) = wordpress.users()
    assert (raised.value.user_id, raised.value.contact) == (created.user_id, "1001")
    assert relinked.user_id == created.user_id
    assert user["meta"]["infusionsoft_contact_id"] == "2002"


async def test_our_own_account_is_never_written(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """A contact with the bridge's address would change the account that the bridge works with."""
    document = ann(email=wordpress.service.email)

    for carrying in (way.carry_out, way.dry_run):
        with pytest.raises(WordPressRejected, match="own_account"):
            await to_wordpress.converse(carrying(document))

    assert wordpress.user(wordpress.service.email)["meta"]["last_name"] == ""


async def test_a_fresh_password_is_set_only_by_the_delivery_that_created(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """Keap would be told a password that does not work; or a known user would be locked out."""
    assert ANN.new_user
    await to_wordpress.converse(way.carry_out(ANN))
    later = replace(ANN.new_user, password="another battery 10 staple")

    other = await to_wordpress.converse(
        way.carry_out(ann(delivery="01JDOTHER", new_user=later, fresh_password=True))
    )
    assert wordpress.log_in("ann.lee", PASSWORD)
    told = await to_wordpress.converse(way.carry_out(ann(new_user=later)))
    assert wordpress.log_in("ann.lee", PASSWORD)
    fresh = await to_wordpress.converse(way.carry_out(ann(new_user=later, fresh_password=True)))

    assert (other.password, told.password, fresh.password) == ("kept", "kept", "set")
    assert fresh.state == "updated"
    assert wordpress.log_in("ann.lee", later.password)
    assert "password" not in {change.name for change in fresh.changes}


async def test_several_documents_have_an_outcome_each(
    way: ModuleType, to_wordpress: Carrier
) -> None:
    """One bad contact would hold up its neighbours."""
    documents = [
        ANN,
        bob(email=None),
        ann(delivery="01JDGONE", contact="3003", email="no@site.example", new_user=None),
    ]

    created, bad, missing = await to_wordpress.converse(way.carry_out_many(documents))

    assert created.state == "created"
    assert isinstance(bad, WordPressRejected)
    assert missing.state == "missing"
    assert await to_wordpress.converse(way.carry_out_many([])) == ()


async def test_the_notification_waits_and_comes_when_asked_for(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """Somebody new would never learn how to get in."""
    result = await to_wordpress.converse(way.carry_out(ann(notification="later")))
    assert (result.notification, wordpress.mails()) == ("due", [])

    notified = await to_wordpress.converse(way.notify(ann(notification="link"), result))

    (mail,) = wordpress.mails()
    assert notified.notification == "sent"
    assert mail["To"] == "ann+lee@site.example"
    assert "action=rp" in mail.get_content()
    assert PASSWORD not in mail.get_content()


async def test_nothing_is_sent_that_is_not_due(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """A mistake in the caller would mail to somebody who has an account for years."""
    wordpress.ask(FRIEND, "annie", "ann+lee@site.example", "member_b")
    result = await to_wordpress.converse(way.carry_out(ann(notification="later")))

    for document in (ann(notification="link"), ann(notification="later")):
        with pytest.raises(ValueError, match="Nothing to send"):
            await to_wordpress.converse(way.notify(document, result))

    assert wordpress.mails() == []


async def test_a_contact_id_that_cannot_be_kept_waits_for_a_person(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """Every delivery would fail for good because of one wrong line of the configuration."""
    for carrying in (way.carry_out, way.dry_run):
        with pytest.raises(ContactIdMetaRefused, match="wp_capabilities"):
            await to_wordpress.converse(carrying(ann(contact_id_meta="wp_capabilities")))

    assert wordpress.users() == []


async def test_the_user_of_a_contact_that_is_gone_is_taken_over(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """After a merge in Keap the user would be refused as somebody else's, or get a twin."""
    registered = "register_meta('user', 'infusionsoft_contact_id', ['type' => 'string',"
    registered += " 'single' => true, 'show_in_rest' => true]);"
    with wordpress.mu_plugin("meta", registered):
        created = await to_wordpress.converse(way.carry_out(ANN))
        other = ann(delivery="01JD00000000000000000OTHER", contact="2002", formerly="1001")
        by_address = await to_wordpress.converse(way.carry_out(other))
        back = ann(
            delivery="01JD0000000000000000000BACK",
            email="ann@new.example",
            user_id=created.user_id,
            formerly="2002",
            new_user=None,
        )
        by_link = await to_wordpress.converse(way.carry_out(back))

    assert created.user_id == by_address.user_id == by_link.user_id
    assert by_address.email == "ann+lee@site.example"
    assert wordpress.users()[0]["meta"]["infusionsoft_contact_id"] == "1001"
