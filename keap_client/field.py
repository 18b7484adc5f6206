"""A field of a contact, and its value. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from keap_client.answers import AnswerModel
from keap_client.contact import Contact, UtmParameters
from keap_client.model import FieldOption

# What tells the entries of a list apart. Their order means nothing: a contact without a billing
# address has its shipping address first.
KEY_OF_LIST = {
    "email_addresses": "field",
    "phone_numbers": "field",
    "fax_numbers": "field",
    "addresses": "field",
    "social_accounts": "type",
    "custom_fields": "id",
    "utm_parameters": "first_touch",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a contact, and the way to its value."""

    name: str
    """As the person wrote it."""
    property: str
    """The property that has to be asked for: a member of ``contact.CONTACT_FIELDS``."""
    slot: str | None = None
    """Which entry of a list: ``EMAIL1``, ``BILLING``, ``FACEBOOK``, a custom field's id; ``FIRST``
    or ``LAST`` of the visits that brought the contact."""
    parts: tuple[str, ...] = ()
    """Which part of the entry; of several the first that is not empty."""
    type: str = "TEXT"
    """In the words of Keap's custom fields: ``TEXT``, ``DATE``, ``LIST_BOX`` …"""
    options: tuple[FieldOption, ...] = ()
    """The choices of a custom field."""

    def entry_of(self, contact: Contact) -> AnswerModel | None:
        """Give what the value is a part of, such as the billing address; ``None``: nothing."""
        value: Any = getattr(contact, self.property)
        if self.slot is None:
            return value if isinstance(value, AnswerModel) else None
        if self.property == "utm_parameters":
            return _first_visit(value) if self.slot == "FIRST" else _last_visit(value)
        key = KEY_OF_LIST[self.property]
        return next((each for each in value if getattr(each, key) == self.slot), None)

    def content_of(self, contact: Contact) -> JsonValue:
        """Give the value as Keap sent it; ``None`` where it is empty."""
        contents: list[Any]
        if self.parts:
            entry = self.entry_of(contact)
            contents = [getattr(entry, part) for part in self.parts] if entry else []
        else:
            contents = [getattr(contact, self.property)]
        content = next((each for each in contents if as_text(each) is not None), None)
        return list(content) if isinstance(content, tuple) else content

    def value_of(self, contact: Contact) -> str | None:
        """Give the value as text, by :func:`as_text`; ``None`` where it is empty."""
        return as_text(self.content_of(contact))


def _first_visit(visits: Sequence[UtmParameters]) -> UtmParameters | None:
    return next((each for each in visits if each.first_touch), None)


def _last_visit(visits: Sequence[UtmParameters]) -> UtmParameters | None:
    said = next((each for each in visits if each.last_touch), None)
    # Not every answer says which one was the last.
    return said or max(visits, key=lambda each: each.date_created or "", default=None)


def as_text(value: object) -> str | None:
    """Give a value of Keap's as text; ``None`` where it is empty.

    Text comes as it is, a number without a needless ``.0``, yes and no as ``1`` and ``0`` (as
    WordPress plugins keep a checkbox), several choices separated by ``,``.
    Dates, countries and regions come as Keap writes them.
    """
    match value:
        case None:
            return None
        case bool():
            return "1" if value else "0"
        case float() if value.is_integer():
            return str(int(value))
        case list() | tuple():
            texts = (as_text(each) for each in value)
            return ",".join(text for text in texts if text is not None) or None
        case dict():  # not documented, but better seen than lost
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        case _:
            text = str(value)
            return text if text.strip() else None
