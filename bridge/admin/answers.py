"""What every answer of the page has, and what people see where there is none."""

from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bridge.admin.rendering import Rendering
from bridge.store.errors import StoreError

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self';"
    " img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

SENTENCES = {
    HTTPStatus.NOT_FOUND: "There is no such page.",
    HTTPStatus.BAD_REQUEST: "The form says not what is meant.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The form is too large.",
}


@web.middleware
async def protect(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell the browser to load nothing from elsewhere, to be framed by nobody, to keep nothing."""
    try:
        answer = await handler(request)
    except web.HTTPException as redirection:
        redirection.headers.update(SECURITY_HEADERS)
        raise
    for name, value in SECURITY_HEADERS.items():
        answer.headers.setdefault(name, value)
    return answer


def explaining(rendering: Rendering) -> Middleware:
    """Give the middleware that turns errors into pages: never a stack trace."""

    @web.middleware
    async def explain(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as refusal:
            if refusal.status < HTTPStatus.BAD_REQUEST:
                raise
            status = HTTPStatus(refusal.status)
            sentence = SENTENCES.get(status, f"This cannot be done ({status.phrase}).")
        except StoreError as error:
            status, sentence = HTTPStatus.SERVICE_UNAVAILABLE, str(error)
        except Exception:  # noqa: BLE001 - a bug is logged, and shown without its words
            structlog.get_logger().exception("page_fault", path=request.path)
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            sentence = (
                "The page met an error of its own; the bridge itself goes on. Its log says more."
            )
        return rendering.of(request, "refused.html", status=status, sentence=sentence)

    return explain
