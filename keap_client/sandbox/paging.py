"""One page of a list: size, place, order, and the token for the next."""

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from keap_client.sandbox.problems import refuse
from keap_client.sandbox.quirks import Quirks
from keap_client.sandbox.state import JsonObject

T = TypeVar("T")

MAX_PAGE_SIZE = 1000


def page_of(
    items: Sequence[T], query: Mapping[str, str], quirks: Quirks, *, url: str
) -> tuple[Sequence[T], JsonObject]:
    """Cut the page asked for out of the whole list.

    Args:
        items: the whole list in its final order.
        query: the request's; ``page_size`` and ``page_token`` are read.
        quirks: say the shape of the token and how a last page looks.
        url: the list's own address, for the token that is a URL.

    Returns:
        The page's items, and the ``next_page_token`` property as it belongs into the answer.

    Raises:
        Problem: 400, a size beyond 0 to 1000 or a token that is none.
    """
    size = _size(query.get("page_size", ""), quirks)
    start = _start(query.get("page_token", ""))
    page = items[start : start + size]
    if start + size >= len(items):
        return page, _last(quirks)
    if quirks.page_token == "url":  # noqa: S105 - the name of a shape
        asked = urlencode({"page_size": size, "page_token": start + size})
        return page, {"next_page_token": f"{url}/?{asked}"}
    token = base64.urlsafe_b64encode(f"from:{start + size}".encode()).decode()
    return page, {"next_page_token": token}


def in_order(items: Iterable[T], order_by: str, keys: Mapping[str, Callable[[T], Any]]) -> list[T]:
    """Sort a list as ``order_by`` says, such as ``create_time desc``.

    Args:
        items: the list; where nothing is asked for, this order stays.
        order_by: the parameter, empty when it was not given.
        keys: what to sort by, by the names that the list can be ordered by.

    Raises:
        Problem: 400, a name that the list cannot be ordered by, or no direction.
    """
    if not order_by:
        return list(items)
    name, _, direction = order_by.strip().partition(" ")
    if name not in keys or direction.lower() not in {"", "asc", "desc"}:
        refuse(f"Invalid order_by: {order_by}")
    return sorted(items, key=keys[name], reverse=direction.lower() == "desc")


def _size(asked: str, quirks: Quirks) -> int:
    if not asked:
        return quirks.page_size
    if not asked.isdigit() or int(asked) > MAX_PAGE_SIZE:
        refuse(f"page_size must be a number from 0 to {MAX_PAGE_SIZE}")
    return int(asked) or quirks.page_size


def _start(token: str) -> int:
    if not token:
        return 0
    if token.isdigit():
        return int(token)
    try:
        word, _, place = base64.urlsafe_b64decode(token).decode().partition(":")
    except ValueError:  # no base64, or no text in it
        refuse("Invalid page_token")
    if word != "from" or not place.isdigit():
        refuse("Invalid page_token")
    return int(place)


def _last(quirks: Quirks) -> JsonObject:
    match quirks.last_page:
        case "empty":
            return {"next_page_token": ""}
        case "null":
            return {"next_page_token": None}
        case "missing":
            return {}
