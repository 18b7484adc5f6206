"""What both carriers share: credentials, the address of a call, and what is told about it."""

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal, Protocol, TypeVar
from urllib.parse import quote

from keap_client.call import Answer, Call
from keap_client.errors import KeapBroken
from keap_client.quota import Quota

T = TypeVar("T")

LARGEST_ANSWER = 8 * 1024 * 1024
"""Bytes; a page of 1000 contacts with every property is well below."""

CHUNK = 64 * 1024
"""Bytes read at a time."""

TURNED_AWAY = (HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS)
"""Answers of the gateway, behind which nothing of the call was carried out."""

TokenHeader = Literal["bearer", "x-keap-api-key"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """A Personal Access Token, a Service Account Key, or an OAuth access token.

    Keap's own pages disagree about the header, and both work, so that it can be chosen.

    Raises:
        ValueError: The token cannot stand in a header: it is empty, or holds white space or signs
            that are not ASCII, as one that was copied together with something else does.
    """

    token: str = field(repr=False)
    header: TokenHeader = "bearer"

    def __post_init__(self) -> None:
        if not self.token or not all("!" <= sign <= "~" for sign in self.token):
            reason = "Keap's token is empty or holds signs that no token has; copy it afresh."
            raise ValueError(reason)

    def headers(self) -> dict[str, str]:
        """Give the header that shows Keap who calls."""
        if self.header == "x-keap-api-key":
            return {"X-Keap-API-Key": self.token}
        return {"Authorization": f"Bearer {self.token}"}


class CredentialsSource(Protocol):
    """Gives the credentials of each call, where they change while the program runs."""

    async def current(self) -> Credentials:
        """Give what the next call shows.

        Raises:
            KeapError: There are none, and why.
        """

    async def changed_after(self, used: Credentials, answer: Answer) -> bool:
        """Learn from an answer, and say whether the next call shows other credentials than it did.

        Told of every answer. Where Keap has turned the call away (see :data:`TURNED_AWAY`) it is
        then sent once more.

        Raises:
            KeapError: Others are needed, and cannot be had; the text says why.
        """


class OneToken:
    """Always the same credentials."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    async def current(self) -> Credentials:
        """Give them."""
        return self._credentials

    async def changed_after(self, used: Credentials, answer: Answer) -> bool:
        """There are no others."""
        del used, answer
        return False


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call and how it went: for logs, metrics and pacing. Holds nothing about a contact."""

    name: str
    """The call's name, as in ``get_contact``."""
    method: str
    status: int | None
    """``None``: no answer came."""
    seconds: float
    quota: Quota | None


def address_of(base: str, call: Call[Any]) -> str:
    """Give the whole URL of a call, encoded as Keap's official SDK does: commas stay commas."""
    # A trailing slash is answered with 404 since December 2025.
    address = f"{base.rstrip('/')}/{call.path}"
    query = "&".join(f"{quote(name)}={quote(value, safe=',')}" for name, value in call.query)
    return f"{address}?{query}" if query else address


def headers_for(call: Call[Any], credentials: Credentials, user_agent: str) -> dict[str, str]:
    """Give all headers of a call."""
    headers = {"Accept": "application/json", "User-Agent": user_agent, **credentials.headers()}
    if call.body is not None:
        headers["Content-Type"] = "application/json"
    return headers


def body_of(call: Call[Any]) -> bytes | None:
    """Give the body of a call; ``None``, as Keap's gateway refuses a GET with any body at all."""
    return None if call.body is None else json.dumps(call.body).encode()


def exchange(call: Call[Any], answer: Answer | None, seconds: float) -> Exchange:
    """Say how a call went."""
    if answer is None:
        return Exchange(call.name, call.method, None, seconds, None)
    quota = Quota.from_headers(answer.headers)
    return Exchange(call.name, call.method, answer.status, seconds, quota)


def read(call: Call[T], answer: Answer) -> T:
    """Give what the answer means.

    Raises:
        KeapError: The one that the answer stands for; ``KeapBroken`` for one that was too long
            to be read to its end.
    """
    if len(answer.body) > LARGEST_ANSWER:
        raise KeapBroken(answer.status, "it is far too long")
    return call.read(answer)
