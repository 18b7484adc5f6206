"""What the sandbox sends, and what our client asks, against the official document.

Keap's SDK is generated from that document: its models are the document's schemas, and the requests
that it sends are the document's parameters as they look on the wire.
"""

import inspect
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any

import aiohttp
import keap_core_v2_client as sdk
import pytest
from pydantic import BaseModel

from keap_client import account, contacts, model, tags
from keap_client.call import Call
from keap_client.carrier import Credentials
from keap_client.over_aiohttp import Keap as Client
from keap_client.sandbox import Request, Sandbox
from keap_client.sandbox.wire import DEFAULT_FIELDS, OPTIONAL_FIELDS
from tests.keap_client.sandbox.conftest import Keap, OfficialSdk

EVERYTHING = ",".join(DEFAULT_FIELDS + OPTIONAL_FIELDS)
APPLY = {"contact_ids": ["1001", "1002", "9999"]}
NEW = {"given_name": "Ada", "email_addresses": [{"email": "a@example.com", "field": "EMAIL1"}]}

ANSWERS = [
    ("GET", "contacts/1001", None, sdk.Contact),
    ("GET", f"contacts/1001?fields={EVERYTHING}", None, sdk.Contact),
    ("GET", f"contacts/1003?fields={EVERYTHING}", None, sdk.Contact),
    ("GET", f"contacts?page_size=2&fields={EVERYTHING}", None, sdk.ListContactsResponse),
    ("POST", f"contacts?fields={EVERYTHING}", NEW, sdk.Contact),
    ("PATCH", f"contacts/1002?fields={EVERYTHING}", NEW, sdk.Contact),
    ("GET", "contacts/model", None, sdk.ObjectModel),
    ("GET", "contacts/1001/tags?page_size=1", None, sdk.ListContactTagsResponse),
    ("GET", "tags?page_size=2", None, sdk.ListTagsResponse),
    ("GET", "tags/91", None, sdk.Tag),
    ("GET", "tags/94", None, sdk.Tag),
    ("GET", "tags/categories", None, sdk.ListTagCategoriesResponse),
    ("GET", "tags/91/contacts", None, sdk.ListTaggedContactsResponse),
    ("POST", "tags/91/contacts:applyTags", APPLY, sdk.ApplyTagsResponse),
    ("GET", "oauth/connect/userinfo", None, sdk.GetUserInfoResponse),
]
"""A request to each endpoint, and the model that the document promises in answer."""

UNDOCUMENTED = {"notes"}
"""Read and written on live applications, but missing from the document's contact."""


def undocumented(value: object) -> Iterator[str]:
    """Give the names of properties that the document does not know, at any depth."""
    if isinstance(value, BaseModel):
        yield from getattr(value, "additional_properties", {})
        for name in type(value).model_fields:
            if name != "additional_properties":
                yield from undocumented(getattr(value, name))
    elif isinstance(value, list):
        for item in value:
            yield from undocumented(item)


@pytest.mark.parametrize(
    "quirks",
    [
        {},
        {"unset": "omit", "last_page": "missing"},
        {"model": "filled", "page_token": "url", "last_page": "null"},
    ],
    ids=["strict", "omitting", "filled"],
)
@pytest.mark.parametrize(
    ("method", "path", "body", "promised"),
    ANSWERS,
    ids=[f"{method} {path.replace(EVERYTHING, 'ALL')}" for method, path, _, _ in ANSWERS],
)
async def test_an_answer_has_the_documented_shape(
    keap: Keap,
    sandbox: Sandbox,
    quirks: dict[str, Any],
    method: str,
    path: str,
    body: Any,
    promised: Any,
) -> None:
    """Every success passes the document's strict model and has no property beside it."""
    sandbox.quirks = replace(sandbox.quirks, **quirks)

    answer = await keap.ask(method, path, **({} if body is None else {"json": body}))

    assert answer.status in {200, 201}, answer.text
    read = promised.from_dict(answer.json)
    assert set(undocumented(read)) <= UNDOCUMENTED


@pytest.mark.parametrize("path", ["contacts/9999", "tags/9999", "contacts/1001?fields=nonsense"])
async def test_a_refusal_has_the_documented_shape(keap: Keap, path: str) -> None:
    """The application's envelope is the document's ``Error`` with every part of it filled."""
    answer = await keap.ask("GET", path)

    error = sdk.Error.from_dict(answer.json)
    assert error.code == answer.status
    assert error.message
    assert error.status
    assert list(undocumented(error)) == []


def test_every_documented_property_can_be_asked_for() -> None:
    """The sandbox knows the properties of the document's contact, and none beside ``notes``."""
    documented = set(sdk.Contact.model_fields) - {"additional_properties"}

    assert set(DEFAULT_FIELDS + OPTIONAL_FIELDS) - documented == UNDOCUMENTED
    assert documented <= {*DEFAULT_FIELDS, *OPTIONAL_FIELDS}


FIELDS = ["custom_fields", "email_addresses", "id", "tag_ids"]

REQUESTS: dict[str, tuple[Callable[[], Any], Callable[[OfficialSdk], Any], Any]] = {
    "get_contact": (
        lambda: contacts.get_contact("1001", FIELDS),
        lambda official: official.ask(official.contacts.get_contact, "1001", fields=FIELDS),
        None,
    ),
    "list_contacts": (
        lambda: contacts.list_contacts(["1001", "1002"], FIELDS, "1"),
        lambda official: official.ask(
            official.contacts.list_contacts,
            fields=FIELDS,
            filter="ids==1001,1002",
            page_size=1000,
            page_token="1",
        ),
        None,
    ),
    "list_contact_ids": (
        lambda: contacts.list_contact_ids("1001"),
        lambda official: official.ask(
            official.contacts.list_contacts,
            fields=["id"],
            filter="contact_id>1001",
            order_by="id asc",
            page_size=1000,
        ),
        None,
    ),
    "newest_contact": (
        lambda: contacts.newest_contact(FIELDS),
        lambda official: official.ask(
            official.contacts.list_contacts, fields=FIELDS, order_by="id desc", page_size=1
        ),
        None,
    ),
    "recently_changed": (
        lambda: contacts.recently_changed(200, FIELDS),
        lambda official: official.ask(
            official.contacts.list_contacts,
            fields=FIELDS,
            order_by="update_time desc",
            page_size=200,
        ),
        None,
    ),
    "list_tags_of": (
        lambda: tags.list_tags_of("1001", "1"),
        lambda official: official.ask(
            official.contacts.list_tags_for_contact, "1001", page_size=1000, page_token="1"
        ),
        None,
    ),
    "times_applied": (
        lambda: tags.times_applied("1001"),
        lambda official: official.ask(
            official.contacts.list_tags_for_contact, "1001", page_size=1000
        ),
        None,
    ),
    "find_contacts_by_email": (
        lambda: contacts.find_contacts_by_email("zoë+x=1&y/#@example.com", FIELDS),
        lambda official: official.ask(
            official.contacts.list_contacts,
            fields=FIELDS,
            filter="email==zoë+x=1&y/#@example.com",
            page_size=1000,
        ),
        None,
    ),
    "write_custom_fields": (
        lambda: contacts.write_custom_fields("1002", {"6": "pass & wörd"}),
        lambda official: official.ask(
            official.contacts.update_contact,
            "1002",
            sdk.CreateUpdateContactRequest(
                custom_fields=[
                    sdk.CustomFieldValue(id="6", content="pass & wörd"),
                    sdk.CustomFieldValue(id="7", content="Germany"),
                    sdk.CustomFieldValue(id="11", content="1"),
                ]
            ),
            update_mask=["custom_fields"],
            fields=["id"],
        ),
        sdk.CreateUpdateContactRequest,
    ),
    "contact_model": (
        model.contact_model,
        lambda official: official.ask(official.contacts.retrieve_contact_model),
        None,
    ),
    "list_tags": (
        lambda: tags.list_tags("1"),
        lambda official: official.ask(official.tags.list_tags, page_size=1000, page_token="1"),
        None,
    ),
    "all_tags": (
        tags.all_tags,
        lambda official: official.ask(official.tags.list_tags, page_size=1000),
        None,
    ),
    "apply_tag": (
        lambda: tags.apply_tag("92", ["1001", "1003"]),
        lambda official: official.ask(
            official.tags.apply_tags,
            "92",
            sdk.ApplyRemoveTagRequest(contact_ids=["1001", "1003"]),
        ),
        sdk.ApplyRemoveTagRequest,
    ),
    "list_tagged": (
        lambda: tags.list_tagged("91", "1"),
        lambda official: official.ask(
            official.tags.list_contacts_with_tag_id,
            "91",
            order_by="applied_time asc",
            page_size=1000,
            page_token="1",
        ),
        None,
    ),
    "who_am_i": (
        account.who_am_i,
        lambda official: official.ask(official.users.get_user_info),
        None,
    ),
}
"""By the client's function: how it asks, how the SDK asks the same, and the body's model."""


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[Client]:
    """Our own client, pointed at the sandbox of this test."""
    async with aiohttp.ClientSession() as session:
        yield Client(session, sandbox.url, Credentials(sandbox.token))


@pytest.mark.parametrize("name", REQUESTS)
async def test_our_client_asks_as_the_sdk_does(
    client: Client, official: OfficialSdk, sandbox: Sandbox, name: str
) -> None:
    """The client's last request is the SDK's: method, path, decoded query, media types, body."""
    ours, theirs, body_model = REQUESTS[name]
    asked = ours()
    await (client.send(asked) if isinstance(asked, Call) else client.converse(asked))
    our_request = sandbox.record.last
    sandbox.record.clear()

    await theirs(official)

    their_request = sandbox.record.last
    assert our_request.status == their_request.status == 200
    assert essence(our_request) == essence(their_request)
    if body_model is not None:
        assert list(undocumented(body_model.from_dict(our_request.json()))) == []


def essence(request: Request) -> tuple[object, ...]:
    """Give what makes two requests the same to Keap."""
    return (
        request.method,
        request.path,
        Counter(request.query),
        request.auth,
        request.headers["accept"],
        request.headers.get("content-type"),
        sorted_fields(json.loads(request.body)) if request.body else None,
    )


def sorted_fields(body: Any) -> Any:
    """Put custom fields in one order: theirs means nothing."""
    if "custom_fields" in body:
        body["custom_fields"] = sorted(body["custom_fields"], key=lambda one: int(one["id"]))
    return body


def test_no_request_of_our_client_is_left_out() -> None:
    """Whatever the client can ask is compared above; a new call must be added there."""
    public = {
        name
        for module in (account, contacts, model, tags)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and str(inspect.signature(function).return_annotation).startswith(
            ("keap_client.call.Call[", "collections.abc.Generator[")
        )
    }

    assert public == set(REQUESTS)
