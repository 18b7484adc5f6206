"""OAuth at Keap: the address to authorise at, and the two requests that give tokens. Pure.

Keap knows the authorisation code and the refresh token, and one scope:
https://developer.infusionsoft.com/getting-started-oauth-keys/
An access token lasts a day. A refresh token lasts 45 days and **works once**: its answer holds the
next one, which has to be kept before anything else is done
(https://community.keap.com/t/86529).
"""

import base64
import re
from dataclasses import dataclass, field
from hmac import compare_digest
from http import HTTPStatus
from typing import Annotated
from urllib.parse import parse_qs, urlencode, urlsplit

from pydantic import Field
from pydantic_core import from_json

from keap_client.answers import AnswerModel, read_json, retry_after
from keap_client.call import Answer
from keap_client.errors import (
    AuthorisationRefused,
    GrantGone,
    KeapBroken,
    KeapRedirected,
    KeapThrottled,
    OAuthClientRefused,
)

AUTHORISE_URL = "https://accounts.infusionsoft.com/app/oauth/authorize"
TOKEN_URL = "https://api.infusionsoft.com/token"  # noqa: S105 - an address

_SUCCESS = 2
_NO_CODE = "there is no code in it"
_OTHER_ATTEMPT = "it does not belong to this attempt"
_CLIENT_WRONG = {"invalid_client", "unauthorized_client"}


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """The application as it is registered at Keap's developer portal."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A form for Keap's token address: neither its body nor its headers may be shown."""

    body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)


class Tokens(AnswerModel):
    """What Keap gives: the token to call with, and the one to get the next two with."""

    access_token: Annotated[str, Field(min_length=1, repr=False)]
    refresh_token: Annotated[str, Field(min_length=1, repr=False)]
    expires_in: Annotated[int, Field(gt=0)]
    """Seconds that the access token lasts."""


def authorisation_url(url: str, client_id: str, redirect_uri: str, state: str) -> str:
    """Give the address at which a Keap user lets the bridge in.

    Args:
        url: Keap's page, :data:`AUTHORISE_URL`.
        client_id: The application's.
        redirect_uri: Where Keap sends the browser afterwards; as it is registered, https.
        state: A text that nobody can guess, which comes back (RFC 6749, section 10.12).
    """
    query = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": "full",
        "state": state,
    }
    return f"{url}?{urlencode(query)}"


def code_in(pasted: str, state: str) -> str:
    """Give the code in what the browser was sent to, or in the code alone.

    Args:
        pasted: The whole address, the part of it after ``?``, or only the code.
        state: As :func:`authorisation_url` was given it.

    Raises:
        AuthorisationRefused: Keap's user said no, the address is of another attempt, or there is
            no code in it.
    """
    text = pasted.strip()
    if re.fullmatch(r"[A-Za-z0-9_-]+", text):
        return text  # who copies the code alone has seen which page it came from
    told = parse_qs(urlsplit(text).query or text.lstrip("?"))
    if error := told.get("error"):
        raise AuthorisationRefused(
            "Keap's user said no" if error[0] == "access_denied" else "Keap said no"
        )
    if "code" not in told:
        raise AuthorisationRefused(_NO_CODE)
    if not compare_digest(told.get("state", [""])[0].encode(), state.encode()):
        raise AuthorisationRefused(_OTHER_ATTEMPT)
    return told["code"][0]


def exchange_code(client: OAuthClient, code: str, redirect_uri: str) -> TokenRequest:
    """Ask for the first tokens. Id and secret stand in the form: Keap wants no header here."""
    return _form(
        {
            "client_id": client.client_id,
            "client_secret": client.client_secret,
            "code": code,
            "grant_type": "authorization_code",
            "redirect_uri": redirect_uri,
        }
    )


def refresh(client: OAuthClient, refresh_token: str) -> TokenRequest:
    """Ask for the next tokens; here Keap wants id and secret in a header."""
    pair = f"{client.client_id}:{client.client_secret}".encode()
    return _form(
        {"grant_type": "refresh_token", "refresh_token": refresh_token},
        Authorization=f"Basic {base64.b64encode(pair).decode()}",
    )


def read_tokens(answer: Answer) -> Tokens:
    """Give the tokens that an answer of the token address holds.

    Raises:
        GrantGone: The code or the refresh token is used, too old, or was withdrawn.
        OAuthClientRefused: Keap does not know the application, or its secret is wrong.
        KeapThrottled, KeapRedirected, KeapBroken: As elsewhere.
    """
    if answer.status // 100 == _SUCCESS:
        return read_json(answer, Tokens)
    if answer.status // 100 == 3:  # noqa: PLR2004 - a redirect
        raise KeapRedirected(answer.status, "")
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise KeapThrottled(retry_after(answer.headers), None)
    # RFC 6749, section 5.2: the word decides. A 5xx is never about the grant.
    word = _error_word(answer.body)
    if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        if word == "invalid_grant":
            raise GrantGone
        if word in _CLIENT_WRONG or answer.status == HTTPStatus.UNAUTHORIZED:
            raise OAuthClientRefused(answer.status)
    raise KeapBroken(answer.status, "it gave no tokens", retry_after(answer.headers))


def _form(pairs: dict[str, str], **headers: str) -> TokenRequest:
    return TokenRequest(
        urlencode(pairs).encode(),
        {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            **headers,
        },
    )


def _error_word(body: bytes) -> str:
    try:
        told = from_json(body)
    except ValueError:
        return ""
    word = told.get("error") if isinstance(told, dict) else None
    return word if isinstance(word, str) else ""
