"""What stands before Keap's application: records, credentials, throttling, things gone wrong.

The order is Keap's: who asks is settled before what is asked for, so that an unknown path without
a token is a 401, and everything answered to a known caller tells how many calls are left.
"""

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler

from keap_client.sandbox import problems
from keap_client.sandbox.faults import Fault, FaultKind
from keap_client.sandbox.limits import blank_headers
from keap_client.sandbox.oauth_routes import AUTHORISE, TOKEN
from keap_client.sandbox.problems import Problem, page
from keap_client.sandbox.record import AuthStyle, Request
from keap_client.sandbox.sandbox import API, API_V1, CONTROL, SANDBOX, Sandbox

_BEFORE_ANY_TOKEN = {AUTHORISE, TOKEN}
_CREDENTIALS = {"authorization", "x-keap-api-key"}
_ANSWERED_BY_KEAP_FIRST = {"truncated_json", "cut_off", "slow"}


@web.middleware
async def gateway(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Stand before every request but those to the sandbox's own controls."""
    if request.path.startswith(CONTROL + "/") or request.path in _BEFORE_ANY_TOKEN:
        return await handler(request)
    sandbox = request.app[SANDBOX]
    style, token = _credentials(request)
    entry = await _recorded(request, sandbox, style)
    await asyncio.sleep(sandbox.quirks.latency)
    fault = sandbox.faults.take(entry.method, entry.path)
    if fault is None:
        answer: web.StreamResponse = await _admitted(request, handler, sandbox, token)
    else:
        real = None
        if fault.carried_out or fault.kind in _ANSWERED_BY_KEAP_FIRST:
            real = await _admitted(request, handler, sandbox, token)
        broken = await _gone_wrong(fault, real, request, sandbox)
        if broken is None:
            return web.Response()  # the connection is closed: nobody reads this
        answer = broken
    entry.status = answer.status
    return answer


async def _recorded(request: web.Request, sandbox: Sandbox, style: AuthStyle) -> Request:
    resource = request.match_info.route.resource
    endpoint = None
    if resource is not None:
        endpoint = f"{request.method} {_below_base(resource.canonical)}"
    entry = Request(
        at=sandbox.tenant.clock(),
        method=request.method,
        path=_below_base(request.path),
        query=tuple(request.query.items()),
        query_string=request.rel_url.raw_query_string,
        headers={
            name.lower(): value
            for name, value in request.headers.items()
            if name.lower() not in _CREDENTIALS
        },
        auth=style,
        body=await request.read(),
        endpoint=endpoint,
    )
    sandbox.record.requests.append(entry)
    return entry


async def _admitted(
    request: web.Request, handler: Handler, sandbox: Sandbox, token: str | None
) -> web.Response:
    """Answer as Keap does when nothing is made to go wrong."""
    tenant, quirks = sandbox.tenant, sandbox.quirks
    refusal = _refusal(sandbox, token)
    if refusal is not None:
        refusal.headers.update(blank_headers(tenant.clock()))
        return refusal
    throttle = sandbox.throttle_of(token)
    exceeded = throttle.take(tenant.clock(), quirks.limits)
    if exceeded is not None:
        answer = problems.throttled(quirks.throttled, exceeded, quirks.retry_after)
    elif request.method == "GET" and await request.read():
        answer = page(400, problems.BAD_REQUEST_PAGE)
    else:
        answer = await _application(request, handler)
    answer.headers.update(throttle.headers(tenant.clock(), quirks.limits, tenant.app))
    return answer


async def _application(request: web.Request, handler: Handler) -> web.Response:
    try:
        answer = await handler(request)
    except Problem as problem:
        return problem.answer()
    except web.HTTPNotFound:
        return page(404, problems.NOT_FOUND_PAGE)
    except web.HTTPMethodNotAllowed:
        return Problem(405, "Method Not Allowed", "METHOD_NOT_ALLOWED").answer()
    if not isinstance(answer, web.Response):
        raise TypeError(answer)
    return answer


def _credentials(request: web.Request) -> tuple[AuthStyle, str | None]:
    """Read the token from either header: two of Keap's own pages name different ones."""
    authorization = request.headers.get("Authorization")
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        return ("bearer", token) if scheme.lower() == "bearer" else ("other", None)
    key = request.headers.get("X-Keap-API-Key")
    return ("none", None) if key is None else ("x-keap-api-key", key)


def _refusal(sandbox: Sandbox, token: str | None) -> web.Response | None:
    if token == sandbox.token or token in sandbox.more_tokens:
        return None
    if not token:
        return problems.no_token()
    if (until := sandbox.oauth.access_tokens.get(token)) is not None:
        return None if sandbox.tenant.clock() < until else problems.expired_token()
    return problems.expired_token() if token in sandbox.expired_tokens else problems.invalid_token()


def _below_base(path: str) -> str:
    return path.removeprefix(API + "/").removeprefix(API_V1 + "/")


async def _gone_wrong(
    fault: Fault, real: web.Response | None, request: web.Request, sandbox: Sandbox
) -> web.StreamResponse | None:
    """Give what the caller gets instead of the real answer; ``None``: a closed connection."""
    match fault.kind:
        case "hang_up":
            _close(request)
            return None
        case "never_answer":
            await asyncio.Event().wait()  # until the sandbox stops and cancels it
            return None
        case "slow" if real is not None:
            await asyncio.sleep(fault.seconds)
            return real
        case "truncated_json" if real is not None:
            whole = _bytes(real)
            real.body = whole[: len(whole) // 2]
            return real
        case "cut_off" if real is not None:
            await _send_half(real, request)
            return None
        case _:
            return _answer_to(fault, sandbox)


def _answer_to(fault: Fault, sandbox: Sandbox) -> web.Response:
    now, quirks = sandbox.tenant.clock(), sandbox.quirks
    known = sandbox.throttle.headers(now, quirks.limits, sandbox.tenant.app)
    wait = quirks.retry_after if fault.retry_after is None else fault.retry_after
    pause = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    unknown = blank_headers(now)
    answers: dict[FaultKind, tuple[web.Response, dict[str, str]]] = {
        "invalid_token": (problems.invalid_token(), unknown),
        "expired_token": (problems.expired_token(), unknown),
        "forbidden": (Problem(403, "Permission denied", "PERMISSION_DENIED").answer(), known),
        "not_found": (Problem(404, "Unable to find this Contact", "NOT_FOUND").answer(), known),
        "throttled": (problems.throttled(quirks.throttled, "throttle", wait), known),
        "error_html": (page(500, problems.SERVER_ERROR_PAGE), known),
        "error_json": (Problem(500, "Internal server error", "INTERNAL").answer(), known),
        "bad_gateway": (page(502, problems.BAD_GATEWAY_PAGE), {}),
        "unavailable": (web.Response(status=503), pause),
        "gateway_timeout": (problems.gateway_timeout(), {}),
        "page_instead": (page(200, problems.MAINTENANCE_PAGE), known),
        "redirect": (web.Response(status=302), {"Location": sandbox.url + "/elsewhere"}),
    }
    answer, headers = answers[fault.kind]
    answer.headers.update(headers)
    return answer


def _close(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _send_half(real: web.Response, request: web.Request) -> None:
    """Promise the whole body, send half of it, and close."""
    whole = _bytes(real)
    half = web.StreamResponse(status=real.status, headers=real.headers)
    half.content_length = len(whole)
    await half.prepare(request)
    await half.write(whole[: len(whole) // 2])
    if request.transport is not None:
        request.transport.close()  # unlike abort, it sends what was written


def _bytes(answer: web.Response) -> bytes:
    if not isinstance(answer.body, bytes | bytearray):
        raise TypeError(answer.body)
    return bytes(answer.body)
