"""REST Hooks: Keap tells of changes by itself. The calls, and a delivery read. Pure.

REST v1 only; v2 has no hooks. Keap shakes hands first: it posts a secret in ``X-Hook-Secret`` and
wants it back in the same header. That secret proves who *receives*; deliveries are not signed, so
that they are told from anybody's by the address alone.
https://developer.infusionsoft.com/docs/rest/ , "REST Hooks".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import Field, JsonValue, RootModel, ValidationError

from keap_client.answers import AnswerModel, Items, read_json, segment
from keap_client.call import Answer, Call
from keap_client.errors import KeapError, NotFound

SECRET_HEADER = "X-Hook-Secret"  # noqa: S105 - a header's name

MOST_OBJECTS = 1000
"""That Keap puts into one delivery."""

LONGEST_ID = 18
"""Digits, as for an HTTP Post's contact."""

_CONTACT_LISTS = ("contact_details", "contacts", "contact_ids", "applied", "removed")
"""Where the contacts of a ``contactGroup`` event were seen; Keap documents none of them."""


class UnreadableHook(KeapError):
    """This is no delivery of a REST Hook."""

    def __init__(self) -> None:
        """Nothing of it may be repeated."""
        super().__init__("The request is not the delivery of a REST Hook of Keap's.")


@dataclass(frozen=True, slots=True)
class HookDelivery:
    """What Keap tells."""

    event: str
    """As in ``contact.edit``."""
    contacts: tuple[str, ...]
    """The contacts' ids, each once, in order; empty: none were found in it."""


class _Delivery(AnswerModel):
    event_key: str
    object_keys: Items[JsonValue] = ()


class Hook(AnswerModel):
    """A subscription as Keap has it."""

    key: str
    event: str = Field(alias="eventKey")
    url: str = Field(alias="hookUrl")
    status: str = ""
    """``Verified``, ``Unverified``, or ``Inactive`` after four deliveries in vain."""


class _Hooks(RootModel[list[Hook]]):
    """Unlike v1's other lists it is a bare one."""


def v1_url(url: str) -> str:
    """Give the base URL of REST v1 for that of v2."""
    return url.removesuffix("/v2") + "/v1"


def list_hooks() -> Call[tuple[Hook, ...]]:
    """Read all hooks; they belong to the token's application, whoever made them."""
    return Call("GET", "hooks", read=_read_hooks, name="list_hooks")


def make_hook(event: str, url: str) -> Call[Hook]:
    """Let Keap tell a URL of an event; Keap shakes hands with it."""
    return Call(
        "POST",
        "hooks",
        read=lambda answer: read_json(answer, Hook),
        body={"eventKey": event, "hookUrl": url},
        name="make_hook",
    )


def verify_hook(key: str) -> Call[Hook]:
    """Let Keap shake hands again, which also wakes a hook that it has given up."""
    missing = NotFound(f"hook {key}")
    return Call(
        "POST",
        f"hooks/{segment(key)}/verify",
        read=lambda answer: read_json(answer, Hook, missing=missing),
        name="verify_hook",
    )


def remove_hook(key: str) -> Call[None]:
    """Let Keap tell no more."""
    missing = NotFound(f"hook {key}")

    def read(answer: Answer) -> None:
        if answer.status not in (200, 204):
            read_json(answer, Hook, missing=missing)

    return Call("DELETE", f"hooks/{segment(key)}", read=read, name="remove_hook")


def read_hook(body: bytes) -> HookDelivery:
    """Read a delivery.

    An object of a ``contact`` event is a contact. One of a ``contactGroup`` event is a tag, in
    which the contacts stand in a list; Keap's document does not say which, so all that were seen
    are taken. Where there is none, the object's id is taken for the contact's, unless its address
    says that it is a tag.

    Raises:
        UnreadableHook: It is none.
    """
    try:
        told = _Delivery.model_validate_json(body)
    except ValidationError:
        raise UnreadableHook from None
    about_tags = told.event_key.startswith("contactGroup.")
    found = (
        contact
        for each in told.object_keys
        if isinstance(each, dict)
        for contact in (_in_tag(each) if about_tags else _ids([each.get("id")]))
    )
    return HookDelivery(told.event_key, tuple(dict.fromkeys(found)))


def _in_tag(told: dict[str, JsonValue]) -> Iterator[str]:
    lists = [found for name in _CONTACT_LISTS if isinstance(found := told.get(name), list)]
    if lists:
        for each in lists:
            yield from _ids(each)
    elif "/tags/" not in str(told.get("apiUrl")) and "tagId" not in told:
        yield from _ids([told.get("id")])


def _ids(values: Iterable[JsonValue]) -> Iterator[str]:
    """Give those that are contacts' ids, or objects with one."""
    for each in values:
        value = each.get("id", each.get("contactId")) if isinstance(each, dict) else each
        text = str(value).lstrip("0") if isinstance(value, int | str) else ""
        if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID:
            yield text


def _read_hooks(answer: Answer) -> tuple[Hook, ...]:
    return tuple(read_json(answer, _Hooks).root)
