"""Keap's page that asks its user, and the address that gives tokens.

Both stand outside the gateway: nobody has a token yet.
"""

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import urlencode

from aiohttp import web

from keap_client.sandbox.sandbox import SANDBOX, Sandbox

AUTHORISE = "/app/oauth/authorize"
TOKEN = "/token"  # noqa: S105 - a path

routes = web.RouteTableDef()


@routes.get(AUTHORISE)
async def authorise(request: web.Request) -> web.Response:
    """Answer as when the user is signed in and has pressed *Allow*: back to the application."""
    oauth, asked = request.app[SANDBOX].oauth, request.query
    redirect_uri = asked.get("redirect_uri", "")
    registered = not oauth.redirect_uris or redirect_uri in oauth.redirect_uris
    if asked.get("client_id") != oauth.client_id or not redirect_uri or not registered:
        # Never back to an address that is not the application's (RFC 6749, section 4.1.2.1).
        return web.Response(status=400, text="Invalid client or redirect_uri")
    back = {"state": asked["state"]} if "state" in asked else {}
    if asked.get("response_type") != "code" or asked.get("scope", "full") != "full":
        back["error"] = "invalid_request"
    elif oauth.says_no:
        back["error"] = "access_denied"
    else:
        back["code"] = oauth.code_for(redirect_uri)
    joint = "&" if "?" in redirect_uri else "?"
    return web.Response(status=302, headers={"Location": f"{redirect_uri}{joint}{urlencode(back)}"})


@routes.post(TOKEN)
async def token(request: web.Request) -> web.Response:
    """Give tokens for a code or for a refresh token."""
    sandbox = request.app[SANDBOX]
    if request.content_type != "application/x-www-form-urlencoded":
        # As it was seen to answer JSON.
        said = "response_type or grant_type is required"
        return _refusal("invalid_request", said)
    form = {name: str(value) for name, value in (await request.post()).items()}
    match form.get("grant_type"):
        case "authorization_code":
            return _for_code(sandbox, form, authorization="Authorization" in request.headers)
        case "refresh_token":
            known = _basic(request.headers.get("Authorization", ""))
            return _for_refresh_token(sandbox, form, known)
        case None:
            return _refusal("invalid_request", "response_type or grant_type is required")
        case _:
            return _refusal("unsupported_grant_type", "")


def _for_code(sandbox: Sandbox, form: Mapping[str, str], *, authorization: bool) -> web.Response:
    oauth = sandbox.oauth
    client = (form.get("client_id"), form.get("client_secret"))
    # An SDK notes that Keap dislikes the header here.
    if authorization or client != (oauth.client_id, oauth.client_secret):
        return _refusal("invalid_client", "", status=401)
    if not oauth.take_code(form.get("code", ""), form.get("redirect_uri", "")):
        return _refusal("invalid_grant", "Invalid Authorization Code")
    return _tokens(sandbox)


def _for_refresh_token(
    sandbox: Sandbox, form: Mapping[str, str], known: tuple[str, str] | None
) -> web.Response:
    oauth = sandbox.oauth
    if known != (oauth.client_id, oauth.client_secret):
        return _refusal("invalid_client", "", status=401)
    if not oauth.take_refresh_token(form.get("refresh_token", ""), sandbox.tenant.clock()):
        return _refusal("invalid_grant", "Invalid refresh token")
    return _tokens(sandbox)


def _tokens(sandbox: Sandbox) -> web.Response:
    return web.json_response(sandbox.oauth.issue(sandbox.tenant.clock(), sandbox.tenant.app))


def _refusal(error: str, said: str, *, status: int = 400) -> web.Response:
    return web.json_response({"error": error, "error_description": said}, status=status)


def _basic(header: str) -> tuple[str, str] | None:
    kind, _, pair = header.partition(" ")
    try:
        client_id, colon, secret = base64.b64decode(pair, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (client_id, secret) if kind.lower() == "basic" and colon else None
