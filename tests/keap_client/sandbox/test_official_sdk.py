"""Keap's own SDK works with the sandbox: its requests are accepted, its strict models agree."""

from dataclasses import replace
from typing import Any

import keap_core_v2_client as sdk
import pytest
from keap_core_v2_client.exceptions import (
    ApiException,
    BadRequestException,
    NotFoundException,
    ServiceException,
    UnauthorizedException,
)

from keap_client.sandbox import Fault, Sandbox
from tests.keap_client.sandbox.conftest import OfficialSdk


async def test_it_reads_a_contact_with_the_fields_asked_for(official: OfficialSdk) -> None:
    """The SDK's comma-joined ``fields`` bring the properties, in the shapes of its models."""
    contact = await official.ask(
        official.contacts.get_contact,
        "1001",
        fields=["email_addresses", "tag_ids", "custom_fields", "addresses", "company"],
    )

    assert contact.tag_ids == ["91", "93"]
    assert [one.email for one in contact.email_addresses] == [
        "zoe@example.com",
        "zoe.work@example.com",
    ]
    assert contact.addresses[0].country_code == "USA"
    assert {one.id: one.content for one in contact.custom_fields}["10"] == 32


async def test_it_sees_three_properties_without_fields(official: OfficialSdk) -> None:
    """Who forgets ``fields`` gets names only, as from the real Keap."""
    contact = await official.ask(official.contacts.get_contact, "1001")

    given = {name for name, value in contact.to_dict().items() if value is not None}
    assert given == {"id", "given_name", "family_name"}


async def test_it_pages_through_a_filtered_list(official: OfficialSdk) -> None:
    """The SDK's filter encoding is understood, and its pages end by an empty token."""
    pages = []
    token = None
    while token != "":
        page = await official.ask(
            official.contacts.list_contacts,
            filter="email==joerg.mueller+keap@example.com",
            order_by="id desc",
            page_size=1,
            page_token=token,
        )
        pages.append([contact.id for contact in page.contacts])
        token = page.next_page_token

    assert pages == [["1004"], ["1002"]]


async def test_it_creates_a_contact(official: OfficialSdk, sandbox: Sandbox) -> None:
    """A contact that the SDK creates is there, and the answer has three properties only."""
    request = sdk.CreateUpdateContactRequest(
        given_name="Ada",
        email_addresses=[sdk.EmailAddressRequest(email="ada@example.com", field="EMAIL1")],
        custom_fields=[sdk.CustomFieldValue(id="7", content="Malta")],
    )

    made = await official.ask(official.contacts.create_contact, request)

    assert made.email_addresses is None
    assert sandbox.tenant.contacts[made.id].email() == "ada@example.com"
    assert sandbox.tenant.custom_value(made.id, "Country") == "Malta"
    assert sandbox.record.last.status == 201


async def test_it_changes_what_the_mask_names(official: OfficialSdk, sandbox: Sandbox) -> None:
    """The SDK repeats ``update_mask``; properties beside the mask stay as they were."""
    request = sdk.CreateUpdateContactRequest(
        given_name="Zoé", job_title="Director", family_name="Not written"
    )

    changed = await official.ask(
        official.contacts.update_contact,
        "1001",
        request,
        update_mask=["given_name", "job_title"],
        fields=["given_name", "job_title", "family_name"],
    )

    assert sandbox.record.last.values("update_mask") == ["given_name", "job_title"]
    assert (changed.given_name, changed.job_title, changed.family_name) == (
        "Zoé",
        "Director",
        "Smith",
    )


@pytest.mark.parametrize("form", ["nulls", "filled"])
async def test_it_reads_the_model(official: OfficialSdk, sandbox: Sandbox, form: Any) -> None:
    """Both forms of the contact model pass the SDK's strict models."""
    sandbox.quirks = replace(sandbox.quirks, model=form)

    model = await official.ask(official.contacts.retrieve_contact_model)

    names = {one.label: one.field_name for one in model.custom_fields}
    assert names["WP Password"] == (None if form == "nulls" else "WPPassword")


async def test_it_applies_and_removes_a_tag(official: OfficialSdk, sandbox: Sandbox) -> None:
    """Applying answers a word for each contact; removing answers nothing."""
    request = sdk.ApplyRemoveTagRequest(contact_ids=["1002", "1003", "9999"])

    applied = await official.ask(official.tags.apply_tags, "92", request)
    removed = await official.ask(official.tags.remove_tags, "92", request)

    assert applied.results == {
        "1002": "DUPLICATE",
        "1003": "SUCCESS",
        "9999": "CONTACT_NOT_FOUND",
    }
    assert removed is None
    assert not any("92" in contact.tags for contact in sandbox.tenant.contacts.values())


async def test_it_reads_tags_from_every_side(official: OfficialSdk) -> None:
    """The lists of tags, categories, a contact's tags and a tag's contacts fit its models."""
    tags = await official.ask(official.tags.list_tags, order_by="name asc")
    tag = await official.ask(official.tags.get_tag, "91")
    categories = await official.ask(official.tags.list_tag_categories)
    of_contact = await official.ask(official.contacts.list_tags_for_contact, "1001")
    of_tag = await official.ask(official.tags.list_contacts_with_tag_id, "91")

    assert [one.name for one in tags.tags][:2] == ["Customer", "Gold member"]
    assert tag.category.id == "10"
    assert [one.name for one in categories.tag_categories] == ["Membership", "Sales"]
    assert [one.tag.name for one in of_contact.tags] == ["Gold member", "Customer"]
    assert [one.email for one in of_tag.contacts] == ["zoe@example.com"]


async def test_it_learns_who_it_is(official: OfficialSdk) -> None:
    """The credential probe answers as the SDK expects it."""
    user = await official.ask(official.users.get_user_info)

    assert (user.given_name, user.is_admin) == ("Olive", True)


async def test_it_deletes_a_contact(official: OfficialSdk) -> None:
    """A deleted contact is a 404 in the application's envelope."""
    await official.ask(official.contacts.delete_contact, "1003")
    with pytest.raises(NotFoundException) as missing:
        await official.ask(official.contacts.get_contact, "1003")

    assert missing.value.data.message == "Unable to find this Contact"
    assert missing.value.data.code == 404


async def test_a_wrong_token_is_the_gateways_fault(sandbox: Sandbox) -> None:
    """A 401 does not come in the envelope that the SDK's ``Error`` describes."""
    stranger = OfficialSdk(sandbox, token="KeapAK-wrong")

    with pytest.raises(UnauthorizedException) as refused:
        await stranger.ask(stranger.users.get_user_info)
    stranger.close()

    assert refused.value.data.message is None
    assert "invalid_access_token" in refused.value.body


async def test_a_429_ends_the_call(official: OfficialSdk, sandbox: Sandbox) -> None:
    """Throttling reaches the SDK as the plain exception that it has for undocumented statuses."""
    sandbox.faults.add(Fault("throttled"))

    with pytest.raises(ApiException) as throttled:
        await official.ask(official.users.get_user_info)

    assert throttled.value.status == 429
    assert "Quota Exceeded" in throttled.value.body


async def test_retry_after_is_a_header_that_libraries_obey(sandbox: Sandbox) -> None:
    """A 429 with Retry-After is well-formed: urllib3 obeys it and asks once more."""
    patient = OfficialSdk(sandbox, retries=1)
    sandbox.faults.add(Fault("throttled", retry_after=0))

    user = await patient.ask(patient.users.get_user_info)
    patient.close()

    assert user.given_name == "Olive"
    assert [request.status for request in sandbox.record.requests] == [429, 200]


async def test_a_bad_request_and_a_broken_server(official: OfficialSdk) -> None:
    """An unknown field name is a 400, an owner that is no user a 500, both with a message."""
    with pytest.raises(BadRequestException) as bad:
        await official.ask(official.contacts.get_contact, "1001", fields=["nonsense"])
    with pytest.raises(ServiceException) as broken:
        await official.ask(
            official.contacts.update_contact,
            "1001",
            sdk.CreateUpdateContactRequest(owner_id="999"),
        )

    assert "nonsense" in bad.value.data.message
    assert "Owner ID 999" in broken.value.data.message
