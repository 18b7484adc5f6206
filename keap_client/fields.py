"""The names that people write for Keap's fields → :class:`Field`. Pure.

A custom field is named by its id, its ``_field_name``, its ``_Label`` or its label.
Upper and lower case are the same, unless only they tell two custom fields apart.
A standard field comes before a custom field of the same name, as it does in Keap's own filters.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import replace

from keap_client.errors import KeapError
from keap_client.field import Field
from keap_client.model import ContactModel, CustomField
from keap_client.standard_fields import STANDARD_FIELDS

_TEXT_TYPES = {"TEXT", "TEXTAREA"}


class FieldError(KeapError):
    """A name does not lead to a field that can be used as asked."""


class UnknownField(FieldError):
    """Keap has no such field."""

    def __init__(self, name: str, suggestions: tuple[str, ...] = ()) -> None:
        """Take the name as written, and names that look like it, best first."""
        self.name = name
        self.suggestions = suggestions
        if name.casefold() in {"username", "password"}:
            advice = "Its API has none of that name any more: make a custom field of type Text."
        elif suggestions:
            advice = f"Did you mean {' or '.join(suggestions)}?"
        else:
            advice = "Name a standard field as in Keap's merge fields, or a custom field's label."
        super().__init__(f'Keap has no contact field "{name}". {advice}')


class AmbiguousField(FieldError):
    """More than one custom field answers to the name."""

    def __init__(self, name: str, candidates: tuple[CustomField, ...]) -> None:
        """Take the name as written, and the fields that it could mean."""
        self.name = name
        self.candidates = candidates
        listed = ", ".join(f'{each.id} ("{each.label}")' for each in candidates)
        super().__init__(
            f'"{name}" could be any of several custom fields in Keap. Write the id of one of them'
            f" instead: {listed}."
        )


class NotATextField(FieldError):
    """A text is to be written into a field that does not take any text."""

    def __init__(self, name: str, kind: str) -> None:
        """Take the name as written, and what it is, as in ``a standard field``."""
        self.name = name
        self.kind = kind
        super().__init__(
            f'Text cannot be written to "{name}": it is {kind} in Keap. Make a custom field of type'
            " Text instead."
        )


def resolve(name: str, model: ContactModel) -> Field:
    """Give the field that a name means.

    Raises:
        UnknownField: There is none.
        AmbiguousField: Several custom fields are called that.
    """
    field = standard_field(name)
    if field is not None:
        return field
    custom = _custom_field(name, model)
    return Field(
        name,
        "custom_fields",
        custom.id,
        ("content",),
        type=type_of(custom),
        options=custom.options,
    )


def standard_field(name: str) -> Field | None:
    """Give the standard field that a name means: no contact model is needed for these."""
    field = STANDARD_FIELDS.get(name.strip().casefold())
    return replace(field, name=name) if field else None


def writable_custom_field(name: str, model: ContactModel) -> CustomField:
    """Give the custom field that a name means, if any text can be written into it.

    Raises:
        UnknownField: There is none.
        AmbiguousField: Several custom fields are called that.
        NotATextField: It is a standard field, or a custom field of another type.
    """
    if standard_field(name):
        raise NotATextField(name, "a standard field")
    custom = _custom_field(name, model)
    field_type = custom.field_type or "unknown"
    if field_type.replace("_", "").upper() not in _TEXT_TYPES:
        raise NotATextField(name, f"a custom field of type {field_type}")
    return custom


def type_of(custom: CustomField) -> str:
    """Give the type of a custom field as REST v2 writes it: v1 has ``YesNo`` for ``YES_NO``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", custom.field_type or "").upper()


def properties_needed(fields: Iterable[Field]) -> tuple[str, ...]:
    """Give the properties to ask Keap for, so that each of the fields has its value."""
    return tuple(sorted({"id", *(field.property for field in fields)}))


def names_of(custom: CustomField) -> tuple[str, ...]:
    """Give every name of a custom field, the one to recommend first."""
    label = (custom.label or "").strip()
    # WP Fusion's name keeps the label's ASCII letters and digits only; of a label in another
    # script that would leave nothing, so that the label's own letters make a name too.
    letters = (re.sub(r"[^A-Za-z0-9]", "", label), custom.field_name, re.sub(r"[\W_]", "", label))
    names = (*(f"_{each}" for each in letters if each), label, custom.id)
    return tuple(dict.fromkeys(name for name in names if name))


def _custom_field(name: str, model: ContactModel) -> CustomField:
    name = name.strip()
    folded = name.casefold()
    by_id = [each for each in model.custom_fields if each.id == name]
    exact = [each for each in model.custom_fields if name in names_of(each)]
    near = [
        each
        for each in model.custom_fields
        if folded in {other.casefold() for other in names_of(each)}
    ]
    found = by_id or exact or near
    if not found:
        raise UnknownField(name, _suggestions(folded, model))
    if len(found) > 1:
        raise AmbiguousField(name, tuple(found))
    return found[0]


def _suggestions(folded: str, model: ContactModel) -> tuple[str, ...]:
    # Dotted names are looked up, not remembered: they would only crowd out the others.
    names = {key: field.name for key, field in STANDARD_FIELDS.items() if "." not in key}
    for custom in model.custom_fields:
        names.update({name.casefold(): name for name in names_of(custom)})
    return tuple(names[near] for near in difflib.get_close_matches(folded, names, cutoff=0.7))
