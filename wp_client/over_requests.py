"""The command line's carrier: the same calls over requests, one after the other."""

import contextlib
import copy
import secrets
import time
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Self, TypeVar

import requests

from wp_client import carrier
from wp_client.call import Answer, Call, Conversation
from wp_client.errors import WordPressError, WordPressUnreachable

T = TypeVar("T")


class WordPress:
    """A site over requests. Nothing is retried, no redirect followed, no cookie kept."""

    def __init__(  # noqa: PLR0913 - each is a part of its surroundings, all but two optional
        self,
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
        """Take the surroundings; they are those of :class:`wp_client.over_aiohttp.WordPress`."""
        self._session = requests.Session()
        # a .netrc entry for the host would replace our Authorization header
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        unexplored = carrier.SiteAddress.unexplored
        self._address = unexplored(address) if isinstance(address, str) else address
        self._credentials = credentials
        self._user_agent = user_agent
        self._connect_seconds = connect_seconds
        self._total_seconds = total_seconds
        self._watch = watch
        self._at = at
        self._clock = clock
        self._throw_away = throw_away

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def at_address(self, address: carrier.SiteAddress) -> Self:
        """The same carrier for another address, as discovery found it."""
        other = copy.copy(self)
        other._address = address  # noqa: SLF001 - a copy of our own
        return other

    def send(self, call: Call[T]) -> T:
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
            answer = self._exchange(request, self._clock() + self._total_seconds)
            self._at("wordpress_answer")
            status = answer.status
        except requests.RequestException as cause:
            # what requests says holds the URL, and that may hold an e-mail address
            raise WordPressUnreachable(_reason(cause), sent=not _before_sending(cause)) from None
        finally:
            seconds = self._clock() - began
            self._watch(carrier.Exchange(call.name, call.method, call.target, status, seconds))
        return carrier.read(call, answer)

    def converse(self, conversation: Conversation[T]) -> T:
        """Carry a conversation to its end, and give its outcome.

        Raises:
            WordPressError: Whatever the conversation did not answer itself.
        """
        with contextlib.closing(conversation):
            try:
                call: Call[Any] = next(conversation)
                while True:
                    try:
                        result = self.send(call)
                    except WordPressError as error:
                        call = conversation.throw(error)
                    else:
                        call = conversation.send(result)
            except StopIteration as end:
                outcome: T = end.value
                return outcome

    def _exchange(self, request: carrier.Outgoing, deadline: float) -> Answer:
        with self._session.request(
            request.method,
            request.url,
            data=request.body,
            headers=request.headers,
            timeout=(self._connect_seconds, self._total_seconds),
            allow_redirects=False,
            stream=True,
        ) as response:
            body = bytearray()
            for chunk in response.iter_content(carrier.CHUNK):
                body += chunk
                if len(body) > carrier.LARGEST_ANSWER:
                    break
                if self._clock() > deadline:
                    raise requests.ReadTimeout
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, headers, bytes(body))


def _before_sending(cause: requests.RequestException) -> bool:
    """Whether WordPress cannot have heard of the request."""
    if isinstance(cause, requests.ConnectTimeout | requests.exceptions.SSLError | ValueError):
        return True
    # requests wraps what urllib3 knows: NewConnectionError stands for "nobody listens there"
    reason = getattr(cause.args[0] if cause.args else None, "reason", None)
    return type(reason).__name__ in {"NewConnectionError", "NameResolutionError"}


def _reason(cause: requests.RequestException) -> str:
    """Why no answer came, in words that hold nothing of the request."""
    if isinstance(cause, requests.exceptions.SSLError):
        return "no secure connection can be made with it, look at its certificate"
    if isinstance(cause, requests.Timeout):
        return "it takes too long"
    if _before_sending(cause):
        return "it does not accept connections, or its name is not known"
    return "the connection broke off"
