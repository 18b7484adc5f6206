"""Answers that are not what the caller asked for: the application's, the gateway's, and pages.

Two parties answer under one address: Keap's application and the Apigee gateway before it,
each with an envelope of its own; some answers are HTML.
"""

from dataclasses import dataclass, field
from typing import Literal, NoReturn

from aiohttp import web

from keap_client.sandbox.state import JsonObject

NOT_FOUND_PAGE = (
    "<!DOCTYPE html><html><head><title>Keap - Page Not Found</title></head>"
    "<body><h1>Page Not Found</h1></body></html>"
)
BAD_REQUEST_PAGE = (
    "<!DOCTYPE html><html><head><title>Error: Bad Request</title></head>"
    "<body><h1>Error: Bad Request</h1><p>Your client has issued a malformed or illegal request."
    "</p></body></html>"
)
SERVER_ERROR_PAGE = (
    "<html><head><title>500 Server Error</title></head>"
    "<body><h1>Error: Server Error</h1></body></html>"
)
BAD_GATEWAY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body>502</body></html>"
MAINTENANCE_PAGE = "<html><body><h1>We'll be right back</h1></body></html>"


@dataclass(eq=False, slots=True)
class Problem(Exception):
    """The application says no, in its own envelope."""

    code: int
    message: str
    status: str
    details: list[JsonObject] = field(default_factory=list)

    def answer(self) -> web.Response:
        """Give the answer that says so."""
        body = {
            "code": self.code,
            "message": self.message,
            "status": self.status,
            "details": self.details,
        }
        return json_answer(body, status=self.code)


def refuse(message: str) -> NoReturn:
    """What was asked for makes no sense to Keap."""
    raise Problem(400, message, "INVALID_ARGUMENT")


def not_found(record: str) -> NoReturn:
    """There is no record of that id; ``record`` is what the message calls it."""
    details = [{"domain": "core", "resource": record.lower()}]
    raise Problem(404, f"Unable to find this {record}", "NOT_FOUND", details)


def fall_over(message: str) -> NoReturn:
    """Keap breaks over what was sent."""
    raise Problem(500, message, "INTERNAL")


def json_answer(body: JsonObject, *, status: int = 200) -> web.Response:
    """Give a JSON answer with the media type that Keap sends."""
    answer = web.json_response(body, status=status)
    answer.headers["Content-Type"] = "application/json;charset=UTF-8"
    return answer


def page(status: int, html: str) -> web.Response:
    """Give an HTML page where JSON was hoped for."""
    return web.Response(status=status, text=html, content_type="text/html")


def gateway_fault(status: int, text: str, code: str) -> web.Response:
    """Give the gateway's envelope."""
    answer = web.json_response(
        {"fault": {"faultstring": text, "detail": {"errorcode": code}}}, status=status
    )
    answer.headers["Content-Type"] = "application/json"
    return answer


def no_token() -> web.Response:
    """The caller sent no token, or one in a form that the gateway does not know."""
    return gateway_fault(401, "Invalid access token", "oauth.v2.InvalidAccessToken")


def invalid_token() -> web.Response:
    """The caller's token is none, or was revoked."""
    code = "keymanagement.service.invalid_access_token"
    return gateway_fault(401, "Invalid Access Token", code)


def expired_token() -> web.Response:
    """The caller's token was good once."""
    code = "keymanagement.service.access_token_expired"
    return gateway_fault(401, "Access Token expired", code)


def gateway_timeout() -> web.Response:
    """The gateway waited for the application in vain."""
    code = "messaging.adaptors.http.flow.GatewayTimeout"
    return gateway_fault(504, "Gateway Timeout", code)


def throttled(
    form: Literal["quota", "fault", "application"], exceeded: str, retry_after: int | None
) -> web.Response:
    """Give a 429 in one of its three forms; ``exceeded`` is ``spike``, ``throttle``, ``quota``."""
    match form:
        case "quota":  # seen by integrators: the code is a string, the details are null
            answer = json_answer(
                {
                    "code": "429",
                    "message": "Quota Exceeded",
                    "status": "Request Throttled",
                    "details": None,
                },
                status=429,
            )
        case "fault":
            policy = "SpikeArrestViolation" if exceeded == "spike" else "QuotaViolation"
            answer = gateway_fault(429, "Rate limit violation", f"policies.ratelimit.{policy}")
        case "application":
            answer = Problem(429, "Too many requests", "RESOURCE_EXHAUSTED").answer()
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return answer
