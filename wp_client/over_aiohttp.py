"""The server's carrier: sends calls over an aiohttp session that somebody else owns."""

import contextlib
import copy
import secrets
import time
from collections.abc import Callable
from typing import Any, Self, TypeVar

import aiohttp
from yarl import URL

from wp_client import carrier
from wp_client.call import Answer, Call, Conversation
from wp_client.errors import WordPressError, WordPressUnreachable

T = TypeVar("T")

BEFORE_SENDING = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
"""Failures after which WordPress cannot have heard of the request."""


class WordPress:
    """A site over aiohttp. Nothing is retried, no redirect followed."""

    def __init__(  # noqa: PLR0913 - each is a part of its surroundings, all but three optional
        self,
        session: aiohttp.ClientSession,
        address: carrier.SiteAddress | str,
        credentials: carrier.Credentials | None,
        *,
        user_agent: str = "keap-wordpress-bridge",
        connect_seconds: float = 10.0,
        total_seconds: float = 60.0,
        watch: Callable[[carrier.Exchange], None] = lambda _exchange: None,
        at: Callable[[str], None] = lambda _point: None,
        clock: Callable[[], float] = time.monotonic,
        throw_away: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        """Take the surroundings.

        Args:
            session: Closed by its owner, who gives it an ``aiohttp.DummyCookieJar``.
            address: Where the site and its REST API are; or the site alone, still to be explored.
            credentials: Go along with signed calls; ``None``: nobody signs in.
            user_agent: Who we say we are.
            connect_seconds: For name, connection and certificate.
            total_seconds: For all of it; 25 new users and their mails take some.
            watch: Told of each exchange once it is over.
            at: Told ``wordpress_request`` right before a request leaves, and ``wordpress_answer``
                right after its answer was read, whatever it says.
            clock: Seconds, for the lengths of exchanges.
            throw_away: Gives values never used before, which keep caches out.
        """
        self._session = session
        unexplored = carrier.SiteAddress.unexplored
        self._address = unexplored(address) if isinstance(address, str) else address
        self._credentials = credentials
        self._user_agent = user_agent
        self._timeout = aiohttp.ClientTimeout(total=total_seconds, sock_connect=connect_seconds)
        self._watch = watch
        self._at = at
        self._clock = clock
        self._throw_away = throw_away

    def at_address(self, address: carrier.SiteAddress) -> Self:
        """The same carrier for another address, as discovery found it."""
        other = copy.copy(self)
        other._address = address  # noqa: SLF001 - a copy of our own
        return other

    async def send(self, call: Call[T]) -> T:
        """Send one call, and give what its answer means.

        Raises:
            WordPressError: Whatever went wrong.
        """
        request = carrier.outgoing(
            call,
            self._address,
            self._credentials,
            user_agent=self._user_agent,
            throw_away=self._throw_away(),
        )
        status: int | None = None
        began = self._clock()
        try:
            self._at("wordpress_request")
            answer = await self._exchange(request)
            self._at("wordpress_answer")
            status = answer.status
        except (aiohttp.ClientError, TimeoutError) as cause:
            # what aiohttp says holds the URL, and that may hold an e-mail address
            raise WordPressUnreachable(
                _reason(cause), sent=not isinstance(cause, BEFORE_SENDING)
            ) from None
        finally:
            seconds = self._clock() - began
            self._watch(carrier.Exchange(call.name, call.method, call.target, status, seconds))
        return carrier.read(call, answer)

    async def converse(self, conversation: Conversation[T]) -> T:
        """Carry a conversation to its end, and give its outcome.

        Raises:
            WordPressError: Whatever the conversation did not answer itself.
        """
        with contextlib.closing(conversation):
            try:
                call: Call[Any] = next(conversation)
                while True:
                    try:
                        result = await self.send(call)
                    except WordPressError as error:
                        call = conversation.throw(error)
                    else:
                        call = conversation.send(result)
            except StopIteration as end:
                outcome: T = end.value
                return outcome

    async def _exchange(self, request: carrier.Outgoing) -> Answer:
        async with self._session.request(
            request.method,
            URL(request.url, encoded=True),
            data=request.body,
            headers=request.headers,
            timeout=self._timeout,
            allow_redirects=False,
            middlewares=(_only_once,),
        ) as response:
            body = bytearray()
            async for chunk in response.content.iter_chunked(carrier.CHUNK):
                body += chunk
                if len(body) > carrier.LARGEST_ANSWER:
                    break
            said = response.headers
            headers = {name.lower(): ", ".join(said.getall(name)) for name in said}
            return Answer(response.status, headers, bytes(body))


async def _only_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from repeating a GET by itself: when to try again is decided elsewhere."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
        raise aiohttp.ClientConnectionError from None


def _reason(cause: Exception) -> str:
    """Why no answer came, in words that hold nothing of the request."""
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return "its name is not known"
    if isinstance(cause, aiohttp.ClientSSLError):
        return "no secure connection can be made with it, look at its certificate"
    if isinstance(cause, TimeoutError):
        return "it takes too long"
    if isinstance(cause, BEFORE_SENDING):
        return "it does not accept connections"
    return "the connection broke off"
