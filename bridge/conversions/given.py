"""What a converter is given, what it gives back, and its refusal. Pure."""

from dataclasses import dataclass, field
from typing import TypeAlias

from pydantic import JsonValue

from keap_client.answers import AnswerModel
from keap_client.field import as_text
from keap_client.model import FieldOption

Converted: TypeAlias = str | tuple[str, ...]
"""Text, or texts that WordPress keeps as an array."""


class NotConvertible(Exception):
    """The value is not of the kind that the configuration names; the error does not hold it."""


@dataclass(frozen=True, slots=True)
class Given:
    """A value of a contact's, not empty, and what Keap tells beside it."""

    content: JsonValue = field(repr=False)
    type: str = "TEXT"
    """In the words of Keap's custom fields."""
    options: tuple[FieldOption, ...] = ()
    entry: AnswerModel | None = field(default=None, repr=False)
    """What the value is a part of, such as the whole address of a region."""
    country: str | None = None
    """The country of the contact's billing address, as Keap writes it."""

    @property
    def text(self) -> str:
        """The value as one text without blanks around it."""
        return (as_text(self.content) or "").strip()


@dataclass(frozen=True, slots=True)
class Style:
    """What the configuration says beside ``as:``; ``None``: nothing."""

    format: str | None = None
    """As for ``strftime``."""
    timezone: str | None = None
    """A name of the IANA database, such as ``Europe/Berlin``."""
    separator: str | None = None
    country: str | None = None
    """The country where Keap names none."""
