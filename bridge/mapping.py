"""From a Keap contact to what its WordPress user should hold, as `fields:` maps it. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from bridge.config import WORDPRESS_FIELDS, FieldSource
from bridge.conversions import Converted, Given, NotConvertible, by_default, convert
from bridge.conversions.template import filled
from bridge.delivery import Caveat
from keap_client.contact import Contact
from keap_client.field import Field
from keap_client.fields import (
    AmbiguousField,
    UnknownField,
    properties_needed,
    resolve,
)
from keap_client.model import ContactModel
from wp_client.document import Conditions, MetaValue

_STANDARD = partial(resolve, model=ContactModel(custom_fields=()))

EMAIL = _STANDARD("Email")
FIRST_NAME = _STANDARD("FirstName")
LAST_NAME = _STANDARD("LastName")
IDENTITY = (EMAIL, FIRST_NAME, LAST_NAME)
"""Asked for in any case: a user is found by the address, and named after their contact."""

COUNTRY = _STANDARD("Country")
"""Which country a phone number or a region is of, where neither it nor the configuration says."""


@dataclass(frozen=True, slots=True)
class MappedField:
    """One line of ``fields:`` with the Keap fields that it means."""

    target: str
    """A WordPress field or a user meta key."""
    source: FieldSource
    fields: Mapping[str, Field]
    """By the names that stand in the line."""

    @property
    def needed(self) -> tuple[Field, ...]:
        """What has to be known of the contact."""
        needs_country = self.source.conversion in ("region_code", "region_name", "phone_e164")
        return (*self.fields.values(), *([COUNTRY] if needs_country else []))

    def value_of(self, contact: Contact) -> Converted | None:
        """Give the value for WordPress; ``None`` where it is empty in Keap.

        Raises:
            NotConvertible: The value is not of the kind that the line names.
        """
        if self.source.value is not None:
            return self.source.value
        given = self._given(contact)
        if given is None:
            return None
        if self.source.conversion is None:
            return by_default(given)
        return convert(self.source.conversion, given, self.source.style)

    def _given(self, contact: Contact) -> Given | None:
        if self.source.template is not None:
            text = filled(self.source.template, lambda name: _text_of(self.fields[name], contact))
            return None if text is None else Given(text, country=COUNTRY.value_of(contact))
        return next((_given(field, contact) for field in self.fields.values()), None)


@dataclass(frozen=True, slots=True)
class ResolvedMapping:
    """``fields:`` held against the custom fields that Keap has."""

    fields: tuple[MappedField, ...]
    caveats: tuple[Caveat, ...]
    """Lines whose Keap field does not exist, or could be several: skipped, the rest goes on."""

    @property
    def properties(self) -> tuple[str, ...]:
        """What to ask Keap for; tags come along in the same call."""
        mapped = (field for each in self.fields for field in each.needed)
        return (*properties_needed([*IDENTITY, *mapped]), "tag_ids")

    @property
    def conditions(self) -> Conditions:
        """Which of the targets are written only under a condition."""

        def targets(holds: Callable[[FieldSource], bool]) -> tuple[str, ...]:
            return tuple(each.target for each in self.fields if holds(each.source))

        return Conditions(
            only_on_create=targets(lambda source: source.only == "create"),
            only_on_update=targets(lambda source: source.only == "update"),
            only_if_empty=targets(lambda source: source.if_wordpress_has == "keep"),
        )


@dataclass(frozen=True, slots=True)
class Values:
    """What the mapping makes of one contact."""

    fields: Mapping[str, str]
    meta: Mapping[str, MetaValue]
    caveats: tuple[Caveat, ...] = ()
    """Values that are not of the kind that their line names: skipped, the rest goes on."""


def resolve_mapping(rules: Mapping[str, FieldSource], model: ContactModel) -> ResolvedMapping:
    """Find the Keap fields of every line of ``fields:``."""
    mapped: list[MappedField] = []
    caveats: list[Caveat] = []
    for target, rule in rules.items():
        fields: dict[str, Field] = {}
        for name in rule.keap_names:
            try:
                fields[name] = resolve(name, model)
            except UnknownField:
                caveats.append(Caveat("keap_field_unknown", name))
            except AmbiguousField:
                caveats.append(Caveat("keap_field_ambiguous", name))
        if len(fields) == len(rule.keap_names):
            mapped.append(MappedField(target, rule, fields))
    return ResolvedMapping(tuple(mapped), tuple(dict.fromkeys(caveats)))


def needs_model(rules: Mapping[str, FieldSource]) -> bool:
    """Whether any line names a custom field, so that Keap's model has to be read."""
    none = ContactModel(custom_fields=())
    return bool(resolve_mapping(rules, none).caveats)


def values_of(contact: Contact, mapping: ResolvedMapping) -> Values:
    """Map one contact.

    An empty Keap field leaves WordPress as it is, unless its line says ``when_empty: clear``; an
    e-mail address is never cleared. A value that is not of the kind that its line names is left
    out, with a caveat that does not hold it.
    """
    fields: dict[str, str] = {}
    meta: dict[str, MetaValue] = {}
    caveats: list[Caveat] = []
    for mapped in mapping.fields:
        try:
            value = mapped.value_of(contact)
        except NotConvertible:
            caveats.append(Caveat("value_not_converted", mapped.target))
            continue
        if value is None and (mapped.source.when_empty == "keep" or mapped.target == "user_email"):
            continue
        if mapped.target not in WORDPRESS_FIELDS:
            meta[mapped.target] = value
        elif not isinstance(value, tuple):  # a list is refused here by the configuration
            fields[mapped.target] = value or ""
    return Values(fields, meta, tuple(caveats))


def _given(field: Field, contact: Contact) -> Given | None:
    content = field.content_of(contact)
    if content is None:
        return None
    entry = field.entry_of(contact)
    return Given(content, field.type, field.options, entry, COUNTRY.value_of(contact))


def _text_of(field: Field, contact: Contact) -> str | None:
    given = _given(field, contact)
    return None if given is None else by_default(given)
