"""Lists: filters, order, and pages."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from keap_client.sandbox import Sandbox
from tests.keap_client.sandbox.conftest import Keap


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["1001", "1002", "1003", "1004"]),
        ("ids==1003,1001,9999", ["1001", "1003"]),
        ("contact_ids==1002", ["1002"]),
        ("email==ZOE.work@example.com", ["1001"]),
        ("EMAIL==zoe@example.com", ["1001"]),
        ("email==joerg.mueller+keap@example.com", ["1002", "1004"]),
        ("email==joerg*", ["1002", "1004"]),
        ("email==joerg", []),
        ("given_name==J*", ["1002", "1004"]),
        ("given_name==J*;family_name==müller;", ["1002", "1004"]),
        ("given_name==Jana;family_name==Müller", ["1004"]),
        ("contact_id>1002", ["1003", "1004"]),
        ("contact_id<=1001", ["1001"]),
        ("company_id==100", ["1001"]),
        ("city==Phoe*;state==Arizona", ["1001"]),
        ("billing_address_country_code==USA", ["1001"]),
        ("shipping_address_country_code==USA", []),
        ("Country0==Ger*", ["1002"]),
        ("age0>=32", ["1001"]),
        ("age0>32", []),
        ("lastvisit>2026-01-01T00:00:00.000Z", ["1001"]),
        ("start_update_time==2020-06-16T16:18:17.000Z", ["1001", "1002", "1003", "1004"]),
        ("end_update_time==2020-06-16T16:18:17.000Z", []),
    ],
)
async def test_a_filter_finds_what_it_says(keap: Keap, text: str, found: list[str]) -> None:
    """Every kind of clause finds the contacts for which it holds, and no other."""
    listed = await keap.get("contacts", filter=text)

    assert [contact["id"] for contact in listed["contacts"]] == found


@pytest.mark.parametrize(
    "text",
    [
        "e_mail==zoe@example.com",
        "email",
        "email=zoe@example.com",
        "email>zoe@example.com",
        "ids==1001,zoe",
        "contact_id>zoe",
        "start_update_time==2020-06-16",
        "start_update_time==yesterday",
        "lastvisit>2026-01-01",
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(keap: Keap, text: str) -> None:
    """Unknown names, forms and values are a 400; none of them passes for "no filter"."""
    answer = await keap.ask("GET", "contacts", params={"filter": text})

    assert (answer.status, answer.json["status"]) == (400, "INVALID_ARGUMENT")


async def test_an_unknown_query_key_is_ignored(keap: Keap) -> None:
    """``?email=`` looks like a search, but finds everybody: as the real API was seen to do."""
    listed = await keap.get("contacts", email="zoe@example.com")

    assert len(listed["contacts"]) == 4


@pytest.mark.parametrize(
    ("order_by", "first"),
    [("id desc", "1004"), ("id", "1001"), ("email asc", "1003"), ("update_time desc", "1003")],
)
async def test_a_list_comes_in_the_order_asked_for(
    keap: Keap, sandbox: Sandbox, order_by: str, first: str
) -> None:
    """``order_by`` takes a name and a direction."""
    sandbox.tenant.set_custom("1003", "Country", "Malta")

    listed = await keap.get("contacts", order_by=order_by)

    assert listed["contacts"][0]["id"] == first


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("contacts", {"order_by": "given_name asc"}),
        ("contacts", {"order_by": "id up"}),
        ("tags", {"order_by": "id asc"}),
        ("contacts", {"page_size": "1001"}),
        ("contacts", {"page_size": "-1"}),
        ("contacts", {"page_token": "a"}),
        ("contacts", {"page_token": "_w=="}),
        ("contacts", {"page_token": "Zm9vOmJhcg=="}),
        ("tags", {"filter": "given_name==x"}),
        ("tags/categories", {"filter": "tag_ids==1"}),
        ("contacts/1001/tags", {"filter": "tag_ids==91"}),
        ("tags/91/contacts", {"filter": "ids==1001"}),
    ],
)
async def test_what_a_list_does_not_know_is_refused(
    keap: Keap, path: str, query: dict[str, str]
) -> None:
    """Each list has its own names to order and filter by, and pages have limits."""
    assert (await keap.ask("GET", path, params=query)).status == 400


@pytest.mark.parametrize("path", ["contacts", "tags", "tags/categories", "contacts/1001/tags"])
@pytest.mark.parametrize("shape", ["opaque", "url"])
async def test_pages_join_up(keap: Keap, sandbox: Sandbox, path: str, shape: Any) -> None:
    """In either shape of the token, pages of one give each item once, in the list's order."""
    sandbox.quirks = replace(sandbox.quirks, page_token=shape)
    whole = await keap.get(path)
    (items,) = [name for name in whole if name != "next_page_token"]

    pieces: list[Any] = []
    tokens: list[str] = []
    token = ""
    while token or not pieces:
        page = await keap.get(path, page_size="1", **({"page_token": token} if token else {}))
        pieces += page[items]
        token = page["next_page_token"]
        if shape == "url" and token:
            assert urlsplit(token).path == f"/crm/rest/v2/{path}/"
            token = parse_qs(urlsplit(token).query)["page_token"][0]
        tokens.append(token)

    assert pieces == whole[items]
    assert len(set(tokens)) == len(pieces) > 1


@pytest.mark.parametrize(
    ("form", "end"),
    [
        ("empty", {"next_page_token": ""}),
        ("null", {"next_page_token": None}),
        ("missing", {}),
    ],
)
async def test_the_last_page_says_so_in_three_ways(
    keap: Keap, sandbox: Sandbox, form: Any, end: dict[str, object]
) -> None:
    """An empty, a null and a missing token can all be had for the end of a list."""
    sandbox.quirks = replace(sandbox.quirks, last_page=form)

    assert await keap.get("contacts", filter="ids==1", fields="id") == {"contacts": [], **end}


async def test_a_page_has_a_size_of_its_own(keap: Keap, sandbox: Sandbox) -> None:
    """Without ``page_size``, or with 0, a page has Keap's size and not the whole list."""
    sandbox.quirks = replace(sandbox.quirks, page_size=3)

    for query in ({}, {"page_size": "0"}):
        page = await keap.get("contacts", **query)
        assert len(page["contacts"]) == 3
        assert page["next_page_token"]


async def test_tags_are_filtered(keap: Keap) -> None:
    """Tags are found by name, by ids, by category, and by having none."""

    async def names(path: str, text: str) -> list[str]:
        page = await keap.get(path, filter=text)
        return [one.get("tag", one)["name"] for one in page["tags"]]

    assert await names("tags", "name==gold*") == ["Gold member"]
    assert await names("tags", "tag_ids==92,93") == ["Silver member", "Customer"]
    assert await names("tags", "category_id==10") == ["Gold member", "Silver member"]
    assert await names("tags", "category_id==NONE") == ["WP user ready", "WP user failed"]
    assert await names("tags", "description==Pays monthly") == ["Gold member"]
    assert await names("tags", "since_create_time==2999-01-01T00:00:00.000Z") == []
    assert await names("contacts/1001/tags", "name==Cust*") == ["Customer"]
    assert await names("contacts/1001/tags", "until_applied_time==2000-01-01T00:00:00Z") == []


async def test_contacts_of_a_tag_are_filtered(keap: Keap, sandbox: Sandbox) -> None:
    """A tag's contacts come with the same few properties each, and ``NONE`` finds the unset."""
    sandbox.tenant.apply_tag("1003", "91")

    unset = await keap.get("tags/91/contacts", filter="email==NONE", fields="id,tag_ids")
    named = await keap.get("tags/91/contacts", filter="family_name==Sm*")
    recent = await keap.get(
        "tags/91/contacts", filter="since_applied_time==2999-01-01T00:00:00.000Z"
    )

    assert [one["id"] for one in unset["contacts"]] == ["1003"]
    assert set(unset["contacts"][0]) == {
        "id",
        "email",
        "given_name",
        "family_name",
        "applied_time",
    }
    assert [one["id"] for one in named["contacts"]] == ["1001"]
    assert recent["contacts"] == []


async def test_categories_are_filtered(keap: Keap) -> None:
    """Categories are found by name and by having no description."""
    named = await keap.get("tags/categories", filter="name==member*")
    bare = await keap.get("tags/categories", filter="description==NONE")

    assert [one["name"] for one in named["tag_categories"]] == ["Membership"]
    assert len(bare["tag_categories"]) == 2


@pytest.mark.parametrize("path", ["tags/999", "tags/999/contacts", "contacts/999/tags"])
async def test_lists_of_nothing_known_are_404(keap: Keap, path: str) -> None:
    """A list below a record that is not there is a 404 in the application's envelope."""
    answer = await keap.ask("GET", path)

    assert (answer.status, answer.json["status"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("action", ["applyTags", "removeTags"])
async def test_applying_needs_a_tag_and_contacts(keap: Keap, action: str) -> None:
    """An unknown tag is a 404, and a body without contacts a 400."""
    unknown = await keap.ask("POST", f"tags/999/contacts:{action}", json={"contact_ids": ["1001"]})
    nobody = await keap.ask("POST", f"tags/91/contacts:{action}", json={"contacts": ["1001"]})

    assert (unknown.status, nobody.status) == (404, 400)
