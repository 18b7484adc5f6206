"""Contacts read together: what one of them spoils, and what concerns all."""

import json
from collections.abc import Callable, Sequence

import pytest

from bridge.config import FieldSource
from bridge.reading import MOST_SPOILT, NO_MODEL, Reading, Wanted, read_contacts
from keap_client.call import Answer
from keap_client.errors import (
    KeapBroken,
    KeapError,
    KeapRejected,
    KeapThrottled,
    KeapUnreachable,
)

WANTED = Wanted({"first_name": FieldSource.model_validate({"from": "FirstName"})}, None)
IDS = tuple(str(number) for number in range(1000, 1250))

Keap = Callable[[Sequence[str], str | None], Answer]


def answer(*ids: str, token: str = "", status: int = 200) -> Answer:
    """Give a page of contacts."""
    contacts = [{"id": each, "given_name": f"Name {each}"} for each in ids]
    body = json.dumps({"contacts": contacts, "next_page_token": token}).encode()
    return Answer(status, {}, body)


def refusal(status: int = 400) -> Answer:
    """Give Keap's refusal of a request."""
    return Answer(status, {}, b'{"code": "X", "message": "no", "status": "X", "details": []}')


def converse(keap: Keap, ids: Sequence[str] = IDS) -> tuple[dict[str, Reading], int]:
    """Read from this Keap; give what was found, and the number of calls."""
    conversation = read_contacts(ids, WANTED, NO_MODEL)
    calls = 0
    try:
        call = next(conversation)
        while True:
            calls += 1
            query = dict(call.query)
            asked = query["filter"].removeprefix("ids==").split(",")
            try:
                page = call.read(keap(asked, query.get("page_token")))
            except KeapError as error:
                call = conversation.throw(error)
            else:
                call = conversation.send(page)
    except StopIteration as end:
        return dict(end.value), calls


def test_a_list_is_one_call() -> None:
    """A burst would spend Keap's minute on single contacts."""
    found, calls = converse(lambda ids, _: answer(*reversed(ids)))

    assert (len(found), calls) == (250, 1)
    assert all(reading.contact.id == each for each, reading in found.items())


def test_short_pages_are_followed_until_all_are_found() -> None:
    """Contacts beyond the first page would count as missing, and be read one by one."""

    def keap(ids: Sequence[str], token: str | None) -> Answer:
        start = int(token or 0)
        return answer(*ids[start : start + 100], token=str(start + 100))

    found, calls = converse(keap)

    assert (len(found), calls) == (250, 3)


def test_pages_that_bring_nothing_more_are_not_followed() -> None:
    """A token that is never empty would keep the bridge reading for ever."""
    found, calls = converse(lambda ids, token: answer(*([] if token else ids[:7]), token="next"))

    assert (len(found), calls) == (7, 2)


def test_contacts_that_are_missing_or_strange_are_left_out() -> None:
    """A contact that was deleted would fail its neighbours, or get somebody else's data."""
    found, _ = converse(lambda ids, _: answer(*ids[:-1], "666"))

    assert set(found) == set(IDS[:-1])


@pytest.mark.parametrize("spoiler", [IDS[0], IDS[77], IDS[-1]])
@pytest.mark.parametrize(
    "spoilt", [refusal(), refusal(414), Answer(200, {}, b'{"contacts": [{}]}')]
)
def test_one_contact_that_spoils_a_list_is_singled_out(spoiler: str, spoilt: Answer) -> None:
    """One contact that Keap cannot list would keep 249 others waiting."""
    found, calls = converse(lambda ids, _: spoilt if spoiler in ids else answer(*ids))

    missing = set(IDS) - set(found)
    assert spoiler in missing
    assert len(missing) <= 3  # its last neighbours are read alone like itself
    assert calls <= 18


@pytest.mark.parametrize(
    ("spoilt", "error"),
    [(refusal(), KeapRejected), (Answer(200, {}, b"<html>"), KeapBroken)],
)
def test_a_keap_that_spoils_every_list_is_not_asked_for_ever(
    spoilt: Answer, error: type[KeapError]
) -> None:
    """A field that Keap does not know would cost hundreds of calls, again and again."""
    asked: list[int] = []

    def keap(ids: Sequence[str], _: str | None) -> Answer:
        asked.append(len(ids))
        return spoilt

    with pytest.raises(error):
        converse(keap)
    assert len(asked) == MOST_SPOILT


@pytest.mark.parametrize(
    ("trouble", "error"),
    [(Answer(503, {}, b""), KeapBroken), (refusal(429), KeapThrottled)],
)
def test_trouble_of_keaps_own_concerns_all_at_once(trouble: Answer, error: type[KeapError]) -> None:
    """A Keap that is down would be asked over and over, in smaller and smaller lists."""
    asked: list[int] = []

    def keap(ids: Sequence[str], _: str | None) -> Answer:
        asked.append(len(ids))
        return trouble

    with pytest.raises(error):
        converse(keap)
    assert asked == [250]


def test_a_connection_that_breaks_concerns_all_at_once() -> None:
    """As above, where no answer comes at all."""

    def keap(_ids: Sequence[str], _: str | None) -> Answer:
        reason = "it took too long"
        raise KeapUnreachable(reason)

    with pytest.raises(KeapUnreachable):
        converse(keap)
