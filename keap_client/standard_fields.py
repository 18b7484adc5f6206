"""Every standard field of a contact, by the names that people write. Pure.

The names are those of Keap's merge fields and XML-RPC API, which WP Fusion goes on using, and those
of REST.
"""

import itertools
from collections.abc import Iterator

from keap_client.contact import (
    Address,
    Company,
    Contact,
    EmailAddress,
    FaxNumber,
    Origin,
    PhoneNumber,
    SocialAccount,
    UtmParameters,
)
from keap_client.field import KEY_OF_LIST, Field

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
_TOUCHES = {"": "LAST", "First": "FIRST"}
"""A contact keeps the first and the last visit that brought them, with its UTM parameters."""
_UTM_NAMES = {
    "UtmSource": "utm_source",
    "UtmMedium": "utm_medium",
    "UtmCampaign": "utm_campaign",
    "UtmTerm": "utm_term",
    "UtmContent": "utm_content",
}
_UTM_PARTS = [part for part in UtmParameters.model_fields if not part.endswith("_touch")]
_PHONE_SLOTS = tuple(f"PHONE{number}" for number in range(1, 6))
_FAX_SLOTS = ("FAX1", "FAX2")
# One name for each of billing, shipping and other address, with the parts that it stands for.
_ADDRESS_SLOTS = ("BILLING", "SHIPPING", "OTHER")
_ADDRESS_NAMES = (
    (("StreetAddress1", "Address2Street1", "Address3Street1"), ("line1",)),
    (("StreetAddress2", "Address2Street2", "Address3Street2"), ("line2",)),
    (("City", "City2", "City3"), ("locality",)),
    (("State", "State2", "State3"), ("region", "region_code")),
    (("PostalCode", "PostalCode2", "PostalCode3"), ("postal_code", "zip_code")),
    (("ZipFour1", "ZipFour2", "ZipFour3"), ("zip_four",)),
    (("Country", "Country2", "Country3"), ("country_code", "country")),
)
_TYPES = {
    "birth_date": "DATE",
    "anniversary_date": "DATE",
    "create_time": "DATE_TIME",
    "update_time": "DATE_TIME",
    "date_created": "DATE_TIME",
    "date": "DATE_TIME",
    "notes": "TEXT_AREA",
    "website": "WEBSITE",
    "owner_id": "USER",
    "created_by": "USER",
    "last_updated_by": "USER",
    "tag_ids": "LIST_BOX",
    "email": "EMAIL",
    "is_opt_in": "YES_NO",
    "number": "PHONE_NUMBER",
    "number_e164": "PHONE_NUMBER",
    "assistant_phone": "PHONE_NUMBER",
}
"""By property or part; everything else is ``TEXT``."""


def _field(
    name: str, property_: str, slot: str | None = None, parts: tuple[str, ...] = ()
) -> Field:
    return Field(name, property_, slot, parts, _TYPES.get((parts or (property_,))[0], "TEXT"))


def _merge_field_names() -> Iterator[Field]:
    for name, property_ in _PROPERTY_NAMES.items():
        yield _field(name, property_)
    for name, slot in _EMAIL_NAMES.items():
        yield _field(name, "email_addresses", slot, ("email",))
    for slot in _PHONE_SLOTS:
        yield _field(slot.title(), "phone_numbers", slot, ("number",))
        yield _field(f"{slot.title()}Ext", "phone_numbers", slot, ("extension",))
        yield _field(f"{slot.title()}Type", "phone_numbers", slot, ("type",))
    for slot in _FAX_SLOTS:
        yield _field(slot.title(), "fax_numbers", slot, ("number",))
        yield _field(f"{slot.title()}Type", "fax_numbers", slot, ("type",))
    for names, parts in _ADDRESS_NAMES:
        for name, slot in zip(names, _ADDRESS_SLOTS, strict=True):
            yield _field(name, "addresses", slot, parts)
    for name, slot in _SOCIAL_NAMES.items():
        yield _field(name, "social_accounts", slot, ("name",))
    for (touch, slot), (name, part) in itertools.product(_TOUCHES.items(), _UTM_NAMES.items()):
        yield _field(f"{touch}{name}", "utm_parameters", slot, (part,))
    yield _field("OptinStatus", "email_addresses", "EMAIL1", ("email_opt_status",))
    yield _field("email_status", "email_addresses", "EMAIL1", ("email_opt_status",))
    yield _field("email_opted_in", "email_addresses", "EMAIL1", ("is_opt_in",))
    yield _field("Company", "company", None, ("company_name",))
    yield _field("company_name", "company", None, ("company_name",))
    yield _field("CompanyID", "company", None, ("id",))


def _rest_names() -> Iterator[Field]:
    """Give REST's own: ``given_name``, ``addresses.BILLING.region_code``, ``company.id``."""
    for name in Contact.model_fields:
        if name not in KEY_OF_LIST and name not in ("company", "origin"):
            yield _field(name, name)
    lists = (
        ("email_addresses", EmailAddress.model_fields, _EMAIL_NAMES.values()),
        ("phone_numbers", PhoneNumber.model_fields, _PHONE_SLOTS),
        ("fax_numbers", FaxNumber.model_fields, _FAX_SLOTS),
        ("addresses", Address.model_fields, _ADDRESS_SLOTS),
        ("social_accounts", SocialAccount.model_fields, _SOCIAL_NAMES.values()),
        ("utm_parameters", _UTM_PARTS, _TOUCHES.values()),
    )
    for property_, parts, slots in lists:
        for slot, part in itertools.product(slots, parts):
            if part != KEY_OF_LIST[property_]:
                yield _field(f"{property_}.{slot}.{part}", property_, slot, (part,))
    for part in Company.model_fields:
        yield _field(f"company.{part}", "company", None, (part,))
    for part in Origin.model_fields:
        yield _field(f"origin.{part}", "origin", None, (part,))


def _by_name() -> dict[str, Field]:
    found: dict[str, Field] = {}
    for field in (*_merge_field_names(), *_rest_names()):
        # Names that differ by case alone mean the same: Website and website.
        found.setdefault(field.name.casefold(), field)
    return found


STANDARD_FIELDS = _by_name()
"""Every standard field, by its name in lower case."""
