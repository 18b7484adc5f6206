"""What a POST or PATCH of a contact does to the record, and what Keap refuses.

The limits are those of the official document's ``CreateUpdateContactRequest``.
"""

from collections.abc import Mapping
from typing import Any

from keap_client.sandbox.problems import fall_over, refuse
from keap_client.sandbox.quirks import Quirks
from keap_client.sandbox.state import Contact, JsonObject, Tenant
from keap_client.sandbox.wire import DEFAULT_FIELDS, OPTIONAL_FIELDS

_TEXTS: Mapping[str, int] = {
    "given_name": 40,
    "family_name": 40,
    "middle_name": 100,
    "preferred_name": 100,
    "spouse_name": 100,
    "job_title": 255,
    "website": 100,
    "assistant_name": 20,
    "assistant_phone": 15,
    "billing_information": 100,
    "prefix": 255,
    "suffix": 255,
    "contact_type": 255,
    "anniversary_date": 10,
    "birth_date": 10,
    "leadsource_id": 20,
    "owner_id": 20,
    "preferred_locale": 5,
    "referral_code": 255,
    "source_type": 255,
    "time_zone": 255,
    # Not in the document's request, but WP Fusion writes it on many live applications.
    "notes": 65_535,
}
_OBJECTS = ("company", "origin")
_SLOTS: Mapping[str, tuple[str, ...]] = {
    "addresses": ("BILLING", "SHIPPING", "OTHER"),
    "email_addresses": ("EMAIL1", "EMAIL2", "EMAIL3"),
    "fax_numbers": ("FAX1", "FAX2"),
    "phone_numbers": ("PHONE1", "PHONE2", "PHONE3", "PHONE4", "PHONE5"),
}
_CUSTOM_TEXT_LIMIT = 65_535


def read_update_mask(values: list[str]) -> frozenset[str] | None:
    """Read ``update_mask``, repeated or joined by commas; ``None`` when it was not given.

    Raises:
        Problem: 400, a name that no contact has.
    """
    names = {name.strip() for value in values for name in value.split(",") if name.strip()}
    unknown = sorted(names - {*DEFAULT_FIELDS, *OPTIONAL_FIELDS})
    if unknown:
        refuse(f"The following update_mask values are unrecognized: {', '.join(unknown)}")
    return frozenset(names) or None


def change_contact(
    contact: Contact,
    body: JsonObject,
    tenant: Tenant,
    quirks: Quirks,
    mask: frozenset[str] | None = None,
) -> None:
    """Write the properties of a request into a contact: all of them, or none.

    Properties beside the mask are skipped without being looked at.
    Lists replace what was there; custom fields do so or merge, as the quirks say.

    Raises:
        Problem: 400, a property, slot or custom field that Keap does not know or that is too long,
            or a region without a country code; 500, an owner that is no user.
    """
    wanted = {name: value for name, value in body.items() if mask is None or name in mask}
    properties = dict(contact.properties)
    custom = dict(contact.custom)
    for name, value in wanted.items():
        if name == "custom_fields":
            kept = custom if quirks.custom_fields_patch == "merge" else {}
            custom = kept | _read_custom_fields(value, tenant)
        elif name in _TEXTS:
            properties[name] = _read_text(name, value)
        elif name in _SLOTS:
            properties[name] = _read_slots(name, value, contact)
        elif name == "social_accounts":
            properties[name] = _read_list(name, value)
        elif name in _OBJECTS:
            properties[name] = _read_object(name, value)
        else:
            refuse(f"Unrecognized or read-only property: {name}")
    if properties.get("owner_id") not in {None, *tenant.users}:
        # The message that WP Fusion's users report beside the status 500.
        fall_over(f"Owner ID {properties['owner_id']} is not valid")
    if not str(properties.get("leadsource_id") or "0").isdigit():
        refuse("leadsource_id must be the id of a lead source")
    contact.properties = {name: value for name, value in properties.items() if value is not None}
    contact.custom = {key: content for key, content in custom.items() if content is not None}
    contact.updated = tenant.clock()


def _read_custom_fields(value: Any, tenant: Tenant) -> JsonObject:
    read: JsonObject = {}
    for entry in _read_list("custom_fields", value):
        field_id = _read_id(entry.get("id"))
        if field_id not in tenant.custom_fields:
            refuse(f"Custom field {field_id} does not exist")
        content = entry.get("content")
        if isinstance(content, str) and len(content) > _CUSTOM_TEXT_LIMIT:
            refuse(f"Custom field {field_id} is longer than {_CUSTOM_TEXT_LIMIT}")
        read[field_id] = content
    return read


def _read_slots(name: str, value: Any, contact: Contact) -> list[JsonObject]:
    entries = [dict(entry) for entry in _read_list(name, value)]
    for entry in entries:
        if entry.get("field") not in _SLOTS[name]:
            refuse(f"{name}: field must be one of {', '.join(_SLOTS[name])}")
        if name == "addresses" and _has_region(entry) and not entry.get("country_code"):
            refuse("country_code is required if region is specified")
    if name == "email_addresses":
        return [_read_email(entry, contact) for entry in entries]
    return entries


def _has_region(address: JsonObject) -> bool:
    return bool(address.get("region") or address.get("region_code"))


def _read_email(entry: JsonObject, contact: Contact) -> JsonObject:
    email, slot = entry.get("email"), entry["field"]
    if not isinstance(email, str) or "@" not in email:
        refuse("email_addresses: a valid email is required")
    if len(email) > (75 if slot == "EMAIL1" else 100):
        refuse(f"email_addresses: {slot} is too long")
    same = [
        known
        for known in contact.properties.get("email_addresses", ())
        if known["email"].casefold() == email.casefold()
    ]
    if same:  # the address keeps the consent that was given for it
        return {**same[0], "email": email, "field": slot}
    reason = entry.get("opt_in_reason")
    return {
        "email": email,
        "field": slot,
        "is_opt_in": reason is not None,
        "opt_in_reason": reason,
        "email_opt_status": "SINGLE_OPT_IN" if reason else "UNENGAGED_NON_MARKETABLE",
    }


def _read_text(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        refuse(f"{name} must be a string")
    if len(str(value)) > _TEXTS[name]:
        refuse(f"{name} must not be longer than {_TEXTS[name]} characters")
    return str(value)


def _read_list(name: str, value: Any) -> list[JsonObject]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        refuse(f"{name} must be a list of objects")
    return value


def _read_object(name: str, value: Any) -> JsonObject | None:
    if value is not None and not isinstance(value, dict):
        refuse(f"{name} must be an object")
    return value


def _read_id(value: Any) -> str:
    """Ids are strings in the document; production code sends numbers as well, and both work."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        refuse("id is required")
    return str(value)
