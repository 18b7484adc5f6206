"""The ids of a sync's contacts, page by page."""

import json

import pytest

from bridge.sync_pages import Page, in_groups, keap_page
from bridge.sync_run import SyncWish
from keap_client.call import Answer
from keap_client.errors import KeapRejected
from tests.keap_client.conversing import converse


def page(*ids: str, token: str = "") -> str:
    """Give a page of contacts as Keap sends it."""
    return json.dumps({"contacts": [{"id": each} for each in ids], "next_page_token": token})


def test_all_contacts_are_read_by_their_ids() -> None:
    """A token that has expired meanwhile would send a sync back to its beginning."""
    first, (call,) = converse(keap_page(SyncWish("all"), ""), page("1", "7", token="t"))
    last, (after,) = converse(keap_page(SyncWish("all"), "7"), page("9"))

    assert (first, last) == (Page(("1", "7"), "7"), Page(("9",), None))
    assert ("order_by", "id asc") in call.query
    assert "filter" not in dict(call.query)
    assert ("filter", "contact_id>7") in after.query


def test_a_tags_contacts_are_read_by_token() -> None:
    """Those behind the first thousand would be left out."""
    first, _ = converse(keap_page(SyncWish("tag", "91"), ""), page("1", token="t"))
    last, (call,) = converse(keap_page(SyncWish("tag", "91"), "t"), page("2"))

    assert (first, last) == (Page(("1",), "t"), Page(("2",), None))
    assert (call.path, ("page_token", "t") in call.query) == ("tags/91/contacts", True)


def test_a_token_that_keap_no_longer_knows_begins_the_list_again() -> None:
    """A sync that was cut short for a day could never be gone on with."""
    refused = KeapRejected(400, "Invalid page_token")
    conversation = keap_page(SyncWish("tag", "91"), "old")
    old = next(conversation)
    new = conversation.throw(refused)
    with pytest.raises(StopIteration) as end:
        conversation.send(new.read(Answer(200, {}, page("1").encode())))

    assert end.value.value == Page(("1",), None)
    assert (dict(old.query).get("page_token"), dict(new.query).get("page_token")) == ("old", None)

    conversation = keap_page(SyncWish("tag", "91"), "")
    next(conversation)
    with pytest.raises(KeapRejected):
        conversation.throw(refused)


@pytest.mark.parametrize("kind", ["all", "tag"])
def test_an_empty_page_is_the_last(kind: str) -> None:
    """A sync would read empty pages for ever."""
    wish = SyncWish(kind, "91")  # type: ignore[arg-type]  # one of the kinds
    found, _ = converse(keap_page(wish, ""), page(token="t"))

    assert found == Page((), None)


def test_groups_leave_nobody_out() -> None:
    """The last few of a list would be lost."""
    assert in_groups([1, 2, 3, 4, 5], 2) == [[1, 2], [3, 4], [5]]
    assert in_groups([], 2) == []
