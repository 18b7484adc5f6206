"""One contact: what is sent of it, what a write does to it, what is refused."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from keap_client.sandbox import Sandbox
from tests.keap_client.sandbox.conftest import Keap

ID = {"fields": "id"}


async def test_a_contact_has_three_properties_by_default(keap: Keap) -> None:
    """Without ``fields`` nothing but id and the two names is sent, by one or in a list."""
    assert await keap.get("contacts/1001") == {
        "id": "1001",
        "given_name": "Zoë",
        "family_name": "Smith",
    }
    listed = await keap.get("contacts", page_size="1")
    assert listed["contacts"] == [await keap.get("contacts/1001")]


@pytest.mark.parametrize("query", ["fields=id,tag_ids", "fields=id&fields=tag_ids"])
async def test_fields_come_by_comma_or_repeated(keap: Keap, query: str) -> None:
    """Both ways to write a list in a query are read, and nothing else is sent."""
    assert await keap.get("contacts/1001?" + query) == {"id": "1001", "tag_ids": ["91", "93"]}


async def test_an_unknown_field_name_is_refused(keap: Keap) -> None:
    """A misspelt property is a 400 that names it, not silence."""
    answer = await keap.ask("GET", "contacts/1001", params={"fields": "id,emails"})

    assert (answer.status, answer.json["code"]) == (400, 400)
    assert "emails" in answer.json["message"]


async def test_unset_custom_fields_are_listed_with_null(keap: Keap) -> None:
    """Every defined custom field is there, so that a list is no proof of a value."""
    contact = await keap.get("contacts/1002", fields="custom_fields")

    assert {one["id"]: one["content"] for one in contact["custom_fields"]} == {
        "6": None,
        "7": "Germany",
        "8": None,
        "9": None,
        "10": None,
        "11": "1",
        "12": None,
        "13": None,
    }


async def test_unset_properties_are_null_or_left_out(keap: Keap, sandbox: Sandbox) -> None:
    """Both ways that Keap may send nothing can be had; lists are empty in either."""
    query = {"fields": "id,family_name,company,email_addresses,custom_fields"}
    nulls = await keap.get("contacts/1003", **query)
    sandbox.quirks = replace(sandbox.quirks, unset="omit")
    omitted = await keap.get("contacts/1003", **query)

    assert (nulls["family_name"], nulls["company"], nulls["email_addresses"]) == (None, None, [])
    assert omitted == {"id": "1003", "email_addresses": [], "custom_fields": []}


@pytest.mark.parametrize(("patching", "country"), [("replace", None), ("merge", "United States")])
async def test_custom_fields_left_out_are_removed_or_kept(
    keap: Keap, sandbox: Sandbox, patching: Any, country: str | None
) -> None:
    """A PATCH that lists one custom field removes the others as documented, or merges."""
    sandbox.quirks = replace(sandbox.quirks, custom_fields_patch=patching)

    answer = await keap.ask(
        "PATCH",
        "contacts/1001",
        params={"update_mask": "custom_fields", "fields": "id"},
        json={"custom_fields": [{"id": "6", "content": "pass & word"}]},
    )

    assert answer.json == {"id": "1001"}
    assert sandbox.tenant.custom_value("1001", "WP Password") == "pass & word"
    assert sandbox.tenant.custom_value("1001", "Country") == country


async def test_other_lists_are_replaced(keap: Keap, sandbox: Sandbox) -> None:
    """An e-mail slot that is not listed is gone; a known address keeps its consent."""
    sandbox.quirks = replace(sandbox.quirks, custom_fields_patch="merge")
    body = {"email_addresses": [{"email": "ZOE@example.com", "field": "EMAIL2"}]}

    await keap.ask("PATCH", "contacts/1001", json=body)

    assert sandbox.tenant.contacts["1001"].properties["email_addresses"] == [
        {
            "email": "ZOE@example.com",
            "field": "EMAIL2",
            "is_opt_in": True,
            "opt_in_reason": "Contact gave consent",
            "email_opt_status": "SINGLE_OPT_IN",
        }
    ]


async def test_objects_and_accounts_are_written_whole(keap: Keap) -> None:
    """A company and social accounts are taken as they are sent."""
    body = {
        "company": {"id": "7", "company_name": "Other"},
        "social_accounts": [{"name": "@jo", "type": "FACEBOOK"}],
    }

    answer = await keap.ask(
        "PATCH", "contacts/1002", params={"fields": "company,social_accounts"}, json=body
    )

    assert answer.json == body


@pytest.mark.parametrize(
    "mask", ["update_mask=given_name&update_mask=job_title", "update_mask=given_name,job_title"]
)
async def test_the_mask_comes_by_comma_or_repeated(keap: Keap, mask: str) -> None:
    """Both encodings work, and what is beside the mask is skipped, even where it is wrong."""
    body = {"given_name": "Z", "job_title": "CEO", "family_name": "No", "owner_id": "999"}

    answer = await keap.ask(
        "PATCH", f"contacts/1001?{mask}&fields=job_title,family_name", json=body
    )

    assert answer.json == {"job_title": "CEO", "family_name": "Smith"}


async def test_null_unsets_a_property(keap: Keap) -> None:
    """``null`` empties text properties and custom fields."""
    body = {"job_title": None, "custom_fields": [{"id": "7", "content": None}]}

    answer = await keap.ask(
        "PATCH", "contacts/1001", params={"fields": "job_title,custom_fields"}, json=body
    )

    assert answer.json["job_title"] is None
    assert {"id": "7", "content": None} in answer.json["custom_fields"]


async def test_ids_of_custom_fields_may_be_numbers(keap: Keap, sandbox: Sandbox) -> None:
    """The document says strings, production code sends numbers: both work."""
    await keap.ask("PATCH", "contacts/1001", json={"custom_fields": [{"id": 6, "content": "x"}]})

    assert sandbox.tenant.custom_value("1001", "_WPPassword") == "x"


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"custom_fields": [{"id": "999", "content": "x"}]}, 400, "999"),
        ({"custom_fields": [{"content": "x"}]}, 400, "id"),
        ({"custom_fields": [{"id": "6", "content": "x" * 65_536}]}, 400, "65535"),
        ({"custom_fields": {"6": "x"}}, 400, "list"),
        ({"addresses": [{"field": "BILLING", "region": "Arizona"}]}, 400, "country_code"),
        ({"addresses": [{"field": "HOME", "country_code": "USA"}]}, 400, "BILLING"),
        ({"email_addresses": [{"email": "nobody", "field": "EMAIL1"}]}, 400, "valid"),
        ({"email_addresses": [{"email": "a" * 70 + "@b.com", "field": "EMAIL1"}]}, 400, "long"),
        ({"given_name": "x" * 41}, 400, "40"),
        ({"given_name": ["x"]}, 400, "string"),
        ({"company": "Thrive"}, 400, "object"),
        ({"tag_ids": ["91"]}, 400, "tag_ids"),
        ({"id": "1001"}, 400, "id"),
        ({"leadsource_id": "Google"}, 400, "lead source"),
        ({"owner_id": "999"}, 500, "Owner ID 999"),
    ],
)
async def test_a_refused_write_changes_nothing(
    keap: Keap, sandbox: Sandbox, body: dict[str, Any], status: int, said: str
) -> None:
    """One bad property refuses the whole call: the good one beside it is not written either."""
    answer = await keap.ask("PATCH", "contacts/1001", json={"job_title": "CEO", **body})

    assert answer.status == status
    assert said in answer.json["message"]
    assert sandbox.tenant.contacts["1001"].properties["job_title"] == "Product Owner"


async def test_an_unknown_mask_is_refused(keap: Keap) -> None:
    """A misspelt property in the mask is a 400, not a write of nothing."""
    answer = await keap.ask(
        "PATCH", "contacts/1001", params={"update_mask": "custom_field"}, json={"given_name": "Z"}
    )

    assert answer.status == 400
    assert "custom_field" in answer.json["message"]


@pytest.mark.parametrize(
    ("headers", "data", "status"),
    [
        ({"Content-Type": "application/json"}, "{", 400),
        ({"Content-Type": "application/json"}, "[]", 400),
        ({"Content-Type": "text/plain"}, "{}", 415),
    ],
)
async def test_a_body_that_is_no_json_object_is_refused(
    keap: Keap, headers: dict[str, str], data: str, status: int
) -> None:
    """Only a JSON object, said to be one, is a contact."""
    known = {"Authorization": f"Bearer {keap.sandbox.token}"}
    answer = await keap.ask("PATCH", "contacts/1001", headers=known | headers, data=data)

    assert answer.status == status


async def test_a_write_is_seen_in_update_time(keap: Keap, sandbox: Sandbox) -> None:
    """``update_time`` moves with a write and ``create_time`` does not."""
    query = {"fields": "create_time,update_time"}
    before = await keap.get("contacts/1001", **query)
    sandbox.tenant.clock = lambda: datetime(2999, 1, 1, 12, 30, tzinfo=UTC)

    await keap.ask("PATCH", "contacts/1001", json={"given_name": "Zo"})

    after = await keap.get("contacts/1001", **query)
    assert after["create_time"] == before["create_time"]
    assert after["update_time"] == "2999-01-01T12:30:00Z"


async def test_a_merged_contact_is_gone_under_its_old_id(keap: Keap, sandbox: Sandbox) -> None:
    """After a merge the old id is a 404, and the survivor has the tags and values of both."""
    sandbox.tenant.merge_contacts("1002", into="1004")

    gone = await keap.ask("GET", "contacts/1002")
    kept = await keap.get("contacts/1004", fields="given_name,tag_ids")
    listed = await keap.get("contacts", filter="ids==1002,1004")

    assert (gone.status, gone.json["status"]) == (404, "NOT_FOUND")
    assert kept == {"given_name": "Jana", "tag_ids": ["92"]}
    assert [one["id"] for one in listed["contacts"]] == ["1004"]


async def test_a_contact_needs_some_way_to_reach_it(keap: Keap, sandbox: Sandbox) -> None:
    """A contact with neither e-mail, phone nor address is refused, and no id is used up."""
    refused = await keap.ask("POST", "contacts", json={"given_name": "Nobody"})
    made = await keap.ask(
        "POST", "contacts", json={"phone_numbers": [{"field": "PHONE1", "number": "1"}]}
    )

    assert refused.status == 400
    assert (made.status, made.json) == (
        201,
        {"id": "1005", "given_name": None, "family_name": None},
    )
    assert len(sandbox.tenant.contacts) == 5


@pytest.mark.parametrize(
    ("option", "family_name", "status"),
    [
        (None, "Smith", 201),
        ("Email", "Other", 200),
        ("EmailAndName", "Smith", 200),
        ("EmailAndName", "Other", 201),
    ],
)
async def test_duplicates_are_looked_for_when_asked(
    keap: Keap, option: str | None, family_name: str, status: int
) -> None:
    """With a duplicate option a known person is changed and answered with 200, else made anew."""
    body = {
        "given_name": "Zoë",
        "family_name": family_name,
        "email_addresses": [{"email": "Zoe@Example.com", "field": "EMAIL1"}],
    }

    answer = await keap.ask(
        "POST", "contacts", params={"duplicate_option": option} if option else {}, json=body
    )

    assert answer.status == status
    assert (answer.json["id"] == "1001") is (status == 200)


async def test_an_unknown_duplicate_option_is_refused(keap: Keap) -> None:
    """A misspelt option is no silent "never mind"."""
    body = {"email_addresses": [{"email": "a@example.com", "field": "EMAIL1"}]}
    answer = await keap.ask("POST", "contacts", params={"duplicate_option": "email"}, json=body)

    assert answer.status == 400


async def test_a_deleted_contact_stays_gone(keap: Keap) -> None:
    """A second delete is a 404."""
    assert (await keap.ask("DELETE", "contacts/1003")).status == 204
    assert (await keap.ask("DELETE", "contacts/1003")).status == 404


@pytest.mark.parametrize("form", ["nulls", "filled"])
async def test_the_model_has_two_forms(keap: Keap, sandbox: Sandbox, form: Any) -> None:
    """As recorded nearly everything is null; as documented names and options are there."""
    sandbox.quirks = replace(sandbox.quirks, model=form)

    model = await keap.get("contacts/model")

    dropdown = next(one for one in model["custom_fields"] if one["label"] == "What's up?")
    assert dropdown["field_type"] == "DROPDOWN"
    assert set(model["optional_properties"]) >= {"custom_fields", "tag_ids", "notes"}
    if form == "nulls":
        assert (dropdown["field_name"], dropdown["options"]) == (None, None)
        assert "group_name" not in dropdown
    else:
        assert dropdown["field_name"] == "Whatsup"
        assert dropdown["options"][0] == {"id": "1", "label": "All well"}
