"""How another process looks into the sandbox and steers it; no part of Keap.

The sandbox listens on loopback only.
Whatever changes something needs a JSON body or a method that a page in a browser cannot send
elsewhere without being asked first, so a page open on the same machine can do nothing here.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from keap_client.sandbox.contact_routes import contact_of, read_object
from keap_client.sandbox.faults import Fault
from keap_client.sandbox.problems import Problem, refuse
from keap_client.sandbox.quirks import Quirks
from keap_client.sandbox.record import Request
from keap_client.sandbox.sandbox import CONTROL, SANDBOX
from keap_client.sandbox.sender import CONTACT_ID, HttpPostStep, Manner, send_http_post
from keap_client.sandbox.state import Contact, JsonObject, Tenant, as_utc
from keap_client.sandbox.wire import DEFAULT_FIELDS, OPTIONAL_FIELDS, contact_json

routes = web.RouteTableDef()
_Route = Callable[[web.Request], Awaitable[web.Response]]


class _Edit(BaseModel):
    """What a Keap user changes in a contact's record by hand."""

    model_config = ConfigDict(extra="forbid")

    properties: dict[str, Any] = Field(default_factory=dict)
    custom: dict[str, Any] = Field(default_factory=dict)
    """Content by custom field id, label or field name."""
    apply_tags: list[str] = Field(default_factory=list)
    """Ids or names."""
    remove_tags: list[str] = Field(default_factory=list)


class _Send(BaseModel):
    """A step of a campaign to carry out."""

    model_config = ConfigDict(extra="forbid")

    url: str
    pairs: list[tuple[str, str]] = Field(default_factory=lambda: [CONTACT_ID])
    contact: str | None = None
    manner: Manner = Field(default_factory=Manner)


class _Event(BaseModel):
    """What happened to contacts, for those who have a hook for it."""

    model_config = ConfigDict(extra="forbid")

    event_key: str
    contacts: list[str]
    tag: str = "91"


class _OAuthChange(BaseModel):
    """What happens to what was given to the application."""

    model_config = ConfigDict(extra="forbid")

    expire: bool = False
    withdraw: bool = False


def _said_plainly(route: _Route) -> _Route:
    """Answer 400 or 404 with a sentence for what a caller of the controls got wrong."""

    async def answered(request: web.Request) -> web.Response:
        try:
            return await route(request)
        except Problem as problem:
            return problem.answer()
        except ValidationError as error:
            found = error.errors(include_input=False, include_url=False, include_context=False)
            return web.json_response({"errors": found}, status=400)
        except KeyError as error:
            missing = f"There is no {error.args[0]} in this sandbox"
            return Problem(404, missing, "NOT_FOUND").answer()

    return answered


@routes.get(CONTROL + "/contacts")
@_said_plainly
async def show_contacts(request: web.Request) -> web.Response:
    """Show every contact with everything in it."""
    tenant = request.app[SANDBOX].tenant
    return web.json_response(
        {"contacts": [_shown(one, tenant) for one in tenant.contacts.values()]}
    )


@routes.get(CONTROL + "/contacts/{contact_id}")
@_said_plainly
async def show_contact(request: web.Request) -> web.Response:
    """Show one contact with everything in it."""
    return web.json_response(_shown(contact_of(request), request.app[SANDBOX].tenant))


@routes.post(CONTROL + "/contacts")
@_said_plainly
async def add_contact(request: web.Request) -> web.Response:
    """Make a contact; the body has the arguments of :meth:`Tenant.add_contact`."""
    tenant = request.app[SANDBOX].tenant
    made = tenant.add_contact(**await read_object(request))
    return web.json_response(_shown(made, tenant), status=201)


@routes.patch(CONTROL + "/contacts/{contact_id}")
@_said_plainly
async def edit_contact(request: web.Request) -> web.Response:
    """Change a contact as a Keap user would, without the API's rules."""
    tenant, contact = request.app[SANDBOX].tenant, contact_of(request)
    edit = _Edit.model_validate(await read_object(request))
    contact.properties |= edit.properties
    for key, content in edit.custom.items():
        tenant.set_custom(contact.id, key, content)
    for name in edit.apply_tags:
        tenant.apply_tag(contact.id, tenant.find_tag(name).id)
    for name in edit.remove_tags:
        tenant.remove_tag(contact.id, tenant.find_tag(name).id)
    contact.updated = tenant.clock()
    return web.json_response(_shown(contact, tenant))


@routes.get(CONTROL + "/record")
@_said_plainly
async def show_record(request: web.Request) -> web.Response:
    """Show every request since the start, oldest first, and their number by endpoint."""
    record = request.app[SANDBOX].record
    shown = {"requests": [_request_shown(one) for one in record.requests]}
    return web.json_response({**shown, "counts": record.counts()})


@routes.delete(CONTROL + "/record")
@_said_plainly
async def clear_record(request: web.Request) -> web.Response:
    """Forget the requests so far."""
    request.app[SANDBOX].record.clear()
    return web.Response(status=204)


@routes.get(CONTROL + "/quirks")
@_said_plainly
async def show_quirks(request: web.Request) -> web.Response:
    """Show how the sandbox behaves."""
    return web.json_response(asdict(request.app[SANDBOX].quirks))


@routes.patch(CONTROL + "/quirks")
@_said_plainly
async def change_quirks(request: web.Request) -> web.Response:
    """Change some switches and leave the others."""
    sandbox = request.app[SANDBOX]
    now = asdict(sandbox.quirks)
    wanted = await read_object(request)
    if "limits" in wanted:
        wanted["limits"] = now["limits"] | _known(wanted["limits"], now["limits"])
    sandbox.quirks = TypeAdapter(Quirks).validate_python(now | _known(wanted, now))
    return web.json_response(asdict(sandbox.quirks))


@routes.post(CONTROL + "/faults")
@_said_plainly
async def add_fault(request: web.Request) -> web.Response:
    """Let something go wrong; the body has the fields of :class:`Fault`."""
    wanted = _known(await read_object(request), Fault.__dataclass_fields__)
    request.app[SANDBOX].faults.add(TypeAdapter(Fault).validate_python(wanted))
    return web.Response(status=204)


@routes.delete(CONTROL + "/faults")
@_said_plainly
async def clear_faults(request: web.Request) -> web.Response:
    """Let nothing more go wrong."""
    request.app[SANDBOX].faults.clear()
    return web.Response(status=204)


@routes.post(CONTROL + "/send")
@_said_plainly
async def send(request: web.Request) -> web.Response:
    """Send an HTTP Post as a campaign would, and tell what was answered to each attempt."""
    tenant = request.app[SANDBOX].tenant
    wanted = _Send.model_validate(await read_object(request))
    contact = None if wanted.contact is None else tenant.contacts[wanted.contact]
    step = HttpPostStep(wanted.url, tuple(wanted.pairs))
    attempts = await send_http_post(step, contact, tenant, wanted.manner)
    return web.json_response({"attempts": [asdict(attempt) for attempt in attempts]})


@routes.post(CONTROL + "/hooks")
@_said_plainly
async def deliver_hooks(request: web.Request) -> web.Response:
    """Let an event happen to contacts, and tell what each delivery of it was answered."""
    sandbox = request.app[SANDBOX]
    event = _Event.model_validate(await read_object(request))
    now = sandbox.tenant.clock()
    answered = await sandbox.hooks.deliver(event.event_key, event.contacts, now, tag=event.tag)
    return web.json_response({"attempts": answered})


@routes.post(CONTROL + "/oauth")
@_said_plainly
async def change_oauth(request: web.Request) -> web.Response:
    """Let access tokens run out, or Keap's user take the application's rights away."""
    oauth = request.app[SANDBOX].oauth
    wanted = _OAuthChange.model_validate(await read_object(request))
    if wanted.expire:
        oauth.expire()
    if wanted.withdraw:
        oauth.withdraw()
    return web.Response(status=204)


def _shown(contact: Contact, tenant: Tenant) -> JsonObject:
    whole = contact_json(contact, tenant, DEFAULT_FIELDS + OPTIONAL_FIELDS, Quirks())
    labels = {field_id: defined.label for field_id, defined in tenant.custom_fields.items()}
    return {
        **whole,
        "custom": {labels[field_id]: content for field_id, content in contact.custom.items()},
        "tag_names": [tenant.tags[tag_id].name for tag_id in contact.tags],
    }


def _request_shown(request: Request) -> JsonObject:
    return {
        **asdict(request),
        "at": as_utc(request.at),
        "body": request.body.decode(errors="replace"),
    }


def _known(wanted: Any, names: Any) -> JsonObject:
    """Refuse keys that mean nothing: a misspelt switch must not pass for a set one."""
    if not isinstance(wanted, dict):
        refuse("A JSON object is needed")
    for key in wanted:
        if key not in names:
            raise KeyError(key)
    return wanted
