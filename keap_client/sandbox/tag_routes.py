"""The endpoints below ``tags``."""

from aiohttp import web

from keap_client.sandbox.contact_routes import read_object
from keap_client.sandbox.filters import category_filter, tag_filter, tagged_contact_filter
from keap_client.sandbox.paging import in_order, page_of
from keap_client.sandbox.problems import json_answer, not_found, refuse
from keap_client.sandbox.sandbox import API, SANDBOX
from keap_client.sandbox.state import Tag
from keap_client.sandbox.wire import category_json, tag_json, tagged_contact_json

routes = web.RouteTableDef()


@routes.get(API + "/tags")
async def list_tags(request: web.Request) -> web.Response:
    """List the application's tags."""
    sandbox = request.app[SANDBOX]
    query = request.query
    found = tag_filter().apply(sandbox.tenant.tags.values(), query.get("filter", ""))
    keys = {
        "name": lambda tag: (tag.name.casefold(), int(tag.id)),
        "create_time": lambda tag: (tag.created, int(tag.id)),
        "update_time": lambda tag: (tag.created, int(tag.id)),
    }
    ordered = in_order(found, query.get("order_by", ""), keys)
    page, token = page_of(ordered, query, sandbox.quirks, url=sandbox.url + "/tags")
    return json_answer({"tags": [tag_json(tag) for tag in page], **token})


@routes.get(API + "/tags/categories")
async def list_categories(request: web.Request) -> web.Response:
    """List the tag categories: the only place where their names are."""
    sandbox = request.app[SANDBOX]
    query = request.query
    found = category_filter().apply(sandbox.tenant.categories.values(), query.get("filter", ""))
    keys = {
        "name": lambda category: (category.name.casefold(), int(category.id)),
        "create_time": lambda category: (category.created, int(category.id)),
        "update_time": lambda category: (category.created, int(category.id)),
    }
    ordered = in_order(found, query.get("order_by", ""), keys)
    page, token = page_of(ordered, query, sandbox.quirks, url=sandbox.url + "/tags/categories")
    return json_answer({"tag_categories": [category_json(one) for one in page], **token})


@routes.get(API + "/tags/{tag_id}")
async def get_tag(request: web.Request) -> web.Response:
    """Give one tag."""
    return json_answer(tag_json(_tag_of(request)))


@routes.get(API + "/tags/{tag_id}/contacts")
async def list_tagged_contacts(request: web.Request) -> web.Response:
    """List the contacts of a tag; ``fields`` is not among the parameters."""
    sandbox = request.app[SANDBOX]
    tag, query = _tag_of(request), request.query
    tagged = [one for one in sandbox.tenant.contacts.values() if tag.id in one.tags]
    found = tagged_contact_filter(tag.id).apply(tagged, query.get("filter", ""))
    keys = {
        "applied_time": lambda one: (one.tags[tag.id], int(one.id)),
        "given_name": lambda one: (one.properties.get("given_name") or "", int(one.id)),
        "family_name": lambda one: (one.properties.get("family_name") or "", int(one.id)),
        "email": lambda one: (one.email() or "", int(one.id)),
    }
    ordered = in_order(found, query.get("order_by", ""), keys)
    url = f"{sandbox.url}/tags/{tag.id}/contacts"
    page, token = page_of(ordered, query, sandbox.quirks, url=url)
    return json_answer({"contacts": [tagged_contact_json(one, tag.id) for one in page], **token})


@routes.post(API + "/tags/{tag_id}/contacts:applyTags")
async def apply_tags(request: web.Request) -> web.Response:
    """Apply a tag to contacts; what fails for one of them is a word in a 200."""
    tenant = request.app[SANDBOX].tenant
    tag = _tag_of(request)
    results = {}
    for contact_id in await _contact_ids(request):
        if contact_id not in tenant.contacts:
            results[contact_id] = "CONTACT_NOT_FOUND"
        elif tenant.apply_tag(contact_id, tag.id):
            results[contact_id] = "SUCCESS"
        else:
            results[contact_id] = "DUPLICATE"
    return json_answer({"results": results})


@routes.post(API + "/tags/{tag_id}/contacts:removeTags")
async def remove_tags(request: web.Request) -> web.Response:
    """Take a tag off contacts; contacts that are not there are passed over."""
    tenant = request.app[SANDBOX].tenant
    tag = _tag_of(request)
    for contact_id in await _contact_ids(request):
        if contact_id in tenant.contacts:
            tenant.remove_tag(contact_id, tag.id)
    return web.Response(status=204)


def _tag_of(request: web.Request) -> Tag:
    tag = request.app[SANDBOX].tenant.tags.get(request.match_info["tag_id"])
    if tag is None:
        not_found("Tag")
    return tag


async def _contact_ids(request: web.Request) -> list[str]:
    ids = (await read_object(request)).get("contact_ids")
    if not isinstance(ids, list) or not ids:
        refuse("contact_ids is required")
    return [str(one) for one in ids]
