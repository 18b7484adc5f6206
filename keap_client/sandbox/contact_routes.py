"""The endpoints below ``contacts``, and the one that says who the token speaks for."""

import json
from typing import Any

from aiohttp import web

from keap_client.sandbox.changes import change_contact, read_update_mask
from keap_client.sandbox.filters import applied_tag_filter, contact_filter
from keap_client.sandbox.paging import in_order, page_of
from keap_client.sandbox.problems import Problem, json_answer, not_found, refuse
from keap_client.sandbox.sandbox import API, SANDBOX, Sandbox
from keap_client.sandbox.state import Contact, JsonObject, as_utc
from keap_client.sandbox.wire import contact_json, model_json, read_fields, tag_json, user_json

routes = web.RouteTableDef()

_DUPLICATE_OPTIONS = {"Email", "EmailAndName", "EmailAndNameAndCompany"}


@routes.get(API + "/oauth/connect/userinfo")
async def user_info(request: web.Request) -> web.Response:
    """Tell whom the token speaks for."""
    return json_answer(user_json(request.app[SANDBOX].tenant))


@routes.get(API + "/contacts/model")
async def contact_model(request: web.Request) -> web.Response:
    """Tell the custom fields and what ``fields`` may ask for."""
    sandbox = request.app[SANDBOX]
    return json_answer(model_json(sandbox.tenant, sandbox.quirks))


@routes.get(API + "/contacts")
async def list_contacts(request: web.Request) -> web.Response:
    """List contacts; a query key that it does not know (``?email=``) is ignored without a word."""
    sandbox = request.app[SANDBOX]
    tenant, query = sandbox.tenant, request.query
    fields = read_fields(query.getall("fields", []))
    found = contact_filter(tenant).apply(tenant.contacts.values(), query.get("filter", ""))
    keys = {
        "id": lambda one: int(one.id),
        "create_time": lambda one: (one.created, int(one.id)),
        "update_time": lambda one: (one.updated, int(one.id)),
        "email": lambda one: (one.email() or "", int(one.id)),
    }
    ordered = in_order(found, query.get("order_by", ""), keys)
    page, token = page_of(ordered, query, sandbox.quirks, url=sandbox.url + "/contacts")
    contacts = [contact_json(one, tenant, fields, sandbox.quirks) for one in page]
    return json_answer({"contacts": contacts, **token})


@routes.post(API + "/contacts")
async def create_contact(request: web.Request) -> web.Response:
    """Create a contact, or change the one that ``duplicate_option`` finds."""
    sandbox = request.app[SANDBOX]
    tenant = sandbox.tenant
    fields = read_fields(request.query.getall("fields", []))
    body = await read_object(request)
    if not any(body.get(name) for name in ("email_addresses", "phone_numbers", "addresses")):
        refuse("Contact must contain an e-mail address, phone number or address")
    option = request.query.get("duplicate_option")
    if option is not None and option not in _DUPLICATE_OPTIONS:
        refuse(f"Invalid duplicate_option: {option}")
    # A trial on a record of its own: a refused request uses up no id.
    trial = Contact("0", created=tenant.clock(), updated=tenant.clock())
    change_contact(trial, body, tenant, sandbox.quirks)
    same = _duplicates(trial, sandbox, option) if option else []
    contact = same[0] if same else tenant.add_contact()
    change_contact(contact, body, tenant, sandbox.quirks)
    answer = contact_json(contact, tenant, fields, sandbox.quirks)
    return json_answer(answer, status=200 if same else 201)


@routes.get(API + "/contacts/{contact_id}")
async def get_contact(request: web.Request) -> web.Response:
    """Give one contact, three properties of it unless ``fields`` asks for more."""
    sandbox = request.app[SANDBOX]
    fields = read_fields(request.query.getall("fields", []))
    contact = contact_of(request)
    return json_answer(contact_json(contact, sandbox.tenant, fields, sandbox.quirks))


@routes.patch(API + "/contacts/{contact_id}")
async def update_contact(request: web.Request) -> web.Response:
    """Change a contact, within ``update_mask`` where that is given."""
    sandbox = request.app[SANDBOX]
    fields = read_fields(request.query.getall("fields", []))
    mask = read_update_mask(request.query.getall("update_mask", []))
    contact = contact_of(request)
    body = await read_object(request)
    change_contact(contact, body, sandbox.tenant, sandbox.quirks, mask)
    return json_answer(contact_json(contact, sandbox.tenant, fields, sandbox.quirks))


@routes.delete(API + "/contacts/{contact_id}")
async def delete_contact(request: web.Request) -> web.Response:
    """Delete a contact."""
    contact = contact_of(request)
    del request.app[SANDBOX].tenant.contacts[contact.id]
    return web.Response(status=204)


@routes.get(API + "/contacts/{contact_id}/tags")
async def list_tags_of_contact(request: web.Request) -> web.Response:
    """List the tags applied to a contact, with the time of each."""
    sandbox = request.app[SANDBOX]
    contact, query = contact_of(request), request.query
    applied = [sandbox.tenant.tags[tag_id] for tag_id in contact.tags]
    found = applied_tag_filter(contact).apply(applied, query.get("filter", ""))
    keys = {
        "applied_time": lambda tag: (contact.tags[tag.id], int(tag.id)),
        "name": lambda tag: (tag.name.casefold(), int(tag.id)),
        "create_time": lambda tag: (tag.created, int(tag.id)),
        "update_time": lambda tag: (tag.created, int(tag.id)),
        "category_id": lambda tag: (int(tag.category_id or 0), int(tag.id)),
    }
    ordered = in_order(found, query.get("order_by", ""), keys)
    url = f"{sandbox.url}/contacts/{contact.id}/tags"
    page, token = page_of(ordered, query, sandbox.quirks, url=url)
    tags = [{"tag": tag_json(tag), "applied_time": as_utc(contact.tags[tag.id])} for tag in page]
    return json_answer({"tags": tags, **token})


def contact_of(request: web.Request) -> Contact:
    """Give the contact that the path names.

    Raises:
        Problem: 404, it is deleted, merged into another, or never was.
    """
    contact = request.app[SANDBOX].tenant.contacts.get(request.match_info["contact_id"])
    if contact is None:
        not_found("Contact")
    return contact


async def read_object(request: web.Request) -> JsonObject:
    """Read a JSON object out of the request's body.

    Raises:
        Problem: 415, the body is not said to be JSON; 400, it is no JSON object.
    """
    if request.content_type != "application/json":
        message = "Content-Type must be application/json"
        raise Problem(415, message, "UNSUPPORTED_MEDIA_TYPE")
    try:
        body: Any = json.loads(await request.read())
    except ValueError:
        refuse("Request body is not readable")
    if not isinstance(body, dict):
        refuse("Request body is not readable")
    return body


def _duplicates(trial: Contact, sandbox: Sandbox, option: str) -> list[Contact]:
    def alike(other: Contact) -> bool:
        names = [(), ("given_name", "family_name"), ("given_name", "family_name", "company")]
        depth = ["Email", "EmailAndName", "EmailAndNameAndCompany"].index(option)
        same_email = (trial.email() or "").casefold() == (other.email() or "").casefold() != ""
        return same_email and all(
            trial.properties.get(name) == other.properties.get(name) for name in names[depth]
        )

    return [other for other in sandbox.tenant.contacts.values() if alike(other)]
