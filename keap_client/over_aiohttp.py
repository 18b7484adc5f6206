"""The server's carrier: sends calls over an aiohttp session that somebody else owns."""

import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
from yarl import URL

from keap_client import carrier
from keap_client.call import Answer, Call, Conversation
from keap_client.errors import KeapError, KeapUnreachable
from keap_client.oauth import TokenRequest, Tokens, read_tokens

if TYPE_CHECKING:
    from keap_client.quota import Quota

T = TypeVar("T")


async def _at_once() -> None:
    """Wait for nothing."""


class Keap:
    """Keap's API over aiohttp. Nothing is retried, no redirect followed, no proxy asked."""

    def __init__(  # noqa: PLR0913 - each is a part of its surroundings, all but three optional
        self,
        session: aiohttp.ClientSession,
        url: str,
        credentials: carrier.Credentials | carrier.CredentialsSource,
        *,
        user_agent: str = "keap-wordpress-bridge",
        connect_seconds: float = 10.0,
        total_seconds: float = 60.0,
        pace: Callable[[], Awaitable[None]] = _at_once,
        watch: Callable[[carrier.Exchange], None] = lambda _exchange: None,
        at: Callable[[str], None] = lambda _point: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the surroundings.

        Args:
            session: Closed by its owner.
            url: As in ``https://api.infusionsoft.com/crm/rest/v2``.
            credentials: Shown to Keap with every call; or where they come from, if they change.
            user_agent: Who we say we are.
            connect_seconds: For name, connection and certificate.
            total_seconds: For all of it; some of Keap's answers take most of a minute.
            pace: Awaited before each call, which waits as long as it does.
            watch: Told of each exchange once it is over.
            at: Told ``keap_request`` right before a request leaves, and ``keap_answer`` right
                after its answer was read, whatever it says.
            clock: Seconds, for the lengths of exchanges.
        """
        self._session = session
        self._url = url
        self._credentials = (
            carrier.OneToken(credentials)
            if isinstance(credentials, carrier.Credentials)
            else credentials
        )
        self._user_agent = user_agent
        self._timeout = aiohttp.ClientTimeout(total=total_seconds, sock_connect=connect_seconds)
        self._pace = pace
        self._watch = watch
        self._at = at
        self._clock = clock
        self.quota: Quota | None = None
        """As the last answer that told it left it."""

    async def turn(self) -> None:
        """Wait until a call may leave, for who decides only then what to ask."""
        await self._pace()

    async def send(self, call: Call[T], *, has_turn: bool = False) -> T:
        """Send one call, and give what its answer means.

        Args:
            call: What to ask.
            has_turn: Whether :meth:`turn` was awaited for it already.

        Raises:
            KeapError: Whatever went wrong.
        """
        if not has_turn:
            await self._pace()
        answer, changed = await self._answer_to(call)
        if changed and answer.status in carrier.TURNED_AWAY:
            # No retry of what may have been done: Keap's gateway did not let the call through.
            await self._pace()
            answer, _ = await self._answer_to(call)
        return carrier.read(call, answer)

    async def _answer_to(self, call: Call[Any]) -> tuple[Answer, bool]:
        """Give the answer, and whether the next call shows other credentials."""
        credentials = await self._credentials.current()
        self._at("keap_request")
        began = self._clock()
        try:
            answer = await self._exchange(call, credentials)
        except (aiohttp.ClientError, TimeoutError) as cause:
            self._watch(carrier.exchange(call, None, self._clock() - began))
            # Its own words hold the URL, and that may hold an e-mail address.
            raise KeapUnreachable(_reason(cause)) from None
        self._at("keap_answer")
        exchange = carrier.exchange(call, answer, self._clock() - began)
        self.quota = exchange.quota or self.quota
        self._watch(exchange)
        changed = await self._credentials.changed_after(credentials, answer)
        if changed:
            self.quota = None  # which was the other token's
        return answer, changed

    async def converse(self, conversation: Conversation[T], *, has_turn: bool = False) -> T:
        """Carry a conversation to its end, and give its outcome.

        Args:
            conversation: What to ask.
            has_turn: Whether :meth:`turn` was awaited for its first call already.
        """
        with contextlib.closing(conversation):
            try:
                call: Call[Any] = next(conversation)
                while True:
                    try:
                        result = await self.send(call, has_turn=has_turn)
                    except KeapError as error:
                        call = conversation.throw(error)
                    else:
                        call = conversation.send(result)
                    finally:
                        has_turn = False
            except StopIteration as end:
                outcome: T = end.value
                return outcome

    async def _exchange(self, call: Call[Any], credentials: carrier.Credentials) -> Answer:
        async with self._session.request(
            call.method,
            # As it is: left to itself aiohttp would undo some of the escapes.
            URL(carrier.address_of(self._url, call), encoded=True),
            headers=carrier.headers_for(call, credentials, self._user_agent),
            data=carrier.body_of(call),
            timeout=self._timeout,
            allow_redirects=False,
            middlewares=(_only_once,),
        ) as response:
            return await _read(response)


async def _read(response: aiohttp.ClientResponse) -> Answer:
    body = bytearray()
    async for chunk in response.content.iter_chunked(carrier.CHUNK):
        body += chunk
        if len(body) > carrier.LARGEST_ANSWER:
            break
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status, headers, bytes(body))


async def ask_for_tokens(
    session: aiohttp.ClientSession,
    url: str,
    request: TokenRequest,
    *,
    total_seconds: float = 60.0,
) -> Tokens:
    """Send a request to Keap's token address, and give the tokens.

    Raises:
        KeapError: Whatever went wrong. After ``KeapUnreachable`` nobody knows whether Keap has
            given tokens away.
    """
    try:
        async with session.post(
            URL(url),
            data=request.body,
            headers=request.headers,
            timeout=aiohttp.ClientTimeout(total=total_seconds),
            allow_redirects=False,
            middlewares=(_only_once,),
        ) as response:
            answer = await _read(response)
    except (aiohttp.ClientError, TimeoutError) as cause:
        raise KeapUnreachable(_reason(cause)) from None
    return read_tokens(answer)


async def _only_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    # Left to itself aiohttp asks again for a GET whose connection broke. That call would be
    # neither paced nor counted, and when to try again is decided elsewhere.
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
        raise aiohttp.ClientConnectionError from None


def _reason(cause: Exception) -> str:
    match cause:
        case TimeoutError():
            return "it did not answer in time"
        case aiohttp.ClientConnectorDNSError():
            return "its host name could not be looked up"
        case aiohttp.ClientSSLError():
            return "no secure connection could be made: look at the certificate of its address"
        case aiohttp.ClientConnectorError():
            return "no connection could be made"
        case _:
            return "the connection broke off"
