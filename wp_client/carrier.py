"""What both carriers share: how a call becomes an HTTP request, and what is told about it."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar
from urllib.parse import quote, urlencode

from wp_client.call import Answer, Call
from wp_client.errors import NotWordPress

T = TypeVar("T")

LARGEST_ANSWER = 8 * 1024 * 1024
"""Bytes; WordPress's longest answers to us stay below one tenth of it."""

CHUNK = 64 * 1024
"""Bytes read at a time."""

PLAIN = "?rest_route="


@dataclass(frozen=True, slots=True)
class SiteAddress:
    """Where a site is, and where its REST API begins."""

    site: str
    """Where WordPress's own pages are, without a slash at the end: ``https://example.com/blog``."""
    rest: str
    """``https://example.com/blog/wp-json``, or one that ends in ``/?rest_route=``."""

    @classmethod
    def unexplored(cls, url: str) -> "SiteAddress":
        """The address of a site whose REST API nobody has looked for yet.

        ``?rest_route=`` works on nearly every site, with pretty permalinks too.
        https://developer.wordpress.org/rest-api/key-concepts/#routes-endpoints
        """
        site = url.rstrip("/")
        return cls(site, f"{site}/{PLAIN}")


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account and its application password.

    https://developer.wordpress.org/advanced-administration/security/application-passwords/
    """

    user: str = field(repr=False)
    application_password: str = field(repr=False)

    def header(self) -> str:
        """The value of ``Authorization``: HTTP Basic in UTF-8 (RFC 7617)."""
        pair = f"{self.user}:{self.application_password}".encode()
        return f"Basic {base64.b64encode(pair).decode('ascii')}"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that is over, for metrics and logs: nothing in it is personal."""

    name: str
    method: str
    target: Literal["rest", "site"]
    status: int | None
    """``None``: no answer came."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A call as an HTTP request, ready to be sent."""

    method: str
    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)


def outgoing(
    call: Call[Any],
    address: SiteAddress,
    credentials: Credentials | None,
    *,
    user_agent: str,
    throw_away: str,
) -> Outgoing:
    """The HTTP request of a call.

    Args:
        call: What to ask.
        address: Of whom.
        credentials: Go along with signed calls.
        user_agent: Who we say we are.
        throw_away: A value never used before. It goes into the query of a GET, since some caches in
            front of WordPress look at neither ``Authorization`` nor ``Cache-Control``.
    """
    query = call.query
    if call.method == "GET":
        query = (*query, ("keap_bridge_fresh", throw_away))
    headers = {"Accept": "application/json", "User-Agent": user_agent}
    if call.signed and credentials:
        headers["Authorization"] = credentials.header()
    body: bytes | None = None
    if call.form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(call.form).encode("ascii")
    elif call.xml is not None:
        headers["Content-Type"] = "text/xml"
        body = call.xml
    elif call.body is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(call.body).encode("ascii")
    return Outgoing(call.method, _url(call, address, query), headers, body)


def read(call: Call[T], answer: Answer) -> T:
    """What an answer means, unless it was cut off for its length.

    Raises:
        WordPressError: The answer is not what was promised.
    """
    if len(answer.body) > LARGEST_ANSWER:
        raise NotWordPress(status=answer.status, found="an answer without end")
    return call.read(answer)


def _url(call: Call[Any], address: SiteAddress, query: tuple[tuple[str, str], ...]) -> str:
    """The whole address; ``quote`` because WordPress reads a ``+`` as a blank."""
    said = urlencode(query, quote_via=quote)
    if call.target == "rest" and address.rest.endswith(PLAIN):
        return f"{address.rest}{quote(f'/{call.path}')}" + (f"&{said}" if said else "")
    base = address.rest if call.target == "rest" else address.site
    return f"{base}/{quote(call.path)}" + (f"?{said}" if said else "")
