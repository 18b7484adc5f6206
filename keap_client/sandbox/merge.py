"""Merge fields: ``~Contact.FirstName~`` in a text becomes the contact's first name.

The names are those of Keap's older interfaces, which campaigns still use.
Case does not matter; custom fields stand under an underscore and their field name.
A field that Keap knows but the contact has not set becomes empty; a name that Keap does not know
stays as it was written.
"""

import re
from collections.abc import Mapping

from keap_client.sandbox.state import Contact, JsonObject, Tenant, as_utc

_MERGE_FIELD = re.compile(r"~(Contact|Company|Owner)\.([A-Za-z0-9_]+)~", re.IGNORECASE)

_PROPERTIES: Mapping[str, str] = {
    "FirstName": "given_name",
    "MiddleName": "middle_name",
    "LastName": "family_name",
    "Nickname": "preferred_name",
    "Title": "prefix",
    "Suffix": "suffix",
    "SpouseName": "spouse_name",
    "JobTitle": "job_title",
    "ContactType": "contact_type",
    "Website": "website",
    "Birthday": "birth_date",
    "Anniversary": "anniversary_date",
    "OwnerID": "owner_id",
    "LeadSourceId": "leadsource_id",
    "ContactNotes": "notes",
    "Language": "preferred_locale",
    "TimeZone": "time_zone",
    "ReferralCode": "referral_code",
    "AssistantName": "assistant_name",
    "AssistantPhone": "assistant_phone",
}
_ADDRESS_PARTS: Mapping[str, tuple[str, ...]] = {
    "line1": ("StreetAddress1", "Address2Street1", "Address3Street1"),
    "line2": ("StreetAddress2", "Address2Street2", "Address3Street2"),
    "locality": ("City", "City2", "City3"),
    "region": ("State", "State2", "State3"),
    "postal_code": ("PostalCode", "PostalCode2", "PostalCode3"),
    "country": ("Country", "Country2", "Country3"),
    "zip_four": ("ZipFour1", "ZipFour2", "ZipFour3"),
}


def merged(text: str, contact: Contact | None, tenant: Tenant) -> str:
    """Fill in the merge fields of a text; without a contact each becomes empty."""
    if contact is None:
        return _MERGE_FIELD.sub("", text)
    tables = {
        "contact": whole_record(contact, tenant),
        "company": _company(contact),
        "owner": _owner(contact, tenant),
    }
    values = {
        f"{record}.{name}".lower(): value
        for record, table in tables.items()
        for name, value in table.items()
    }
    return _MERGE_FIELD.sub(
        lambda found: values.get(f"{found[1]}.{found[2]}".lower(), found[0]), text
    )


def whole_record(contact: Contact, tenant: Tenant) -> dict[str, str]:
    """Give every field of a contact under its older name, empty where it is unset.

    This is what legacy action sets post beside the configured pairs.
    """
    have = contact.properties
    record = {"Id": contact.id}
    record |= {name: _text(have.get(key)) for name, key in _PROPERTIES.items()}
    emails = _by_slot(have, "email_addresses")
    for slot, name in (
        ("EMAIL1", "Email"),
        ("EMAIL2", "EmailAddress2"),
        ("EMAIL3", "EmailAddress3"),
    ):
        record[name] = _text(emails.get(slot, {}).get("email"))
    phones = _by_slot(have, "phone_numbers")
    for number in range(1, 6):
        phone = phones.get(f"PHONE{number}", {})
        record[f"Phone{number}"] = _text(phone.get("number"))
        record[f"Phone{number}Ext"] = _text(phone.get("extension"))
        record[f"Phone{number}Type"] = _text(phone.get("type"))
    addresses = _by_slot(have, "addresses")
    for part, names in _ADDRESS_PARTS.items():
        for slot, name in zip(("BILLING", "SHIPPING", "OTHER"), names, strict=True):
            record[name] = _text(addresses.get(slot, {}).get(part))
    record["Company"] = _company(contact)["Name"]
    record["DateCreated"] = as_utc(contact.created)
    record["LastUpdated"] = as_utc(contact.updated)
    record["Groups"] = ",".join(sorted(contact.tags, key=int))
    for field_id, defined in tenant.custom_fields.items():
        record["_" + defined.field_name] = _text(contact.custom.get(field_id))
    return record


def _company(contact: Contact) -> dict[str, str]:
    company = contact.properties.get("company") or {}
    return {"Name": _text(company.get("company_name")), "Id": _text(company.get("id"))}


def _owner(contact: Contact, tenant: Tenant) -> dict[str, str]:
    owner = tenant.users.get(contact.properties.get("owner_id", ""), {})
    return {
        "FirstName": _text(owner.get("given_name")),
        "LastName": _text(owner.get("family_name")),
        "Email": _text(owner.get("email")),
    }


def _by_slot(properties: JsonObject, name: str) -> dict[str, JsonObject]:
    return {entry["field"]: entry for entry in properties.get(name, ())}


def _text(value: object) -> str:
    return "" if value is None else str(value)
