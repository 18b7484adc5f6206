"""Passwords from elsewhere and author addresses, whichever way, on the real WordPress."""

from dataclasses import replace
from types import ModuleType

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.carrying import Carrier
from tests.wp_client.documents import ANN, FRIEND, PASSWORD, ann, bob, codes
from wp_client import by_core
from wp_client.document import Change

KETTLE, TEAPOT = "blue Kettle 7", "green Teapot 8"
LATER = "01JD00000LATER"
UNREGISTERED = {("meta_not_registered", "infusionsoft_contact_id")}
"""Said of every document over core."""


async def test_a_new_user_has_the_documents_password(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """The password that Keap shows would not open the account, or be shown by a preview."""
    planned = await to_wordpress.converse(way.dry_run(ann(password=KETTLE)))
    created = await to_wordpress.converse(way.carry_out(ann(password=KETTLE)))
    again = await to_wordpress.converse(way.carry_out(ann(password=KETTLE)))

    assert (created.state, created.password) == ("created", "set")
    assert Change("user_pass", None, None) in created.changes
    assert {c.name for c in planned.changes} == {c.name for c in created.changes}
    assert wordpress.log_in("ann.lee", KETTLE)
    assert not wordpress.log_in("ann.lee", PASSWORD)
    assert (again.state, again.password) == ("unchanged", "kept")
    assert codes(again.caveats) <= UNREGISTERED
    assert wordpress.mails() == []


async def test_a_changed_password_is_followed_where_it_can_be_compared(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """Every sync would mail "Password Changed", or an owner wait for a change that never comes."""
    await to_wordpress.converse(way.carry_out(ann(password=KETTLE)))
    result = await to_wordpress.converse(way.carry_out(ann(delivery=LATER, password=TEAPOT)))

    followed = wordpress.companion
    assert (result.password == "set") is followed
    said = codes(result.caveats) - UNREGISTERED
    assert said == (set() if followed else {("password_needs_companion", "")})
    assert wordpress.log_in("ann.lee", TEAPOT if followed else KETTLE)
    assert wordpress.mails() == []


async def test_a_password_that_core_refuses_does_not_cost_the_user(
    wordpress_without_companion: RunningWordPress, to_core: Carrier
) -> None:
    """A backslash in Keap's field would keep somebody out, and nobody would know why."""
    result = await to_core.converse(by_core.carry_out(ann(password="back\\slash")))

    assert result.state == "created"
    assert codes(result.caveats) - UNREGISTERED == {("field_refused", "user_pass")}
    assert "user_pass" not in {change.name for change in result.changes}
    assert wordpress_without_companion.log_in("ann.lee", PASSWORD)


async def test_an_author_address_never_hides_whose_work_a_user_is(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """A retry would not know its own user: no mail, and a password that nobody learns."""
    assert ANN.new_user
    named = ann(fields={"user_nicename": "queen-ann"})
    fresh = replace(named, new_user=replace(ANN.new_user, password=TEAPOT), fresh_password=True)
    await to_wordpress.converse(way.carry_out(named))
    again = await to_wordpress.converse(way.carry_out(fresh))
    await to_wordpress.converse(way.carry_out(replace(named, delivery=LATER)))
    last = await to_wordpress.converse(way.carry_out(replace(named, delivery=LATER)))

    assert (again.created_by_delivery, again.password) == (True, "set")
    assert wordpress.log_in("ann.lee", TEAPOT)
    assert wordpress.users()[0]["user_nicename"] == "queen-ann"
    assert last.state == "unchanged"


async def test_an_author_address_that_is_taken_does_not_stop_the_rest(
    wordpress_without_companion: RunningWordPress, to_core: Carrier
) -> None:
    """A name would not be corrected because an author address cannot be."""
    site = wordpress_without_companion
    site.ask(FRIEND, "queen", "queen@site.example", "member_b")
    site.ask(FRIEND, "bob", "bob@site.example", "member_b")
    fields = {"user_nicename": "queen", "last_name": "Lée"}

    result = await to_core.converse(by_core.carry_out(bob(fields=fields)))

    assert codes(result.caveats) - UNREGISTERED == {("field_refused", "user_nicename")}
    user = site.user("bob@site.example")
    assert (user["user_nicename"], user["meta"]["last_name"]) == ("bob", "Lée")
