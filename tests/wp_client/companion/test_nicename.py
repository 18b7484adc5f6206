"""Rule 6: the author address that the document asks for, without losing the delivery's mark."""

import pytest

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.companion.talking import (
    ADDRESS,
    ON_THE_OLDEST,
    PASSWORD,
    Companion,
    changed,
    codes,
    document,
    new_user,
)

LATER = "01JD00000LATER"
FRESH = "Zt5cY8wPj3RgN6kFv2Qb"


def test_a_new_user_gets_it_and_is_known_all_the_same(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, a retry of the delivery does not know its user: no mail, or a second password."""
    asked = {"fields": {"user_nicename": "queen-ann"}}
    (promised,) = companion.post(document(**asked), dry_run=True)
    result = companion.carry_out(**asked)
    again = companion.carry_out(
        **asked, new_user=new_user(password=FRESH), fresh_password=True, notification="link"
    )

    assert changed(result)["user_nicename"] == (None, "queen-ann")
    assert changed(promised) == changed(result)
    assert site.user(ADDRESS)["user_nicename"] == "queen-ann"
    assert (again["created_by_delivery"], again["password"]) == (True, "set")
    assert again["notification"] == "sent"
    assert site.log_in(ADDRESS, FRESH)
    assert not site.log_in(ADDRESS, PASSWORD)
    assert site.php_log() == ""


@ON_THE_OLDEST
def test_one_known_by_the_mark_alone_stays_known(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, an attempt that died right after the creation leads to a user without a welcome."""
    companion.carry_out()
    forget = "delete_user_meta(get_user_by('email', $args[0])->ID, '_keap_bridge_created_by');"
    site.ask(forget, ADDRESS)
    fields = {"user_nicename": "queen-ann"}

    assert companion.carry_out(fields=fields)["created_by_delivery"] is True
    assert companion.carry_out(fields=fields, notification="link")["notification"] == "sent"


@ON_THE_OLDEST
@pytest.mark.parametrize(
    ("wanted", "stored"),
    [
        ("Queen Ann", "queen-ann"),
        ("Änn.Lee", "ann-lee"),
        ("a" * 50, "a" * 50),
        ("a" * 51, None),
        ("王", None),
        ("", None),
    ],
)
def test_it_is_made_as_wordpress_makes_it(
    companion: Companion, site: RunningWordPress, wanted: str, stored: str | None
) -> None:
    """If false, each sync writes it again, or WordPress breaks off with the whole document."""
    companion.carry_out()
    before = site.user(ADDRESS)["user_nicename"]
    result = companion.carry_out(delivery=LATER, fields={"user_nicename": wanted})
    again = companion.carry_out(delivery=LATER, fields={"user_nicename": wanted})

    assert site.user(ADDRESS)["user_nicename"] == (stored or before)
    assert changed(result) == ({"user_nicename": (before, stored)} if stored else {})
    assert again["state"] == "unchanged"
    refused = wanted != "" and stored is None
    assert codes(result) == ({("field_refused", "user_nicename")} if refused else set())
    assert site.mails() == []


@ON_THE_OLDEST
def test_one_that_is_taken_is_numbered_and_stays(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, two authors share a page, or the address changes with every Post."""
    companion.insert(user_login="x", user_email="x@site.example", user_nicename="ann")
    fields = {"user_nicename": "ann"}
    result = companion.carry_out(fields=fields)
    again = companion.carry_out(delivery=LATER, fields=fields)

    assert changed(result)["user_nicename"] == (None, "ann-2")
    assert (again["state"], site.user(ADDRESS)["user_nicename"]) == ("unchanged", "ann-2")
