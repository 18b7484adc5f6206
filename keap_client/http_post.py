"""An incoming HTTP Post of a Keap campaign → :class:`HttpPost`, or the reason why not. Pure.

The receiver reads in three steps, so that nothing is judged before the key has been compared
(:mod:`keap_client.form` has the first):

    form = read_form(content_type, body)
    key = access_key_of(form)
    post = read_http_post(form)

Names and values are those that WP Fusion's receiver takes (its documentation calls them
"Infusionsoft HTTP Posts"), with the contact's id under the names that other receivers know, too:
https://docs.imember360.com/webhooks/i4w_sync_user
A legacy action of Keap's posts the whole contact: fields with other names are ignored.
"""

# Each reason stands where it is found, so that the rules read straight down.
# ruff: noqa: EM101, EM102, TRY003

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from keap_client.form import Form, UnreadablePost

PostAction = Literal["add", "update", "update_tags", "test"]

CONTACT_NAMES = ("contactId", "contact_id", "ContactId", "contactID", "Id", "Contact0Id")
"""Where a contact's id may stand, most common first. Several may be sent if they agree."""
ACTION_NAMES = ("wpf_action", "action")
"""Where the action may stand; the second is looked at only where the first is not given."""

_ACTIONS = ("add", "update", "update_tags", "test")
_TRUE = ("true", "1", "yes", "on")
_FALSE = ("false", "0", "no", "off", "")
# A merge field that Keap could not fill in, as its editor's own test sends them.
_UNMERGED = re.compile(r"~[A-Za-z]+\.[A-Za-z0-9_]+~")
_Given: TypeAlias = Mapping[str, AbstractSet[str]]
_LONGEST_ID = 18
_LONGEST_WORD = 40
_LONGEST_ROLES = 500


@dataclass(frozen=True, slots=True)
class HttpPost:
    """What an HTTP Post asks for."""

    action: PostAction
    contact: str | None
    """The contact's id: digits, no leading zeros; ``None`` only where the action is ``test``."""
    roles: tuple[str, ...]
    """WordPress roles by slug or name, as posted, each once; empty: none were named."""
    send_notification: bool | None
    """``None``: not given, or a merge field that was not filled in."""


def access_key_of(form: Form) -> str | None:
    """Give the access key to compare; ``None`` if there is none, or two that differ."""
    keys = {value.strip() for name, value in form.pairs if name == "access_key"}
    return keys.pop() or None if len(keys) == 1 else None


def read_http_post(form: Form) -> HttpPost:
    """Read what a form, whose access key is right, asks for.

    Raises:
        UnreadablePost: Something needed is missing, not understood, or given twice in two ways.
    """
    given = _given(form)
    action = _action(given)
    contact = _contact(given)
    if contact is None and action != "test":
        raise UnreadablePost(
            "The contact's id is missing: add a field named contactId with the value ~Contact.Id~"
            " to the HTTP Post in Keap."
        )
    return HttpPost(action, contact, _roles(given), _send_notification(form, given))


def _action(given: _Given) -> PostAction:
    word = next((word for name in ACTION_NAMES if (word := _value(given, name))), None)
    if word is None:
        raise UnreadablePost(
            "The action is missing: add a field named wpf_action with the value add, update or"
            " update_tags to the HTTP Post in Keap."
        )
    if word.lower() not in _ACTIONS:
        shown = "".join(sign for sign in word[:_LONGEST_WORD] if sign.isprintable())
        raise UnreadablePost(
            f'The action "{shown}" is not known: wpf_action must be add, update, update_tags or'
            " test."
        )
    return cast("PostAction", word.lower())


def _contact(given: _Given) -> str | None:
    found = {name: value for name in CONTACT_NAMES if (value := _value(given, name))}
    # Without leading zeros: everything of one contact must meet under one id.
    contacts = {_contact_id(name, value) for name, value in found.items()}
    if len(contacts) > 1:
        raise UnreadablePost(
            f"The fields {' and '.join(found)} name different contacts: keep only contactId with"
            " the value ~Contact.Id~."
        )
    return contacts.pop() if contacts else None


def _contact_id(name: str, text: str) -> str:
    digits = text.lstrip("0")
    if not (text.isascii() and text.isdigit() and digits and len(digits) <= _LONGEST_ID):
        raise UnreadablePost(
            f"The field {name} is not a contact's id (a whole number): its value in Keap should be"
            " ~Contact.Id~."
        )
    return digits


def _roles(given: _Given) -> tuple[str, ...]:
    text = _value(given, "role") or ""
    if len(text) > _LONGEST_ROLES or not text.isprintable():
        raise UnreadablePost(
            "The field role is not a list of WordPress roles: give their names, separated by"
            f" commas, in at most {_LONGEST_ROLES} characters."
        )
    roles = (role.strip() for role in text.split(","))
    return tuple(dict.fromkeys(role for role in roles if role and not _UNMERGED.fullmatch(role)))


def _send_notification(form: Form, given: _Given) -> bool | None:
    # Given and empty means no here, as it does to WP Fusion; only an unfilled merge field is none.
    name = "send_notification"
    word = _value(given, name)
    if word is None:
        empty = any(each == name and not value.strip() for each, value in form.pairs)
        return False if empty else None
    if word.lower() in _TRUE:
        return True
    if word.lower() in _FALSE:
        return False
    raise UnreadablePost("The field send_notification must be true or false.")


def _given(form: Form) -> _Given:
    """Give the different values under each name, without empty ones and unfilled merge fields."""
    given: dict[str, set[str]] = {}
    for name, text in form.pairs:
        value = text.strip()
        if value and not _UNMERGED.fullmatch(value):
            given.setdefault(name, set()).add(value)
    return given


def _value(given: _Given, name: str) -> str | None:
    """Give the one value under a name; ``None`` where missing, empty, or an unfilled merge."""
    values = given.get(name)
    if values is None:
        return None
    if len(values) > 1:
        raise UnreadablePost(
            f"The field {name} is given more than once, with different values: keep one of them."
        )
    return next(iter(values))
