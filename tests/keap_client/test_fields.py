"""From names that people write to values."""

from typing import Any

import pytest
from pydantic import JsonValue

from keap_client.contact import CONTACT_FIELDS, Contact
from keap_client.fields import (
    AmbiguousField,
    NotATextField,
    UnknownField,
    names_of,
    properties_needed,
    resolve,
    standard_field,
    writable_custom_field,
)
from keap_client.model import ContactModel, CustomField
from keap_client.standard_fields import STANDARD_FIELDS

NO_CUSTOM_FIELDS = ContactModel(custom_fields=())
MODEL = ContactModel.model_validate(
    {
        "custom_fields": [
            {"id": "6", "label": "What's up?", "field_name": "Whatsup0", "field_type": "TEXT"},
            {"id": "7", "label": "Größe", "field_name": None, "field_type": "WHOLE_NUMBER"},
            {"id": "8", "label": "Notes 1", "field_type": "TEXT_AREA"},
            {"id": "9", "label": "Notes-1", "field_name": "Notes10", "field_type": "Text"},
            {"id": "10", "label": "Country", "field_type": "DROPDOWN"},
            {"id": "11", "label": "6", "field_type": None},
            {"id": "12", "label": "会员", "field_type": "TEXT"},
            {"id": "13", "label": "Member ID", "field_name": "MemberID", "field_type": "TEXT"},
            {"id": "14", "label": "Member id", "field_type": "TEXT"},
            {"id": "15", "label": "???", "field_type": "TEXT"},
        ]
    }
)
# Every slot comes last first, so that a reading by position would be found out.
RECORD: dict[str, Any] = {
    "id": 1001,
    "given_name": "Zoë",
    "middle_name": "R",
    "family_name": "Smith",
    "preferred_name": "Zo",
    "prefix": "Dr.",
    "suffix": "Jr",
    "spouse_name": "Sam",
    "job_title": "Boss",
    "contact_type": "Customer",
    "website": "https://example.com",
    "company": {"id": 100, "company_name": "Thryv"},
    "email_addresses": [
        {"field": f"EMAIL{n}", "email": f"zoe{n}@example.com", "email_opt_status": f"S{n}",
         "is_opt_in": n == 1}
        for n in (3, 2, 1)
    ],
    "phone_numbers": [
        {"field": f"PHONE{n}", "number": f"555 {n}", "extension": f"{n}", "type": f"T{n}",
         "number_e164": f"+1555{n}"}
        for n in (5, 4, 3, 2, 1)
    ],
    "fax_numbers": [
        {"field": f"FAX{n}", "number": f"666 {n}", "type": f"F{n}"} for n in (2, 1)
    ],
    "addresses": [
        {"field": slot, "line1": f"{slot} 1", "line2": f"{slot} 2", "locality": f"{slot} C",
         "region": f"{slot} R", "region_code": f"US-{slot[0]}", "postal_code": code,
         "zip_code": f"{slot} Z", "zip_four": f"{slot} 4", "country": "Name",
         "country_code": f"{slot[:3]}"}
        for slot, code in (("OTHER", ""), ("SHIPPING", None), ("BILLING", "85001"))
    ],
    "social_accounts": [
        {"type": kind, "name": f"@{kind.lower()}"}
        for kind in ("PINTEREST", "YOUTUBE", "SNAPCHAT", "INSTAGRAM", "LINKED_IN", "TWITTER",
                     "FACEBOOK")
    ],
    "utm_parameters": [
        {"id": n, "keapSourceId": f"K{n}", "utmSource": f"s{n}", "utmMedium": f"m{n}",
         "utmCampaign": f"c{n}", "utmTerm": f"t{n}", "utmContent": f"o{n}",
         "firstTouch": n == 1, "lastTouch": n == 3, "dateCreated": f"2024-01-0{n}T08:00:00Z"}
        for n in (2, 3, 1)
    ],
    "origin": {"date": "2024-01-10T08:00:00Z", "ip_address": "203.0.113.7"},
    "tag_ids": [91, "93"],
    "birth_date": "1985-03-15",
    "anniversary_date": "2015-06-20",
    "create_time": "2024-01-10T08:00:00Z",
    "update_time": "2024-03-15T10:30:00Z",
    "owner_id": 45,
    "leadsource_id": "12",
    "score_value": "85",
    "time_zone": "America/New_York",
    "preferred_locale": "en_US",
    "referral_code": "ref",
    "notes": "note",
    "account_id": "1",
    "assistant_name": "Ann",
    "assistant_phone": "777",
    "billing_information": "b",
    "created_by": "2",
    "last_updated_by": "3",
    "source_type": "API",
}  # fmt: skip
CONTACT = Contact.model_validate(RECORD)
MERGE_FIELDS = {
    "Id": "1001", "FirstName": "Zoë", "MiddleName": "R", "LastName": "Smith", "Nickname": "Zo",
    "Title": "Dr.", "Suffix": "Jr", "SpouseName": "Sam", "JobTitle": "Boss",
    "ContactType": "Customer", "Email": "zoe1@example.com", "EmailAddress2": "zoe2@example.com",
    "EmailAddress3": "zoe3@example.com", "OptinStatus": "S1", "Phone1": "555 1", "Phone5": "555 5",
    "Phone1Ext": "1", "Phone5Ext": "5", "Phone2Type": "T2", "Fax1": "666 1", "Fax2": "666 2",
    "Fax1Type": "F1", "StreetAddress1": "BILLING 1", "StreetAddress2": "BILLING 2",
    "City": "BILLING C", "State": "BILLING R", "PostalCode": "85001", "ZipFour1": "BILLING 4",
    "Country": "BIL", "Address2Street1": "SHIPPING 1", "Address2Street2": "SHIPPING 2",
    "City2": "SHIPPING C", "State2": "SHIPPING R", "PostalCode2": "SHIPPING Z",
    "ZipFour2": "SHIPPING 4", "Country2": "SHI", "Address3Street1": "OTHER 1",
    "Address3Street2": "OTHER 2", "City3": "OTHER C", "State3": "OTHER R", "PostalCode3": "OTHER Z",
    "Country3": "OTH", "Company": "Thryv", "CompanyID": "100", "Website": "https://example.com",
    "Birthday": "1985-03-15", "Anniversary": "2015-06-20", "OwnerID": "45", "Leadsource": "12",
    "LeadSourceId": "12", "ContactNotes": "note", "Language": "en_US",
    "TimeZone": "America/New_York", "DateCreated": "2024-01-10T08:00:00Z",
    "LastUpdated": "2024-03-15T10:30:00Z", "CreatedBy": "2", "LastUpdatedBy": "3",
    "AccountId": "1", "AssistantName": "Ann", "AssistantPhone": "777", "BillingInformation": "b",
    "ReferralCode": "ref", "Groups": "91,93", "ScoreValue": "85", "Facebook": "@facebook",
    "Twitter": "@twitter", "LinkedIn": "@linked_in", "Instagram": "@instagram",
    "Snapchat": "@snapchat", "YouTube": "@youtube", "Pinterest": "@pinterest",
    "UtmSource": "s3", "UtmMedium": "m3", "UtmCampaign": "c3", "UtmTerm": "t3", "UtmContent": "o3",
    "FirstUtmSource": "s1", "FirstUtmContent": "o1",
    **{f"Phone{n}{part}": f"{text}{n}" for n in range(1, 6)
       for part, text in (("", "555 "), ("Ext", ""), ("Type", "T"))},
    "Fax2Type": "F2", "ZipFour3": "OTHER 4",
}  # fmt: skip
REST_NAMES = {
    "id": "1001", "given_name": "Zoë", "family_name": "Smith", "preferred_name": "Zo",
    "birth_date": "1985-03-15", "birthday": "1985-03-15", "anniversary_date": "2015-06-20",
    "leadsource_id": "12", "lead_source_id": "12", "date_created": "2024-01-10T08:00:00Z",
    "update_time": "2024-03-15T10:30:00Z", "tag_ids": "91,93", "groups": "91,93",
    "company_name": "Thryv", "company": "Thryv", "company.id": "100", "email_status": "S1",
    "email_opted_in": "1", "email_addresses.EMAIL2.is_opt_in": "0", "source_type": "API",
    "email_addresses.EMAIL2.email": "zoe2@example.com",
    "phone_numbers.PHONE3.number_e164": "+15553",
    "addresses.SHIPPING.region_code": "US-S", "addresses.BILLING.country": "Name",
    "addresses.BILLING.zip_code": "BILLING Z", "fax_numbers.FAX2.type": "F2",
    "social_accounts.LINKED_IN.name": "@linked_in", "notes": "note",
    "middle_name": "R", "prefix": "Dr.", "suffix": "Jr", "spouse_name": "Sam", "job_title": "Boss",
    "contact_type": "Customer", "website": "https://example.com", "anniversary": "2015-06-20",
    "owner_id": "45", "preferred_locale": "en_US", "time_zone": "America/New_York",
    "last_updated": "2024-03-15T10:30:00Z", "create_time": "2024-01-10T08:00:00Z",
    "created_by": "2", "last_updated_by": "3", "account_id": "1", "assistant_name": "Ann",
    "assistant_phone": "777", "billing_information": "b", "referral_code": "ref",
    "score_value": "85", "company.company_name": "Thryv", "addresses.OTHER.zip_four": "OTHER 4",
    "addresses.SHIPPING.line2": "SHIPPING 2", "phone_numbers.PHONE4.extension": "4",
    "utm_parameters.FIRST.utm_medium": "m1", "utm_parameters.LAST.keap_source_id": "K3",
    "utm_parameters.LAST.date_created": "2024-01-03T08:00:00Z", "origin.ip_address": "203.0.113.7",
    "origin.date": "2024-01-10T08:00:00Z",
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [*MERGE_FIELDS.items(), *REST_NAMES.items()])
def test_a_standard_field_is_known_by_its_names(name: str, value: str) -> None:
    """A mapping that names the field this way would get another value, or none."""
    for spelling in (name, name.lower(), f" {name.upper()} "):
        assert resolve(spelling, NO_CUSTOM_FIELDS).value_of(CONTACT) == value


def test_every_standard_field_can_be_asked_for_and_read() -> None:
    """A field could be mapped that Keap refuses to send, or that cannot be read."""
    for field in STANDARD_FIELDS.values():
        assert field.property in CONTACT_FIELDS
        assert field.value_of(CONTACT) or field.name.endswith(".postal_code"), field.name
        assert field.value_of(Contact(id="1")) == ("1" if field.property == "id" else None)


def test_a_missing_slot_is_empty() -> None:
    """The shipping address of a contact without a billing address would be taken for it."""
    contact = Contact.model_validate(
        {"id": "1", "addresses": [{"field": "SHIPPING", "locality": "Rome"}]}
    )

    assert resolve("City", NO_CUSTOM_FIELDS).value_of(contact) is None
    assert resolve("City2", NO_CUSTOM_FIELDS).value_of(contact) == "Rome"


@pytest.mark.parametrize(
    ("name", "part"),
    [("State2", "region_code"), ("PostalCode2", "zip_code"), ("Country2", "country")],
)
def test_what_keap_has_in_another_part_is_found(name: str, part: str) -> None:
    """A region, code or country that Keap has in its second form only would count as empty."""
    address = {"field": "SHIPPING", part: "there"}
    contact = Contact.model_validate({"id": "1", "addresses": [address]})

    assert resolve(name, NO_CUSTOM_FIELDS).value_of(contact) == "there"


def test_the_last_visit_is_known_by_its_time_where_keap_does_not_name_it() -> None:
    """A contact's newest campaign would be missing, or be an older one."""
    visits = [{"utmSource": n, "dateCreated": f"2024-0{n}-01T00:00:00Z"} for n in ("1", "3", "2")]
    contact = Contact.model_validate({"id": "1", "utm_parameters": visits})

    assert resolve("UtmSource", NO_CUSTOM_FIELDS).value_of(contact) == "3"
    assert resolve("FirstUtmSource", NO_CUSTOM_FIELDS).value_of(contact) is None


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("Birthday", "DATE"),
        ("DateCreated", "DATE_TIME"),
        ("ContactNotes", "TEXT_AREA"),
        ("Phone2", "PHONE_NUMBER"),
        ("Phone2Ext", "TEXT"),
        ("email_opted_in", "YES_NO"),
        ("Groups", "LIST_BOX"),
        ("_Whatsup", "TEXT"),
        ("_Größe", "WHOLE_NUMBER"),
        ("_Yes", "YES_NO"),
        ("11", ""),
    ],
)
def test_a_field_knows_its_type(name: str, type_: str) -> None:
    """A date or a yes would come as Keap writes it, where nothing is said about it."""
    yes = CustomField(id="16", label="Yes", field_type="YesNo")  # as REST v1 writes it
    model = ContactModel(custom_fields=(*MODEL.custom_fields, yes))

    assert resolve(name, model).type == type_


@pytest.mark.parametrize(
    ("name", "field_id"),
    [
        ("6", "6"),
        ("_Whatsup", "6"),
        ("_Whatsup0", "6"),
        ("What's up?", "6"),
        ("what's UP? ", "6"),
        ("_whatsup0", "6"),
        ("_Größe", "7"),
        ("_Gre", "7"),
        ("größe", "7"),
        ("Notes 1", "8"),
        ("_Notes10", "9"),
        ("_Country", "10"),
        ("11", "11"),
        ("_会员", "12"),
        ("Member ID", "13"),
        ("Member id", "14"),
        ("_Memberid", "14"),
        ("???", "15"),
    ],
)
def test_a_custom_field_is_known_by_its_names(name: str, field_id: str) -> None:
    """A mapping that names a custom field in one of the usual ways would fail."""
    field = resolve(name, MODEL)

    assert (field.property, field.slot) == ("custom_fields", field_id)


@pytest.mark.parametrize(
    ("name", "candidates"), [("_Notes1", ["8", "9"]), ("member iD", ["13", "14"])]
)
def test_an_ambiguous_name_lists_what_it_could_mean(name: str, candidates: list[str]) -> None:
    """One of several fields would be picked by chance, or nobody would learn which there are."""
    with pytest.raises(AmbiguousField) as raised:
        resolve(name, MODEL)

    assert [field.id for field in raised.value.candidates] == candidates
    assert all(
        f'{field.id} ("{field.label}")' in str(raised.value) for field in raised.value.candidates
    )


def test_a_standard_field_comes_before_a_custom_one() -> None:
    """A custom field made later, called as a standard one, would change what a mapping means."""
    assert resolve("Country", MODEL).property == "addresses"
    assert resolve("10", MODEL).slot == "10"


@pytest.mark.parametrize("name", ["_", "", "  ", "99"])
def test_nothing_is_no_name(name: str) -> None:
    """A label without letters would answer to a lone underscore."""
    with pytest.raises(UnknownField):
        resolve(name, MODEL)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("FristName", "FirstName"),
        ("first_name", "FirstName"),
        ("_Whatsap", "_Whatsup"),
        ("What up", "What's up?"),
        ("Password", "custom field of type Text"),
        ("Username", "custom field of type Text"),
        ("xyzzy", "merge fields"),
    ],
)
def test_an_unknown_name_gets_a_hint(name: str, hint: str) -> None:
    """Somebody with a typing mistake would have to search for the right name."""
    with pytest.raises(UnknownField) as raised:
        resolve(name, MODEL)

    assert hint in str(raised.value)
    assert f'"{name}"' in str(raised.value)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, None),
        ("", None),
        ("  ", None),
        ([], None),
        ([None, ""], None),
        ("Product Owner", "Product Owner"),
        (" kept ", " kept "),
        (32, "32"),
        (0, "0"),
        (32.0, "32"),
        (1.5, "1.5"),
        (True, "1"),
        (False, "0"),
        (["1", 2, None, "c"], "1,2,c"),
        ({"id": "1", "label": "Ä"}, '{"id":"1","label":"Ä"}'),
    ],
)
def test_contents_become_text(content: JsonValue, text: str | None) -> None:
    """A number would reach WordPress with a point in it, a list as Python writes it."""
    contact = Contact.model_validate({"id": "1", "custom_fields": [{"id": 6, "content": content}]})

    assert resolve("6", MODEL).value_of(contact) == text


def test_only_what_is_mapped_is_asked_for() -> None:
    """Calls would ask for everything, or leave out what a mapped field needs."""
    fields = [resolve(name, MODEL) for name in ("FirstName", "City", "City2", "_Whatsup")]

    assert properties_needed(fields) == ("addresses", "custom_fields", "given_name", "id")
    assert properties_needed([]) == ("id",)


def test_standard_fields_need_no_model() -> None:
    """A configuration of standard fields alone would cost a call for the contact model."""
    assert standard_field("FirstName") == resolve("FirstName", NO_CUSTOM_FIELDS)
    assert standard_field("_Whatsup") is None


def test_a_text_field_can_take_the_password() -> None:
    """The password could not be returned to a field that is right for it."""
    assert writable_custom_field("_Whatsup", MODEL).id == "6"
    assert writable_custom_field("Notes 1", MODEL).id == "8"
    assert writable_custom_field("9", MODEL).id == "9"


@pytest.mark.parametrize("name", ["_Größe", "_Country", "11", "FirstName", "Country", "notes"])
def test_no_other_field_can_take_the_password(name: str) -> None:
    """A user would be created whose password Keap then refuses to keep."""
    with pytest.raises(NotATextField, match="Make a custom field of type Text instead"):
        writable_custom_field(name, MODEL)


@pytest.mark.parametrize(
    ("name", "error"), [("_Notes1", AmbiguousField), ("Password", UnknownField)]
)
def test_the_password_field_must_be_one_field(name: str, error: type[Exception]) -> None:
    """The password could be written into one of two fields by chance."""
    with pytest.raises(error):
        writable_custom_field(name, MODEL)


def test_the_name_to_recommend_comes_first() -> None:
    """Lists of fields would recommend ids, which say nothing to a person."""
    assert names_of(MODEL.custom_fields[0]) == ("_Whatsup", "_Whatsup0", "What's up?", "6")
    assert names_of(CustomField(id="5")) == ("5",)
