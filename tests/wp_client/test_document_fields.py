"""What WordPress takes for names, addresses and fields, whichever way, on the real WordPress."""

from dataclasses import replace
from types import ModuleType

import pytest

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.carrying import Carrier
from tests.wp_client.documents import ANN, FRIEND, ann, bob, codes
from wp_client.errors import WordPressRejected


async def test_an_address_that_is_taken_does_not_stop_the_rest(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """A name would not be corrected because an address cannot be."""
    known = wordpress.ask(FRIEND, "bob", "bob@site.example", "member_b")
    fields = {"user_email": "editor1@site.example", "last_name": "Lée"}

    result = await to_wordpress.converse(way.carry_out(bob(fields=fields)))

    assert ("email_taken", "") in codes(result.caveats)
    user = wordpress.user("bob@site.example")
    assert (user["ID"], user["meta"]["last_name"], user["roles"]) == (known, "Lée", ["member_a"])


@pytest.mark.parametrize("address", ["no address", "lée@site.example", f"{'a' * 100}@site.example"])
async def test_an_address_that_wordpress_refuses_is_told(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier, address: str
) -> None:
    """It would be tried for three days, or the rest of a user who is there would not be done."""
    wordpress.ask(FRIEND, "bob", "bob@site.example", "member_b")
    fields = {"user_email": address, "last_name": "Lée"}

    with pytest.raises(WordPressRejected, match="bad_email"):
        await to_wordpress.converse(way.carry_out(ann(email=address)))
    result = await to_wordpress.converse(way.carry_out(bob(fields=fields)))

    assert ("bad_email", "") in codes(result.caveats)
    assert wordpress.user("bob@site.example")["meta"]["last_name"] == "Lée"
    assert len(wordpress.users()) == 1


async def test_a_field_that_wordpress_refuses_does_not_stop_the_rest(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """A language that is not installed would keep somebody out."""
    fields = {"locale": "xx_XX", "no_such_field": "1", "last_name": "Lée"}

    created = await to_wordpress.converse(way.carry_out(ann(fields=fields)))
    again = await to_wordpress.converse(way.carry_out(ann(fields=fields)))

    for result in (created, again):
        wrong = {("field_refused", "locale"), ("unknown_field", "no_such_field")}
        assert codes(result.caveats) >= wrong
    assert wordpress.users()[0]["meta"]["last_name"] == "Lée"
    assert again.state == "unchanged"


async def test_an_empty_field_is_cleared_but_never_a_name_that_is_shown(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """What was deleted in Keap would stay; or visitors would see a login, or an address."""
    await to_wordpress.converse(way.carry_out(ANN))
    names = ("first_name", "description", "user_email", "display_name", "nickname")

    result = await to_wordpress.converse(way.carry_out(ann(fields=dict.fromkeys(names, ""))))

    (user,) = wordpress.users()
    assert [change.name for change in result.changes] == ["first_name", "description"]
    assert (user["meta"]["first_name"], user["meta"]["description"]) == ("", "")
    assert (user["display_name"], user["meta"]["nickname"]) == ("Ann Lee", "Ann")


@pytest.mark.parametrize(
    ("logins", "login"),
    [
        (("ann.lee", "editor1", "ann.two"), "ann.lee"),
        (("lée", "a+b", "x" * 61, "Editor1", "ann.two"), "ann.two"),
        (("editor1", "svc"), "svc-2"),
    ],
)
async def test_the_first_user_name_that_works_is_taken(
    wordpress: RunningWordPress,
    way: ModuleType,
    to_wordpress: Carrier,
    logins: tuple[str, ...],
    login: str,
) -> None:
    """A taken or foreign name would keep somebody out."""
    assert ANN.new_user

    result = await to_wordpress.converse(
        way.carry_out(ann(new_user=replace(ANN.new_user, logins=logins)))
    )

    assert result.login == login
    assert wordpress.users()[0]["user_login"] == login


async def test_what_cannot_be_created_is_told(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """It would be tried for three days."""
    assert ANN.new_user
    nameless = ann(new_user=replace(ANN.new_user, logins=("lée", "a+b")))

    for carrying in (way.carry_out, way.dry_run):
        with pytest.raises(WordPressRejected, match="no_login"):
            await to_wordpress.converse(carrying(nameless))
        with pytest.raises(WordPressRejected, match="no_email"):
            await to_wordpress.converse(carrying(ann(email=None)))

    assert wordpress.users() == []


@pytest.mark.parametrize("name", ["x" * 251, "&" * 60])
async def test_a_display_name_that_wordpress_cannot_hold_does_not_stop_the_rest(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier, name: str
) -> None:
    """WordPress would break off with an error of its own, and the Post wait for three days."""
    fields = {"display_name": name, "last_name": "Lée"}

    created = await to_wordpress.converse(way.carry_out(ann(fields=fields)))
    again = await to_wordpress.converse(way.carry_out(ann(fields=fields)))

    assert ("field_refused", "display_name") in codes(created.caveats)
    assert (created.state, again.state) == ("created", "unchanged")
    assert wordpress.users()[0]["display_name"] == "Ann Lee"
