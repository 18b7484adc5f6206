"""A field of a contact, and all the standard ones by the names that people write. Pure.

The names are those of Keap's merge fields and XML-RPC API, which WP Fusion goes on using, and those
of REST.
"""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from keap_client.contacts import (
    Address,
    Company,
    Contact,
    EmailAddress,
    FaxNumber,
    PhoneNumber,
    SocialAccount,
)

# What tells the entries of a list apart. Their order means nothing: a contact without a billing
# address has its shipping address first.
_KEY_OF_LIST = {
    "email_addresses": "field",
    "phone_numbers": "field",
    "fax_numbers": "field",
    "addresses": "field",
    "social_accounts": "type",
    "custom_fields": "id",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a contact, and the way to its value."""

    name: str
    """As the person wrote it."""
    property: str
    """The property that has to be asked for: a member of ``contacts.CONTACT_FIELDS``."""
    slot: str | None = None
    """Which entry of a list: ``EMAIL1``, ``BILLING``, ``FACEBOOK``, a custom field's id."""
    parts: tuple[str, ...] = ()
    """Which part of the entry; of several the first that is not empty."""

    def value_of(self, contact: Contact) -> str | None:
        """Give the value as text; ``None`` where it is empty.

        Text comes as it is, a number without a needless ``.0``, yes and no as ``1`` and ``0`` (as
        WordPress plugins keep a checkbox), several choices separated by ``,``.
        Dates, countries and regions come as Keap writes them.
        """
        value: Any = getattr(contact, self.property)
        if self.slot is not None:
            key = _KEY_OF_LIST[self.property]
            value = next((each for each in value if getattr(each, key) == self.slot), None)
        if not self.parts or value is None:
            return _as_text(value)
        texts = (_as_text(getattr(value, part)) for part in self.parts)
        return next((text for text in texts if text is not None), None)


def _as_text(value: object) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "1" if value else "0"
        case float() if value.is_integer():
            return str(int(value))
        case list() | tuple():
            texts = (_as_text(each) for each in value)
            return ",".join(text for text in texts if text is not None) or None
        case dict():  # not documented, but better seen than lost
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        case _:
            text = str(value)
            return text if text.strip() else None


_PROPERTY_NAMES = {
    "Id": "id",
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
    "Leadsource": "leadsource_id",
    "LeadSourceId": "leadsource_id",
    "lead_source_id": "leadsource_id",
    "ContactNotes": "notes",
    "Language": "preferred_locale",
    "TimeZone": "time_zone",
    "DateCreated": "create_time",
    "date_created": "create_time",
    "LastUpdated": "update_time",
    "last_updated": "update_time",
    "CreatedBy": "created_by",
    "LastUpdatedBy": "last_updated_by",
    "AccountId": "account_id",
    "AssistantName": "assistant_name",
    "AssistantPhone": "assistant_phone",
    "BillingInformation": "billing_information",
    "ReferralCode": "referral_code",
    "Groups": "tag_ids",
    "ScoreValue": "score_value",
}
_EMAIL_NAMES = {"Email": "EMAIL1", "EmailAddress2": "EMAIL2", "EmailAddress3": "EMAIL3"}
_SOCIAL_NAMES = {
    "Facebook": "FACEBOOK",
    "Twitter": "TWITTER",
    "LinkedIn": "LINKED_IN",
    "Instagram": "INSTAGRAM",
    "Snapchat": "SNAPCHAT",
    "YouTube": "YOUTUBE",
    "Pinterest": "PINTEREST",
}
_PHONE_SLOTS = tuple(f"PHONE{number}" for number in range(1, 6))
_FAX_SLOTS = ("FAX1", "FAX2")
# One name for each of billing, shipping and other address, with the parts that it stands for.
_ADDRESS_SLOTS = ("BILLING", "SHIPPING", "OTHER")
_ADDRESS_NAMES = (
    (("StreetAddress1", "Address2Street1", "Address3Street1"), ("line1",)),
    (("StreetAddress2", "Address2Street2", "Address3Street2"), ("line2",)),
    (("City", "City2", "City3"), ("locality",)),
    (("State", "State2", "State3"), ("region",)),
    (("PostalCode", "PostalCode2", "PostalCode3"), ("postal_code", "zip_code")),
    (("ZipFour1", "ZipFour2", "ZipFour3"), ("zip_four",)),
    (("Country", "Country2", "Country3"), ("country_code",)),
)


def _merge_field_names() -> Iterator[Field]:
    for name, property_ in _PROPERTY_NAMES.items():
        yield Field(name, property_)
    for name, slot in _EMAIL_NAMES.items():
        yield Field(name, "email_addresses", slot, ("email",))
    for slot in _PHONE_SLOTS:
        yield Field(slot.title(), "phone_numbers", slot, ("number",))
        yield Field(f"{slot.title()}Ext", "phone_numbers", slot, ("extension",))
        yield Field(f"{slot.title()}Type", "phone_numbers", slot, ("type",))
    for slot in _FAX_SLOTS:
        yield Field(slot.title(), "fax_numbers", slot, ("number",))
        yield Field(f"{slot.title()}Type", "fax_numbers", slot, ("type",))
    for names, parts in _ADDRESS_NAMES:
        for name, slot in zip(names, _ADDRESS_SLOTS, strict=True):
            yield Field(name, "addresses", slot, parts)
    for name, slot in _SOCIAL_NAMES.items():
        yield Field(name, "social_accounts", slot, ("name",))
    yield Field("OptinStatus", "email_addresses", "EMAIL1", ("email_opt_status",))
    yield Field("email_status", "email_addresses", "EMAIL1", ("email_opt_status",))
    yield Field("email_opted_in", "email_addresses", "EMAIL1", ("is_opt_in",))
    yield Field("Company", "company", None, ("company_name",))
    yield Field("company_name", "company", None, ("company_name",))
    yield Field("CompanyID", "company", None, ("id",))


def _rest_names() -> Iterator[Field]:
    """Give REST's own: ``given_name``, ``addresses.BILLING.region_code``, ``company.id``."""
    for name in Contact.model_fields:
        if name not in _KEY_OF_LIST and name != "company":
            yield Field(name, name)
    lists = (
        ("email_addresses", EmailAddress.model_fields, _EMAIL_NAMES.values()),
        ("phone_numbers", PhoneNumber.model_fields, _PHONE_SLOTS),
        ("fax_numbers", FaxNumber.model_fields, _FAX_SLOTS),
        ("addresses", Address.model_fields, _ADDRESS_SLOTS),
        ("social_accounts", SocialAccount.model_fields, _SOCIAL_NAMES.values()),
    )
    for property_, parts, slots in lists:
        for slot, part in itertools.product(slots, parts):
            if part != _KEY_OF_LIST[property_]:
                yield Field(f"{property_}.{slot}.{part}", property_, slot, (part,))
    for part in Company.model_fields:
        yield Field(f"company.{part}", "company", None, (part,))


def _by_name() -> dict[str, Field]:
    found: dict[str, Field] = {}
    for field in (*_merge_field_names(), *_rest_names()):
        # Names that differ by case alone mean the same: Website and website.
        found.setdefault(field.name.casefold(), field)
    return found


STANDARD_FIELDS = _by_name()
"""Every standard field, by its name in lower case."""
