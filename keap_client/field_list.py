"""Every field that a Keap application has, with the name to write first. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from keap_client.field import Field
from keap_client.fields import FieldError, names_of, resolve
from keap_client.model import ContactModel
from keap_client.standard_fields import STANDARD_FIELDS


@dataclass(frozen=True, slots=True)
class ListedField:
    """One field, and all that leads to it."""

    name: str
    """The name to write: readable, and no other field's."""
    other_names: tuple[str, ...]
    field: Field
    label: str = ""
    """What people in Keap call a custom field."""
    is_custom: bool = False


def standard_fields() -> list[ListedField]:
    """List the standard fields, in the order in which people think of them."""
    names: dict[tuple[object, ...], list[Field]] = {}
    for field in STANDARD_FIELDS.values():
        # Some names stand for a second part too, where the first is empty.
        names.setdefault((field.property, field.slot, *field.parts[:1]), []).append(field)
    return [
        ListedField(same[0].name, tuple(each.name for each in same[1:]), same[0])
        for same in names.values()
    ]


def custom_fields(model: ContactModel) -> Iterator[ListedField]:
    """List the custom fields, as Keap does."""
    for custom in model.custom_fields:
        names = [name for name in names_of(custom) if _means(name, custom.id, model)]
        field = resolve(names[0], model)
        yield ListedField(names[0], tuple(names[1:]), field, custom.label or "", is_custom=True)


def _means(name: str, field_id: str, model: ContactModel) -> bool:
    """Whether a name leads to this custom field, and not to a standard one or to several."""
    try:
        field = resolve(name, model)
    except FieldError:
        return False
    return (field.property, field.slot) == ("custom_fields", field_id)
