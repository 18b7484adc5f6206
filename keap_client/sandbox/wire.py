"""How records look in REST v2's answers: the properties asked for, nulls, string ids."""

from keap_client.sandbox.problems import refuse
from keap_client.sandbox.quirks import Quirks
from keap_client.sandbox.state import (
    Category,
    Contact,
    CustomField,
    JsonObject,
    Tag,
    Tenant,
    as_utc,
)

DEFAULT_FIELDS = ("id", "given_name", "family_name")
"""All that v2 sends when ``fields`` is not given; seen even as the answer to a POST."""

OPTIONAL_FIELDS = (
    "update_time",
    "create_time",
    "score_value",
    "tag_ids",
    "links",
    "addresses",
    "anniversary_date",
    "birth_date",
    "company",
    "contact_type",
    "custom_fields",
    "email_addresses",
    "fax_numbers",
    "job_title",
    "leadsource_id",
    "middle_name",
    "notes",
    "origin",
    "owner_id",
    "phone_numbers",
    "preferred_locale",
    "preferred_name",
    "prefix",
    "referral_code",
    "social_accounts",
    "source_type",
    "spouse_name",
    "suffix",
    "time_zone",
    "website",
    "utm_parameters",
    "account_id",
    "assistant_name",
    "assistant_phone",
    "billing_information",
    "created_by",
    "groups",
    "last_updated_by",
)

_LISTS = {
    "addresses",
    "email_addresses",
    "fax_numbers",
    "links",
    "phone_numbers",
    "social_accounts",
    "utm_parameters",
}


def read_fields(values: list[str]) -> tuple[str, ...]:
    """Read the ``fields`` parameter, repeated or joined by commas.

    Raises:
        Problem: 400, a name that no contact has.
    """
    names = [name.strip() for value in values for name in value.split(",") if name.strip()]
    unknown = [name for name in names if name not in OPTIONAL_FIELDS + DEFAULT_FIELDS]
    if unknown:
        refuse(f"The following fields are unrecognized: {', '.join(unknown)}")
    return tuple(dict.fromkeys(names)) or DEFAULT_FIELDS


def contact_json(
    contact: Contact, tenant: Tenant, fields: tuple[str, ...], quirks: Quirks
) -> JsonObject:
    """Give the contact with the properties asked for and no other."""
    body: JsonObject = {}
    for name in fields:
        value = _property(contact, tenant, name, quirks)
        if value is not None or quirks.unset == "null":
            body[name] = value
    return body


def _property(contact: Contact, tenant: Tenant, name: str, quirks: Quirks) -> object:
    tag_ids = sorted(contact.tags, key=int)
    held_apart = {
        "id": contact.id,
        "create_time": as_utc(contact.created),
        "update_time": as_utc(contact.updated),
        "tag_ids": tag_ids,
        "groups": ",".join(tag_ids) or None,
        "custom_fields": _custom_fields(contact, tenant, quirks),
    }
    if name in held_apart:
        return held_apart[name]
    return contact.properties.get(name, [] if name in _LISTS else None)


def _custom_fields(contact: Contact, tenant: Tenant, quirks: Quirks) -> list[JsonObject]:
    """Every defined field is listed, with ``null`` when it is unset."""
    return [
        {"id": field_id, "content": contact.custom.get(field_id)}
        for field_id in tenant.custom_fields
        if field_id in contact.custom or quirks.unset == "null"
    ]


def model_json(tenant: Tenant, quirks: Quirks) -> JsonObject:
    """Give the contact model in one of its two forms."""
    form = _filled_field if quirks.model == "filled" else _bare_field
    return {
        "custom_fields": [form(defined) for defined in tenant.custom_fields.values()],
        "optional_properties": list(OPTIONAL_FIELDS),
    }


def _bare_field(defined: CustomField) -> JsonObject:
    """The form recorded from a live application: even ``field_name`` is null."""
    return {
        "id": defined.id,
        "label": defined.label,
        "options": None,
        "record_type": None,
        "field_type": defined.field_type,
        "default_value": None,
        "group_id": None,
        "field_name": None,
    }


def _filled_field(defined: CustomField) -> JsonObject:
    """The form of the current document."""
    return {
        "id": defined.id,
        "label": defined.label,
        "options": [{"id": key, "label": label} for key, label in defined.options],
        "record_type": "CONTACT",
        "field_type": defined.field_type,
        "default_value": None,
        "group_id": defined.group_id,
        "group_name": defined.group_name,
        "field_name": defined.field_name,
    }


def tag_json(tag: Tag) -> JsonObject:
    """Give a tag; its category is an id only."""
    return {
        "id": tag.id,
        "name": tag.name,
        "description": tag.description,
        "category": None if tag.category_id is None else {"id": tag.category_id},
        "create_time": as_utc(tag.created),
        "update_time": as_utc(tag.created),
    }


def category_json(category: Category) -> JsonObject:
    """Give a tag category."""
    return {
        "id": category.id,
        "name": category.name,
        "description": category.description,
        "create_time": as_utc(category.created),
        "update_time": as_utc(category.created),
    }


def tagged_contact_json(contact: Contact, tag_id: str) -> JsonObject:
    """Give a contact as the list of a tag's contacts shows it: always the same properties."""
    return {
        "id": contact.id,
        "email": contact.email(),
        "given_name": contact.properties.get("given_name"),
        "family_name": contact.properties.get("family_name"),
        "applied_time": as_utc(contact.tags[tag_id]),
    }


def user_json(tenant: Tenant) -> JsonObject:
    """Give the user that the token speaks for: the application's first."""
    user_id, user = next(iter(tenant.users.items()))
    return {
        "email": user["email"],
        "sub": user_id,
        "id": "4236128",
        "keap_id": user["email"],
        "family_name": user["family_name"],
        "given_name": user["given_name"],
        "is_admin": True,
        "tenant_id": tenant.app,
    }
