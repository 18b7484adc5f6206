"""Deliveries of REST Hooks, read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keap_client.hooks import HookDelivery, UnreadableHook, read_hook, v1_url

TAG_API = "https://api.infusionsoft.com/crm/rest/v1/tags/91"


def delivery(event: str, *objects: Any) -> bytes:
    """Give the body of a delivery."""
    kind = event.partition(".")[0]
    told = {"event_key": event, "object_type": kind, "object_keys": list(objects)}
    return json.dumps(told).encode()


@pytest.mark.parametrize(
    ("event", "objects", "contacts"),
    [
        ("contact.edit", [{"id": 1001, "apiUrl": "…", "timestamp": "…"}], ("1001",)),
        ("contact.edit", [{"id": "1001"}, {"id": 1002}, {"id": 1001}], ("1001", "1002")),
        ("contact.edit", [{"id": 0}, {"id": -1}, {"id": None}, {"id": True}, {}, 7, None], ()),
        ("contact.edit", [{"id": 10**18}], ()),
        (
            "contactGroup.applied",
            [{"id": 91, "apiUrl": TAG_API, "contact_details": [{"id": 1001}, {"id": "1002"}]}],
            ("1001", "1002"),
        ),
        ("contactGroup.applied", [{"tagId": 91, "applied": [1001, "1002"]}], ("1001", "1002")),
        ("contactGroup.removed", [{"tagId": 91, "removed": [1001]}], ("1001",)),
        ("contactGroup.applied", [{"id": 91, "contacts": [{"contactId": 1001}]}], ("1001",)),
        ("contactGroup.applied", [{"id": 1001}], ("1001",)),
        ("contactGroup.applied", [{"id": 91, "apiUrl": TAG_API}], ()),
        ("contactGroup.applied", [{"id": 91, "apiUrl": TAG_API, "contact_details": []}], ()),
        ("contactGroup.applied", [{"tagId": 91}], ()),
    ],
)
def test_contacts_are_found_wherever_keap_puts_them(
    event: str, objects: list[Any], contacts: tuple[str, ...]
) -> None:
    """A change would be lost, or a tag's id be taken for a contact's."""
    assert read_hook(delivery(event, *objects)) == HookDelivery(event, contacts)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"contactId=1", b'{"event_key":[]}', b"\xff"])
def test_what_is_no_delivery_is_said_so(body: bytes) -> None:
    """Somebody who posts a form to the hooks' address would be told that it was kept."""
    with pytest.raises(UnreadableHook):
        read_hook(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=9), inside),
    max_leaves=6,
)
names = st.sampled_from(["id", "applied", "contact_details", "contacts", "apiUrl", "tagId"])


@given(
    st.sampled_from(["contact.edit", "contactGroup.applied"]),
    st.lists(st.dictionaries(names, json_values) | json_values, max_size=4),
)
def test_whatever_stands_in_it_gives_ids_that_can_be_asked_for(
    event: str, objects: list[Any]
) -> None:
    """A strange delivery would break the receiver, or name another path of Keap's API."""
    for contact in read_hook(delivery(event, *objects)).contacts:
        assert contact.isascii()
        assert contact.isdigit()
        assert not contact.startswith("0")


def test_hooks_are_at_version_one() -> None:
    """v2 answers 404."""
    assert v1_url("https://api.infusionsoft.com/crm/rest/v2").endswith("/crm/rest/v1")
