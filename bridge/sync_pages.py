"""The ids of a sync's contacts as Keap lists them, a page at a time. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from bridge.sync_run import SyncWish
from keap_client.call import Conversation, ask
from keap_client.contacts import list_contact_ids
from keap_client.errors import KeapRejected
from keap_client.tags import list_tagged

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the contacts, and where the others follow."""

    contacts: tuple[str, ...]
    cursor: str | None
    """``None``: there are no more."""


def keap_page(wish: SyncWish, cursor: str) -> Conversation[Page]:
    """Read one page of the contacts that have a tag, or of all.

    Args:
        wish: Of the kind ``tag`` or ``all``.
        cursor: Of the page before; empty for the first.

    Raises:
        KeapError: Keap did not give it.
    """
    if wish.kind == "all":
        listed = yield from ask(list_contact_ids(cursor or None))
        ids = tuple(each.id for each in listed.contacts)
        return Page(ids, ids[-1] if ids and listed.next_page_token else None)
    try:
        tagged = yield from ask(list_tagged(wish.subject, cursor or None))
    except KeapRejected:
        if not cursor:
            raise
        # How long a page token lasts is not documented: what was read already counts once.
        tagged = yield from ask(list_tagged(wish.subject))
    ids = tuple(each.id for each in tagged.contacts)
    return Page(ids, tagged.next_page_token if ids else None)


def in_groups(items: Sequence[T], most: int) -> list[Sequence[T]]:
    """Give the items in groups of so many, the last perhaps of fewer."""
    return [items[start : start + most] for start in range(0, len(items), most)]
