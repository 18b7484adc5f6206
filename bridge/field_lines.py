"""What ``keap-bridge fields`` prints: every field of Keap's with an example. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from keap_client.contact import Contact
from keap_client.field_list import ListedField

NOT_SHOWN = "(not shown)"
"""In the place of a value that is nobody's business."""

_SECRET_TYPES = {"SOCIAL_SECURITY_NUMBER"}
_LONGEST_EXAMPLE = 60


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A field as people and programs read it."""

    name: str
    """The name to write in config.yaml."""
    other_names: tuple[str, ...]
    custom: bool
    label: str
    type: str
    """In Keap's words, in small letters."""
    options: tuple[str, ...]
    """Labels of the choices."""
    example: str | None
    """What a contact has there, as Keap writes it; ``None``: nothing, or no contact."""


def line_of(listed: ListedField, contact: Contact | None, secret_field: str | None) -> FieldLine:
    """Describe one field.

    Args:
        listed: The field.
        contact: Whose value is the example.
        secret_field: The id of the custom field that gets passwords: its value is never shown.
    """
    field = listed.field
    example = field.value_of(contact) if contact else None
    secret = listed.is_custom and (
        field.slot == secret_field or "password" in listed.label.casefold()
    )
    if example is not None and (secret or field.type in _SECRET_TYPES):
        example = NOT_SHOWN
    options = tuple(option.label or option.id for option in field.options)
    return FieldLine(
        listed.name,
        listed.other_names,
        listed.is_custom,
        listed.label,
        field.type.lower(),
        options,
        example,
    )


def table_of(lines: Sequence[FieldLine], whose: str) -> Iterable[str]:
    """Give the lines of a terminal: the standard fields, then the custom ones.

    Args:
        lines: All fields.
        whose: The id of the contact who is the example; empty: there is none.
    """
    example = f"contact {whose} has" if whose else "no contact to show"
    rows = [("write", "type", example), *((each.name, each.type, _shown(each)) for each in lines)]
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    texts = [f"{name:<{first}}  {type_:<{second}}  {value}".rstrip() for name, type_, value in rows]
    header, *texts = texts
    custom = sum(each.custom for each in lines)
    standard = len(lines) - custom
    yield from (header, *texts[:standard], "", "Custom fields" if custom else "No custom fields.")
    for line, text in zip(lines[standard:], texts[standard:], strict=True):
        yield text
        yield from (f"    {each}" for each in _more_of(line))


def _more_of(line: FieldLine) -> Iterable[str]:
    if line.other_names:
        yield "also " + ", ".join(f'"{name}"' for name in line.other_names)
    if line.options:
        yield "options " + ", ".join(f'"{label}"' for label in line.options)


def _shown(line: FieldLine) -> str:
    text = " ".join((line.example or "").split())
    return text if len(text) <= _LONGEST_EXAMPLE else f"{text[: _LONGEST_EXAMPLE - 1]}…"
