"""From a Keap contact to what its WordPress user should hold, as `fields:` maps it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bridge.config import WORDPRESS_FIELDS, FieldSource
from bridge.delivery import Caveat
from keap_client.contacts import Contact
from keap_client.fields import (
    AmbiguousField,
    UnknownField,
    properties_needed,
    resolve,
)
from keap_client.model import ContactModel
from keap_client.standard_fields import Field
from wp_client.document import MetaValue

EMAIL = resolve("Email", ContactModel(custom_fields=()))
FIRST_NAME = resolve("FirstName", ContactModel(custom_fields=()))
LAST_NAME = resolve("LastName", ContactModel(custom_fields=()))
IDENTITY = (EMAIL, FIRST_NAME, LAST_NAME)
"""Asked for in any case: a user is found by the address, and named after their contact."""


@dataclass(frozen=True, slots=True)
class MappedField:
    """One line of ``fields:`` with the Keap field that it means."""

    target: str
    """A WordPress field or a user meta key."""
    field: Field
    when_empty: Literal["keep", "clear"]


@dataclass(frozen=True, slots=True)
class ResolvedMapping:
    """``fields:`` held against the custom fields that Keap has."""

    fields: tuple[MappedField, ...]
    caveats: tuple[Caveat, ...]
    """Lines whose Keap field does not exist, or could be several: skipped, the rest goes on."""

    @property
    def properties(self) -> tuple[str, ...]:
        """What to ask Keap for; tags come along in the same call."""
        needed = properties_needed([*IDENTITY, *(mapped.field for mapped in self.fields)])
        return (*needed, "tag_ids")


@dataclass(frozen=True, slots=True)
class Values:
    """What the mapping makes of one contact."""

    fields: Mapping[str, str]
    meta: Mapping[str, MetaValue]
    caveats: tuple[Caveat, ...] = ()
    """Values that are not of the kind that their line names: skipped, the rest goes on."""


def resolve_mapping(rules: Mapping[str, FieldSource], model: ContactModel) -> ResolvedMapping:
    """Find the Keap field of every line of ``fields:``."""
    fields: list[MappedField] = []
    caveats: list[Caveat] = []
    for target, rule in rules.items():
        try:
            field = resolve(rule.keap_field, model)
        except UnknownField:
            caveats.append(Caveat("keap_field_unknown", rule.keap_field))
        except AmbiguousField:
            caveats.append(Caveat("keap_field_ambiguous", rule.keap_field))
        else:
            fields.append(MappedField(target, field, rule.when_empty))
    return ResolvedMapping(tuple(fields), tuple(caveats))


def needs_model(rules: Mapping[str, FieldSource]) -> bool:
    """Whether any line names a custom field, so that Keap's model has to be read."""
    none = ContactModel(custom_fields=())
    return bool(resolve_mapping(rules, none).caveats)


def values_of(contact: Contact, mapping: ResolvedMapping) -> Values:
    """Map one contact.

    An empty Keap field leaves WordPress as it is, unless its line says ``when_empty: clear``; an
    e-mail address is never cleared.
    """
    fields: dict[str, str] = {}
    meta: dict[str, MetaValue] = {}
    for mapped in mapping.fields:
        value = mapped.field.value_of(contact)
        if value is None and (mapped.when_empty == "keep" or mapped.target == "user_email"):
            continue
        if mapped.target in WORDPRESS_FIELDS:
            fields[mapped.target] = value or ""
        else:
            meta[mapped.target] = value
    return Values(fields, meta)
