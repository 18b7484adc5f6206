"""Contacts: read one, read many, find by e-mail address, write custom fields."""

from collections.abc import Iterable, Mapping

from pydantic import ConfigDict, JsonValue
from pydantic.alias_generators import to_camel

from keap_client.answers import AnswerModel, Items, PageToken, read_json, segment
from keap_client.call import Answer, Call, Conversation, ask
from keap_client.errors import ContactNotFound, KeapBroken


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


class ContactPage(AnswerModel):
    """Some of a list of contacts."""

    contacts: Items[Contact]
    next_page_token: PageToken = None


CONTACT_FIELDS = tuple(Contact.model_fields)
"""All properties that can be asked for. Keap sends only id and two names without ``fields=``."""

_PAGE_SIZE = ("page_size", "1000")


def get_contact(contact_id: str, fields: Iterable[str] = CONTACT_FIELDS) -> Call[Contact]:
    """Read one contact, by default with everything.

    Args:
        contact_id: Digits.
        fields: The properties wanted, of :data:`CONTACT_FIELDS`; ``id`` comes in any case.

    Raises:
        ContactNotFound: From the call's ``read``; Keap has no such contact.
    """
    return Call(
        "GET",
        f"contacts/{segment(contact_id)}",
        read=lambda answer: _read_contact(answer, contact_id),
        query=(_fields(fields),),
        name="get_contact",
    )


def list_contacts(
    ids: Iterable[str], fields: Iterable[str] = CONTACT_FIELDS, page_token: str | None = None
) -> Call[ContactPage]:
    """Read many contacts at once: in no particular order, and without those that do not exist.

    Args:
        ids: At least one; all of them stand in the URL, so a few hundred at most.
        fields: As for :func:`get_contact`.
        page_token: Of the page before; ``None`` for the first.

    Raises:
        ValueError: No ids, or one that is not digits: it would make another filter.
    """
    wanted = tuple(ids)
    if not wanted or not all(each.isascii() and each.isdigit() for each in wanted):
        reason = "a list of contacts is asked for by ids that are digits"
        raise ValueError(reason)
    return _search(f"ids=={','.join(wanted)}", fields, page_token, "list_contacts")


def recently_changed(count: int, fields: Iterable[str] = CONTACT_FIELDS) -> Call[ContactPage]:
    """Read the contacts that were changed last, the newest first.

    Args:
        count: At most so many, up to 1000.
        fields: As for :func:`get_contact`.
    """
    query = (_fields(fields), ("order_by", "update_time desc"), ("page_size", str(count)))
    return Call(
        "GET",
        "contacts",
        lambda answer: read_json(answer, ContactPage),
        query,
        name="recently_changed",
    )


def list_contact_ids(after: str | None = None) -> Call[ContactPage]:
    """Read the ids of a thousand contacts, in the order of their ids.

    Pages by id instead of by Keap's token: it is known for how long a number lasts.

    Args:
        after: The last id of the page before; ``None`` for the first.

    Raises:
        ValueError: An id that is not digits.
    """
    if after is not None and not (after.isascii() and after.isdigit()):
        reason = "a contact's id is digits"
        raise ValueError(reason)
    query: tuple[tuple[str, str], ...] = (_fields(("id",)), ("order_by", "id asc"), _PAGE_SIZE)
    if after is not None:
        query += (("filter", f"contact_id>{after}"),)
    return Call(
        "GET",
        "contacts",
        lambda answer: read_json(answer, ContactPage),
        query,
        name="list_contact_ids",
    )


def newest_contact(fields: Iterable[str] = CONTACT_FIELDS) -> Call[ContactPage]:
    """Read the contact that was made last: a page of one, or of none where Keap has none yet."""
    query = (_fields(fields), ("order_by", "id desc"), ("page_size", "1"))
    return Call(
        "GET",
        "contacts",
        read=lambda answer: read_json(answer, ContactPage),
        query=query,
        name="newest_contact",
    )


def find_contacts_by_email(
    email: str, fields: Iterable[str] = CONTACT_FIELDS
) -> Call[tuple[Contact, ...]]:
    """Find the contacts that have an address in any of their slots; several may share one.

    Raises:
        ValueError: The address holds a sign that has a meaning of its own in Keap's filters.
    """
    if not email or any(sign in email for sign in ";*"):
        reason = "this e-mail address cannot be searched for"
        raise ValueError(reason)
    page = _search(f"email=={email}", {*fields, "email_addresses"}, None, "find_contacts")

    def read(answer: Answer) -> tuple[Contact, ...]:
        # How Keap compares is not documented: what it finds is looked at again.
        return tuple(
            contact
            for contact in page.read(answer).contacts
            if email.casefold()
            in {(each.email or "").casefold() for each in contact.email_addresses}
        )

    return Call(page.method, page.path, read, page.query, name=page.name)


def write_custom_fields(contact_id: str, values: Mapping[str, str]) -> Conversation[None]:
    """Put values into custom fields, and leave every other value as it is.

    Keap's document says that a PATCH replaces the whole list of custom fields, and practice that
    it merges, so the whole list is read and sent: right in either case.
    Nothing else is sent back, since read-only properties make Keap refuse the request.
    Nothing is sent at all where the values stand there already.

    Args:
        contact_id: Digits.
        values: By the ids of the fields.

    Raises:
        ContactNotFound: Keap has no such contact.
        KeapRejected: Keap has no such custom field, or a value does not suit its type; Keap's
            words are left out, as they can repeat the value.
    """
    contact = yield from ask(get_contact(contact_id, ("custom_fields",)))
    contents = {each.id: each.content for each in contact.custom_fields}
    if values.items() <= {each: str(content) for each, content in contents.items()}.items():
        return
    contents |= values
    yield from ask(
        Call(
            "PATCH",
            f"contacts/{segment(contact_id)}",
            read=lambda answer: _read_contact(answer, contact_id, quote_message=False),
            query=(("update_mask", "custom_fields"), ("fields", "id")),
            body={
                "custom_fields": [
                    {"id": each, "content": content}
                    for each, content in contents.items()
                    if content is not None
                ]
            },
            name="write_custom_fields",
        )
    )


def _search(
    condition: str, fields: Iterable[str], page_token: str | None, name: str
) -> Call[ContactPage]:
    query: tuple[tuple[str, str], ...] = (_fields(fields), ("filter", condition), _PAGE_SIZE)
    if page_token is not None:
        query += (("page_token", page_token),)
    return Call("GET", "contacts", lambda answer: read_json(answer, ContactPage), query, name=name)


def _fields(wanted: Iterable[str]) -> tuple[str, str]:
    return "fields", ",".join(sorted({"id", *wanted}))


def _read_contact(answer: Answer, contact_id: str, *, quote_message: bool = True) -> Contact:
    missing = ContactNotFound(contact_id)
    contact = read_json(answer, Contact, missing=missing, quote_message=quote_message)
    if contact.id != contact_id:
        # One person's data must never end in another one's account.
        raise KeapBroken(answer.status, "it is about another contact")
    return contact
