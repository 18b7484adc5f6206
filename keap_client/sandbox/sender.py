"""Keap's side of the HTTP Post: what a campaign sends to a URL, and how it goes about it.

Keap documents little more than "names and values to a URL"; what else is switched here was seen
by those who receive such Posts.
Unlike Keap, which posts to ports 80 and 443 only, it posts to any.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, quote_plus

import aiohttp

from keap_client.sandbox.merge import merged, whole_record
from keap_client.sandbox.state import Contact, Tenant

CONTACT_ID: tuple[str, str] = ("contactId", "~Contact.Id~")
"""The pair that the templates start with."""


@dataclass(frozen=True, slots=True)
class HttpPostStep:
    """One "Send HTTP Post" step of a campaign, as it was set up there."""

    url: str
    pairs: tuple[tuple[str, str], ...] = field(default=(CONTACT_ID,), repr=False)
    """Names and values in the order set up; the values may hold merge fields."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a Post is sent; the defaults are the plain case."""

    merge: bool = True
    """``False`` sends ``~Contact.Id~`` as it stands, as a trial run of the editor would."""
    whole_record: bool = False
    """Send the contact's whole record behind the pairs, as legacy action sets do."""
    encoding: Literal["urlencoded", "multipart"] = "urlencoded"
    charset: str = "utf-8"
    """Of the names and values; what it cannot write becomes a question mark."""
    declare_charset: bool = False
    """Whether the Content-Type names the charset."""
    space: Literal["+", "%20"] = "+"
    attempts: int = 3
    """Sent again until it is answered with 200, this often at most."""
    gap: float = 0.05
    """Seconds between two attempts."""
    hang_up_after: float | None = None
    """Seconds after which an attempt is given up, answered or not."""
    parallel: int = 1
    """How many times the same Post is sent at the same moment."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one sending of a Post met."""

    status: int | None
    """``None``: nothing answered in time."""
    body: str
    error: str = ""
    """The kind of the failure, where nothing answered."""
    headers: dict[str, str] = field(default_factory=dict)
    """Names in lower case."""


async def send_http_post(
    step: HttpPostStep,
    contact: Contact | None,
    tenant: Tenant,
    manner: Manner | None = None,
) -> list[Attempt]:
    """Carry out one step of a campaign for a contact.

    Redirects are not followed: nothing says that Keap does.

    Returns:
        Every attempt in the order sent; those of parallel Posts one Post after the other.
    """
    how = manner or Manner()
    pairs = posted_pairs(step, contact, tenant, how)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        posts = [_until_200(session, step.url, pairs, how) for _ in range(how.parallel)]
        return [attempt for attempts in await asyncio.gather(*posts) for attempt in attempts]


def posted_pairs(
    step: HttpPostStep, contact: Contact | None, tenant: Tenant, manner: Manner
) -> list[tuple[str, str]]:
    """Give the names and values as they are sent, merge fields filled in."""
    pairs = [
        (name, merged(value, contact, tenant) if manner.merge else value)
        for name, value in step.pairs
    ]
    if manner.whole_record and contact is not None:
        pairs += whole_record(contact, tenant).items()
    return pairs


def urlencoded(pairs: Sequence[tuple[str, str]], manner: Manner) -> bytes:
    """Give the body of a form."""
    escape = quote_plus if manner.space == "+" else quote
    return "&".join(
        "=".join(escape(text, safe="", encoding=manner.charset, errors="replace") for text in pair)
        for pair in pairs
    ).encode("ascii")


async def _until_200(
    session: aiohttp.ClientSession, url: str, pairs: Sequence[tuple[str, str]], manner: Manner
) -> list[Attempt]:
    attempts: list[Attempt] = []
    while len(attempts) < manner.attempts:
        if attempts:
            await asyncio.sleep(manner.gap)
        attempts.append(await _once(session, url, pairs, manner))
        if attempts[-1].status == 200:  # noqa: PLR2004 - the only status that Keap takes as done
            break
    return attempts


async def _once(
    session: aiohttp.ClientSession, url: str, pairs: Sequence[tuple[str, str]], manner: Manner
) -> Attempt:
    body, content_type = _body(pairs, manner)
    headers = {} if content_type is None else {"Content-Type": content_type}
    timeout = aiohttp.ClientTimeout(total=manner.hang_up_after)
    try:
        async with session.post(
            url, data=body, headers=headers, timeout=timeout, allow_redirects=False
        ) as answer:
            text = await answer.text(errors="replace")
            answered = {name.lower(): value for name, value in answer.headers.items()}
            return Attempt(answer.status, text, headers=answered)
    except (aiohttp.ClientError, TimeoutError) as error:
        return Attempt(None, "", type(error).__name__)


def _body(
    pairs: Sequence[tuple[str, str]], manner: Manner
) -> tuple[bytes | aiohttp.MultipartWriter, str | None]:
    if manner.encoding == "multipart":
        return _multipart(pairs, manner), None  # aiohttp writes the boundary into the header
    content_type = "application/x-www-form-urlencoded"
    if manner.declare_charset:
        content_type += f"; charset={manner.charset}"
    return urlencoded(pairs, manner), content_type


def _multipart(pairs: Sequence[tuple[str, str]], manner: Manner) -> aiohttp.MultipartWriter:
    writer = aiohttp.MultipartWriter("form-data")
    for name, value in pairs:
        content_type = f"text/plain; charset={manner.charset}"
        headers = {"Content-Type": content_type} if manner.declare_charset else {}
        part = writer.append(value.encode(manner.charset, "replace"), headers)
        if not manner.declare_charset:
            part.headers.pop("Content-Type", None)
        part.set_content_disposition("form-data", name=name)
    return writer
