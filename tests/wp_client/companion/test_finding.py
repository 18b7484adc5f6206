"""Rule 2: which user a contact leads to."""

import pytest

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.companion.talking import ADDRESS, Companion, changed, document

LINK = "infusionsoft_contact_id"


def test_the_users_own_id_comes_first(companion: Companion) -> None:
    """If false, a user whose address was changed in WordPress is lost, or a twin gets the news."""
    companion.insert(user_login="a", user_email="a@site.example", meta={LINK: "1001"})
    known = companion.insert(user_login="b", user_email="b@site.example", meta={LINK: "1001"})
    assert companion.carry_out(user_id=known)["user_id"] == known


def test_an_id_whose_user_is_not_linked_counts_with_the_same_address(companion: Companion) -> None:
    """If false, a user who lost the link is not found by an id that is certain."""
    known = companion.insert(user_login="a", user_email=ADDRESS.upper())
    result = companion.carry_out(user_id=known, fields={})
    assert result["user_id"] == known
    assert changed(result)[f"meta:{LINK}"] == (None, "1001")


@pytest.mark.parametrize(
    ("meta", "address"),
    [({LINK: "2002"}, "a@site.example"), ({}, "a@site.example")],
    ids=["another contact's", "nobody's"],
)
def test_an_id_that_belongs_to_somebody_else_is_passed_over(
    companion: Companion, meta: dict[str, str], address: str
) -> None:
    """If false, a stale id in the bridge's store turns one person into another."""
    stale = companion.insert(user_login="a", user_email=address, meta=meta)
    result = companion.carry_out(user_id=stale)
    assert (result["state"], result["user_id"] != stale) == ("created", True)


@pytest.mark.parametrize("gone", [999_999, 0, -1])
def test_an_id_without_a_user_is_passed_over(companion: Companion, gone: int) -> None:
    """If false, a user deleted in WordPress stops the contact's deliveries for ever."""
    assert companion.carry_out(user_id=gone)["state"] == "created"


def test_the_contact_id_comes_before_the_address(companion: Companion) -> None:
    """If false, a contact whose address moved to another user changes that user."""
    companion.insert(user_login="a", user_email=ADDRESS)
    linked = companion.insert(user_login="b", user_email="b@site.example", meta={LINK: "1001"})
    assert companion.carry_out()["user_id"] == linked


def test_of_two_users_with_the_contact_the_older_one_is_meant(companion: Companion) -> None:
    """If false, twins of an earlier life take turns."""
    first, _ = (
        companion.insert(user_login=name, user_email=f"{name}@site.example", meta={LINK: "1001"})
        for name in "ab"
    )
    assert companion.carry_out()["user_id"] == first


def test_rows_of_deleted_users_lead_nowhere(companion: Companion, site: RunningWordPress) -> None:
    """If false, an orphaned meta row keeps the user from being created."""
    site.ask("add_user_meta(999999, 'infusionsoft_contact_id', '1001'); return 1;")
    assert companion.carry_out()["state"] == "created"
    site.ask("delete_user_meta(999999, 'infusionsoft_contact_id'); return 1;")


def test_an_address_is_the_same_in_any_case(companion: Companion) -> None:
    """If false, Ann@ and ann@ become two users."""
    known = companion.insert(user_login="a", user_email="aNN@Site.example")
    result = companion.carry_out()
    assert (result["state"], result["user_id"]) == ("updated", known)


def test_an_address_that_only_the_database_takes_for_the_same_is_another(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, an accent more or less leads to a stranger's account."""
    stranger = companion.insert(user_login="a", user_email="x@site.example")
    site.ask(
        "global $wpdb; $wpdb->update($wpdb->users, ['user_email' => 'ánn@site.example'],"
        " ['ID' => $args[0]]); return 1;",
        str(stranger),
    )
    assert companion.carry_out(new_user=None)["state"] == "missing"


def test_a_user_linked_to_another_contact_is_refused(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, of two contacts with one address the last one silently takes the account."""
    known = companion.insert(user_login="a", user_email=ADDRESS, meta={LINK: "2002"})
    error = companion.refusal()
    assert (error["code"], error["retry"]) == ("keap_bridge_linked_elsewhere", False)
    assert error["data"] == {"user_id": known, "contact": "2002"}
    assert site.user(ADDRESS)["meta"][LINK] == "2002"


def test_relinking_takes_the_user_over(companion: Companion, site: RunningWordPress) -> None:
    """If false, merged contacts can never be joined to their user again."""
    known = companion.insert(user_login="a", user_email=ADDRESS, meta={LINK: "2002"})
    result = companion.carry_out(when_linked_to_another_contact="relink")
    assert (result["user_id"], result["created_by_delivery"]) == (known, False)
    assert changed(result)[f"meta:{LINK}"] == ("2002", "1001")
    assert site.user(ADDRESS)["meta"][LINK] == "1001"


@pytest.mark.parametrize("email", [ADDRESS, None])
def test_nobody_is_created_where_no_new_user_is_given(
    companion: Companion, site: RunningWordPress, email: str | None
) -> None:
    """If false, an update for a contact without a user makes one."""
    result = companion.carry_out(new_user=None, email=email)
    assert (result["state"], result["user_id"], result["login"]) == ("missing", None, None)
    assert site.users() == []


def test_another_key_can_hold_the_contact_id(companion: Companion, site: RunningWordPress) -> None:
    """If false, tags.contact_id_meta of the configuration is not what is searched and written."""
    known = companion.insert(user_login="a", user_email="a@site.example", meta={"keap_id": "1001"})
    assert companion.carry_out(contact_id_meta="keap_id")["user_id"] == known
    made = document(delivery="01JDNEW", contact="7", email="n@site.example")
    companion.post({**made, "contact_id_meta": "keap_id"})
    meta = site.user("n@site.example")["meta"]
    assert (meta["keap_id"], LINK in meta) == ("7", False)
