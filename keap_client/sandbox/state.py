"""What one Keap application holds: contacts, tags, custom fields, users.

Pure data and the changes to it; nothing here knows HTTP.
Ids are strings of digits, as REST v2 sends them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]
Clock: TypeAlias = Callable[[], datetime]
"""Gives the present moment, aware of its time zone."""

APP = "ab103.infusionsoft.com"


def wall_clock() -> datetime:
    """Give the present moment in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class CustomField:
    """One custom field of the contact record, as an administrator defined it."""

    id: str
    label: str
    field_type: str = "TEXT"
    field_name: str = ""
    """The database name; merge fields put an underscore before it."""
    options: tuple[tuple[str, str], ...] = ()
    """Pairs of option id and label, for lists, radio buttons and the like."""
    group_id: str = "1"
    group_name: str = "Custom Fields"


@dataclass(frozen=True, slots=True)
class Category:
    """A tag category: tags carry its id only, its name needs a call of its own."""

    id: str
    name: str
    description: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag that an administrator made."""

    id: str
    name: str
    description: str
    category_id: str | None
    created: datetime


@dataclass(slots=True)
class Contact:
    """One contact record."""

    id: str
    created: datetime
    updated: datetime
    properties: JsonObject = field(default_factory=dict, repr=False)
    """Set properties only, in REST v2's shape; custom fields, tags and times are held beside it."""
    custom: JsonObject = field(default_factory=dict, repr=False)
    """Content by custom field id, set ones only."""
    tags: dict[str, datetime] = field(default_factory=dict)
    """When each tag was applied, by tag id."""

    def email(self, slot: str = "EMAIL1") -> str | None:
        """Give the address in a slot, or ``None``."""
        for address in self.properties.get("email_addresses", ()):
            if address["field"] == slot:
                return str(address["email"])
        return None


@dataclass(slots=True)
class Tenant:
    """One Keap application with everything in it.

    The methods make what a test or the demo needs in one line each; ids count upwards, so the
    same construction always gives the same ids.
    """

    clock: Clock = wall_clock
    app: str = APP
    contacts: dict[str, Contact] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    custom_fields: dict[str, CustomField] = field(default_factory=dict)
    users: dict[str, JsonObject] = field(
        default_factory=lambda: {
            "1": {"given_name": "Olive", "family_name": "Owner", "email": "olive@example.com"}
        }
    )
    """Keap's own users by id; an ``owner_id`` must be one of them."""
    merged: dict[str, str] = field(default_factory=dict)
    """The surviving contact id by the id that a merge took out of use."""
    _next_id: dict[str, int] = field(
        default_factory=lambda: {"contact": 1001, "tag": 91, "category": 10, "field": 6}
    )

    def add_custom_field(
        self,
        label: str,
        *,
        field_type: str = "TEXT",
        field_name: str | None = None,
        options: Iterable[str] = (),
    ) -> CustomField:
        """Define a custom field; without ``field_name`` Keap's rule makes one from the label."""
        field_id = self._take_id("field")
        made = CustomField(
            id=field_id,
            label=label,
            field_type=field_type,
            field_name=field_name or "".join(c for c in label if c.isalnum()),
            options=tuple((str(n), text) for n, text in enumerate(options, start=1)),
        )
        self.custom_fields[field_id] = made
        return made

    def add_category(self, name: str, *, description: str = "") -> Category:
        """Make a tag category."""
        made = Category(self._take_id("category"), name, description, self.clock())
        self.categories[made.id] = made
        return made

    def add_tag(self, name: str, *, category: str | None = None, description: str = "") -> Tag:
        """Make a tag, in the category named; the category is made where there is none."""
        category_id = None
        if category is not None:
            same = [found for found in self.categories.values() if found.name == category]
            category_id = (same[0] if same else self.add_category(category)).id
        made = Tag(self._take_id("tag"), name, description, category_id, self.clock())
        self.tags[made.id] = made
        return made

    def add_contact(
        self,
        *,
        email: str | None = None,
        tag_ids: Iterable[str] = (),
        custom: Mapping[str, Any] | None = None,
        contact_id: str | None = None,
        **properties: Any,
    ) -> Contact:
        """Make a contact.

        Args:
            email: goes into slot ``EMAIL1``; give ``email_addresses`` for more.
            tag_ids: tags that it has from the start.
            custom: content by custom field id, label or field name.
            contact_id: a wished id; otherwise the next one.
            **properties: any property of REST v2's contact, in its shape.
        """
        now = self.clock()
        made = Contact(contact_id or self._take_id("contact"), created=now, updated=now)
        made.properties = {name: value for name, value in properties.items() if value is not None}
        if email is not None:
            made.properties["email_addresses"] = [email_address(email)]
        for key, content in (custom or {}).items():
            made.custom[self.find_custom_field(key).id] = content
        made.tags = {self.tags[tag_id].id: now for tag_id in tag_ids}
        self.contacts[made.id] = made
        return made

    def find_custom_field(self, key: str) -> CustomField:
        """Find a custom field by id, label or field name; ``KeyError`` when there is none."""
        for found in self.custom_fields.values():
            if key in (found.id, found.label, found.field_name, "_" + found.field_name):
                return found
        raise KeyError(key)

    def find_tag(self, key: str) -> Tag:
        """Find a tag by id or name; ``KeyError`` when there is none."""
        for found in self.tags.values():
            if key in (found.id, found.name):
                return found
        raise KeyError(key)

    def custom_value(self, contact_id: str, key: str) -> Any:
        """Give the content of a contact's custom field, or ``None`` where it is unset."""
        return self.contacts[contact_id].custom.get(self.find_custom_field(key).id)

    def set_custom(self, contact_id: str, key: str, content: Any) -> None:
        """Set a contact's custom field as a Keap user would in the contact record."""
        contact = self.contacts[contact_id]
        contact.custom[self.find_custom_field(key).id] = content
        contact.updated = self.clock()

    def apply_tag(self, contact_id: str, tag_id: str) -> bool:
        """Apply a tag; ``False`` when the contact had it, which keeps its first time."""
        contact = self.contacts[contact_id]
        if tag_id not in self.tags:
            raise KeyError(tag_id)
        if tag_id in contact.tags:
            return False
        contact.tags[tag_id] = self.clock()
        contact.updated = self.clock()
        return True

    def remove_tag(self, contact_id: str, tag_id: str) -> None:
        """Take a tag off a contact; no matter whether it was there."""
        if self.contacts[contact_id].tags.pop(tag_id, None) is not None:
            self.contacts[contact_id].updated = self.clock()

    def merge_contacts(self, duplicate: str, *, into: str) -> None:
        """Merge a duplicate as Keap does: its id is gone, its tags and missing values move over."""
        gone, kept = self.contacts.pop(duplicate), self.contacts[into]
        kept.properties = {**gone.properties, **kept.properties}
        kept.custom = {**gone.custom, **kept.custom}
        kept.tags = {**gone.tags, **kept.tags}
        kept.updated = self.clock()
        self.merged[duplicate] = into

    def _take_id(self, kind: str) -> str:
        taken = self.contacts.keys() | self.merged.keys() if kind == "contact" else ()
        while True:
            number = str(self._next_id[kind])
            self._next_id[kind] += 1
            if number not in taken:
                return number


def email_address(email: str, slot: str = "EMAIL1", *, opted_in: bool = True) -> JsonObject:
    """Give an e-mail address in REST v2's shape."""
    return {
        "email": email,
        "field": slot,
        "is_opt_in": opted_in,
        "opt_in_reason": "Contact gave consent" if opted_in else None,
        "email_opt_status": "SINGLE_OPT_IN" if opted_in else "UNENGAGED_NON_MARKETABLE",
    }


def as_utc(moment: datetime) -> str:
    """Write a moment as REST v2 does: ISO 8601, whole seconds, ``Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
