"""REST v1's hooks: subscribe, list, verify, remove. v2 has none."""

from aiohttp import web

from keap_client.sandbox.contact_routes import read_object
from keap_client.sandbox.hooks import EVENT_KEYS, Hook
from keap_client.sandbox.problems import json_answer
from keap_client.sandbox.sandbox import API_V1, SANDBOX

routes = web.RouteTableDef()


@routes.get(API_V1 + "/hooks")
async def list_hooks(request: web.Request) -> web.Response:
    """Answer with all hooks: a list, unlike the rest of the API."""
    return web.json_response([hook.as_json() for hook in _hooks(request).values()])


@routes.get(API_V1 + "/hooks/event_keys")
async def list_event_keys(request: web.Request) -> web.Response:
    """Answer with the names of all events."""
    del request
    return web.json_response(list(EVENT_KEYS))


@routes.post(API_V1 + "/hooks")
async def make_hook(request: web.Request) -> web.Response:
    """Make a hook; the handshake comes before the answer."""
    wanted = await read_object(request)
    event_key, url = str(wanted.get("eventKey", "")), str(wanted.get("hookUrl", ""))
    if event_key not in EVENT_KEYS:
        return _said(400, "Invalid event key")
    if not url.startswith(("https://", "http://127.0.0.1:")):
        return _said(400, "hookUrl must be https")
    return json_answer((await request.app[SANDBOX].hooks.subscribe(event_key, url)).as_json())


@routes.post(API_V1 + "/hooks/{key}/verify")
async def verify(request: web.Request) -> web.Response:
    """Shake hands again, which also wakes a hook that was given up."""
    hook = _hook(request)
    if hook is None:
        return _missing()
    await request.app[SANDBOX].hooks.shake_hands(hook)
    return json_answer(hook.as_json())


@routes.delete(API_V1 + "/hooks/{key}")
async def remove(request: web.Request) -> web.Response:
    """Take a hook away."""
    hook = _hook(request)
    if hook is None:
        return _missing()
    del _hooks(request)[hook.key]
    return web.Response(status=204)


def _hooks(request: web.Request) -> dict[str, Hook]:
    return request.app[SANDBOX].hooks.hooks


def _hook(request: web.Request) -> Hook | None:
    return _hooks(request).get(request.match_info["key"])


def _missing() -> web.Response:
    return _said(404, "Unable to find this Hook")


def _said(status: int, message: str) -> web.Response:
    # v1's own envelope has nothing else in it.
    return json_answer({"message": message}, status=status)
