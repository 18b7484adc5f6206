"""A contact as Keap's REST API v2 writes it; no property comes unless it was asked for."""

from pydantic import ConfigDict, JsonValue
from pydantic.alias_generators import to_camel

from keap_client.answers import AnswerModel, Items


class EmailAddress(AnswerModel):
    """An address in one of the slots EMAIL1 to EMAIL3."""

    field: str | None = None
    email: str | None = None
    email_opt_status: str | None = None
    is_opt_in: bool | None = None


class PhoneNumber(AnswerModel):
    """A number in one of the slots PHONE1 to PHONE5."""

    field: str | None = None
    number: str | None = None
    extension: str | None = None
    type: str | None = None
    number_e164: str | None = None


class FaxNumber(AnswerModel):
    """A number in one of the slots FAX1 and FAX2."""

    field: str | None = None
    number: str | None = None
    type: str | None = None


class Address(AnswerModel):
    """A postal address in one of the slots BILLING, SHIPPING and OTHER."""

    field: str | None = None
    line1: str | None = None
    line2: str | None = None
    locality: str | None = None
    region: str | None = None
    region_code: str | None = None
    """ISO 3166-2, as in ``US-AZ``."""
    postal_code: str | None = None
    zip_code: str | None = None
    zip_four: str | None = None
    country: str | None = None
    country_code: str | None = None
    """ISO 3166-1 alpha-3, as in ``USA``."""


class Company(AnswerModel):
    """The company of a contact."""

    id: str | None = None
    company_name: str | None = None


class SocialAccount(AnswerModel):
    """An account's name at one of FACEBOOK, LINKED_IN, TWITTER and others."""

    type: str | None = None
    name: str | None = None


class UtmParameters(AnswerModel):
    """Where a visit came from that brought the contact, as the links told that led to it.

    Keap's document writes these names, and no others, in camel case.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    keap_source_id: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    utm_term: str | None = None
    utm_content: str | None = None
    first_touch: bool | None = None
    """Whether it was the first such visit; one visit may be the first and the last."""
    last_touch: bool | None = None
    date_created: str | None = None


class Origin(AnswerModel):
    """Where and when the contact was made."""

    date: str | None = None
    ip_address: str | None = None


class CustomFieldValue(AnswerModel):
    """What a contact has in a custom field; Keap's document leaves its type open."""

    id: str
    content: JsonValue = None


class Contact(AnswerModel):
    """A contact. A property is empty where it was not asked for, or Keap has nothing there."""

    id: str
    given_name: str | None = None
    middle_name: str | None = None
    family_name: str | None = None
    preferred_name: str | None = None
    prefix: str | None = None
    suffix: str | None = None
    spouse_name: str | None = None
    job_title: str | None = None
    contact_type: str | None = None
    website: str | None = None
    company: Company | None = None
    email_addresses: Items[EmailAddress] = ()
    phone_numbers: Items[PhoneNumber] = ()
    fax_numbers: Items[FaxNumber] = ()
    addresses: Items[Address] = ()
    social_accounts: Items[SocialAccount] = ()
    utm_parameters: Items[UtmParameters] = ()
    origin: Origin | None = None
    custom_fields: Items[CustomFieldValue] = ()
    tag_ids: Items[str] = ()
    birth_date: str | None = None
    anniversary_date: str | None = None
    create_time: str | None = None
    update_time: str | None = None
    owner_id: str | None = None
    leadsource_id: str | None = None
    source_type: str | None = None
    score_value: str | None = None
    time_zone: str | None = None
    preferred_locale: str | None = None
    referral_code: str | None = None
    notes: str | None = None
    account_id: str | None = None
    assistant_name: str | None = None
    assistant_phone: str | None = None
    billing_information: str | None = None
    created_by: str | None = None
    last_updated_by: str | None = None


CONTACT_FIELDS = tuple(Contact.model_fields)
"""All properties that can be asked for. Keap sends only id and two names without ``fields=``."""
