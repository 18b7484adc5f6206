"""Calls about contacts, as values."""

import json

import pytest

from keap_client.call import Answer
from keap_client.carrier import address_of, body_of
from keap_client.contacts import (
    CONTACT_FIELDS,
    find_contacts_by_email,
    get_contact,
    list_contacts,
    write_custom_fields,
)
from keap_client.errors import ContactNotFound, KeapBroken, KeapRejected
from tests.keap_client.conversing import converse

# What Keap's document lists for ``fields`` of GET /v2/contacts/{contact_id}.
DOCUMENTED = {
    "account_id", "addresses", "anniversary_date", "assistant_name", "assistant_phone",
    "billing_information", "birth_date", "company", "contact_type", "create_time", "created_by",
    "custom_fields", "email_addresses", "family_name", "fax_numbers", "given_name", "groups",
    "id", "job_title", "last_updated_by", "leadsource_id", "links", "middle_name", "notes",
    "origin", "owner_id", "phone_numbers", "preferred_locale", "preferred_name", "prefix",
    "referral_code", "score_value", "social_accounts", "source_type", "spouse_name", "suffix",
    "tag_ids", "time_zone", "update_time", "utm_parameters", "website",
}  # fmt: skip


def test_a_contact_is_asked_for_with_every_field_that_can_be_mapped() -> None:
    """Keap would send three properties only, or refuse the call for a name that is unknown."""
    call = get_contact("1001")
    ((name, fields),) = call.query

    assert (call.method, call.path, call.body, name) == ("GET", "contacts/1001", None, "fields")
    assert set(fields.split(",")) == set(CONTACT_FIELDS)
    assert DOCUMENTED - set(CONTACT_FIELDS) == {"links", "groups"}
    assert set(CONTACT_FIELDS) <= DOCUMENTED


def test_fewer_fields_can_be_asked_for() -> None:
    """The id, by which an answer is known to be the right one, would be missing."""
    assert get_contact("1", ("tag_ids",)).query == (("fields", "id,tag_ids"),)
    assert get_contact("1", ()).query == (("fields", "id"),)


def test_the_address_is_encoded_as_the_vendors_own_client_does() -> None:
    """Keap could read a comma, a plus or an accent as something else."""
    base = "https://keap.example.com/crm/rest/v2/"
    call = find_contacts_by_email("zoë+x@example.com", ("id",))

    assert address_of(base, get_contact("1", ("tag_ids",))) == f"{base}contacts/1?fields=id,tag_ids"
    assert address_of(base, call) == (
        f"{base}contacts?fields=email_addresses,id"
        "&filter=email%3D%3Dzo%C3%AB%2Bx%40example.com&page_size=1000"
    )


def test_an_answer_about_somebody_else_is_refused() -> None:
    """One person's data would end in another one's account."""
    with pytest.raises(KeapBroken, match="another contact"):
        get_contact("1001").read(Answer(200, {}, b'{"id":"1002"}'))


def test_many_contacts_are_asked_for_at_once() -> None:
    """A burst would cost one call for each of its contacts."""
    call = list_contacts(["1", "2"], ("tag_ids",), page_token="p")

    assert call.query == (
        ("fields", "id,tag_ids"),
        ("filter", "ids==1,2"),
        ("page_size", "1000"),
        ("page_token", "p"),
    )


@pytest.mark.parametrize("ids", [[], [""], ["1", "2;email==x"], ["*"], ["\uff11"]])
def test_a_list_is_never_of_all_contacts(ids: list[str]) -> None:
    """An empty filter, or one with another condition in it, would list the whole application."""
    with pytest.raises(ValueError, match="digits"):
        list_contacts(ids)


def test_contacts_found_by_email_have_exactly_that_address() -> None:
    """Keap's wide reading of a filter would make one person another."""
    page = {
        "contacts": [
            {"id": "1", "email_addresses": [{"field": "EMAIL1", "email": "Zoe@Example.com"}]},
            {"id": "2", "email_addresses": [{"field": "EMAIL1", "email": "zoe@example.com.au"}]},
            {
                "id": "3",
                "email_addresses": [
                    {"field": "EMAIL1", "email": "a@example.com"},
                    {"field": "EMAIL2", "email": "zoe@example.com"},
                    {"field": "EMAIL3", "email": "zoe@example.com"},
                ],
            },
            {"id": "4", "email_addresses": None},
        ]
    }

    found = find_contacts_by_email("zoe@example.com").read(
        Answer(200, {}, json.dumps(page).encode())
    )

    assert [contact.id for contact in found] == ["1", "3"]


@pytest.mark.parametrize("email", ["", "a;b@example.com", "zoe*"])
def test_an_address_that_is_a_filter_is_not_searched_for(email: str) -> None:
    """An address could add a condition, or match everybody."""
    with pytest.raises(ValueError, match="cannot be searched for"):
        find_contacts_by_email(email)


def test_a_call_shows_neither_query_nor_body() -> None:
    """E-mail addresses and passwords would get into logs with the call."""
    conversation = write_custom_fields("1001", {"6": "hunter2"})
    first = next(conversation)
    patch = conversation.send(first.read(Answer(200, {}, b'{"id":"1001"}')))

    assert "zoe" not in repr(find_contacts_by_email("zoe@example.com"))
    assert "hunter2" not in repr(patch)


def test_one_custom_field_is_written_and_the_others_kept() -> None:
    """Writing the password would wipe the contact's other custom fields."""
    custom_fields = (
        '[{"id":"6","content":"old"},{"id":"7","content":null},{"id":14,"content":32},'
        '{"id":"15","content":["1","2"]},{"id":"16","content":0},{"id":"17","content":false},'
        '{"id":"18","content":1.5},{"id":"19","content":""}]'
    )

    outcome, calls = converse(
        write_custom_fields("1001", {"6": "pä&ss"}),
        f'{{"id":"1001","custom_fields":{custom_fields}}}',
        '{"id":"1001"}',
    )

    read, patch = calls
    assert outcome is None
    assert (read.method, read.query) == ("GET", (("fields", "custom_fields,id"),))
    assert (patch.method, patch.path) == ("PATCH", "contacts/1001")
    assert patch.query == (("update_mask", "custom_fields"), ("fields", "id"))
    assert json.loads(body_of(patch) or b"") == {
        "custom_fields": [
            {"id": "6", "content": "pä&ss"},
            {"id": "14", "content": 32},
            {"id": "15", "content": ["1", "2"]},
            {"id": "16", "content": 0},
            {"id": "17", "content": False},
            {"id": "18", "content": 1.5},
            {"id": "19", "content": ""},
        ]
    }


def test_a_value_that_stands_there_is_not_written_again() -> None:
    """A repeated attempt would cost a call, and could undo what somebody else writes meanwhile."""
    _, calls = converse(
        write_custom_fields("1001", {"6": "same"}),
        '{"id":"1001","custom_fields":[{"id":"6","content":"same"}]}',
    )

    assert [call.method for call in calls] == ["GET"]


def test_a_refused_value_is_not_repeated() -> None:
    """Keap's words about a password that it refuses would get into logs."""
    refusal = Answer(400, {}, b'{"message":"hunter2 is not a date","code":400}')

    with pytest.raises(KeapRejected) as raised:
        converse(write_custom_fields("1001", {"6": "hunter2"}), '{"id":"1001"}', refusal)

    assert "hunter2" not in str(raised.value)


def test_a_contact_deleted_meanwhile_is_told_apart() -> None:
    """A deleted contact would look like a mistake of the configuration."""
    gone = Answer(404, {}, b'{"message":"Unable to find this Contact","code":404}')

    for answers in ((gone,), ('{"id":"1001"}', gone)):
        with pytest.raises(ContactNotFound) as raised:
            converse(write_custom_fields("1001", {"6": "x"}), *answers)
        assert raised.value.contact == "1001"
