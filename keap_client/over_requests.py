"""The command line's carrier: sends calls over requests, one after the other."""

import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, TypeVar

import requests

from keap_client import carrier
from keap_client.call import Answer, Call, Conversation
from keap_client.errors import KeapError, KeapUnreachable

if TYPE_CHECKING:
    from keap_client.quota import Quota

T = TypeVar("T")


class Keap:
    """Keap's API over requests. Nothing is retried, no redirect followed, no proxy asked.

    A context manager: its end closes the connections.
    """

    def __init__(  # noqa: PLR0913 - each is a part of its surroundings, all but two optional
        self,
        url: str,
        credentials: carrier.Credentials,
        *,
        user_agent: str = "keap-wordpress-bridge",
        connect_seconds: float = 10.0,
        total_seconds: float = 60.0,
        pace: Callable[[], None] = lambda: None,
        watch: Callable[[carrier.Exchange], None] = lambda _exchange: None,
        at: Callable[[str], None] = lambda _point: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the surroundings.

        Args:
            url: As in ``https://api.infusionsoft.com/crm/rest/v2``.
            credentials: Shown to Keap with every call.
            user_agent: Who we say we are.
            connect_seconds: For name, connection and certificate.
            total_seconds: For all of it; some of Keap's answers take most of a minute.
            pace: Called before each call, which waits as long as it does.
            watch: Told of each exchange once it is over.
            at: Told ``keap_request`` right before a request leaves, and ``keap_answer`` right
                after its answer was read, whatever it says.
            clock: Seconds, for the lengths of exchanges.
        """
        self._session = requests.Session()
        # Otherwise an entry for the host in ~/.netrc replaces the Authorization header.
        self._session.trust_env = False
        self._url = url
        self._credentials = credentials
        self._user_agent = user_agent
        self._connect_seconds = connect_seconds
        self._total_seconds = total_seconds
        self._pace = pace
        self._watch = watch
        self._at = at
        self._clock = clock
        self.quota: Quota | None = None
        """As the last answer that told it left it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def send(self, call: Call[T]) -> T:
        """Send one call, and give what its answer means.

        Raises:
            KeapError: Whatever went wrong.
        """
        self._pace()
        self._at("keap_request")
        began = self._clock()
        try:
            answer = self._exchange(call, began + self._total_seconds)
        except requests.RequestException as cause:
            self._watch(carrier.exchange(call, None, self._clock() - began))
            # Its own words hold the URL, and that may hold an e-mail address.
            raise KeapUnreachable(_reason(cause)) from None
        self._at("keap_answer")
        exchange = carrier.exchange(call, answer, self._clock() - began)
        self.quota = exchange.quota or self.quota
        self._watch(exchange)
        return carrier.read(call, answer)

    def converse(self, conversation: Conversation[T]) -> T:
        """Carry a conversation to its end, and give its outcome."""
        with contextlib.closing(conversation):
            try:
                call: Call[Any] = next(conversation)
                while True:
                    try:
                        result = self.send(call)
                    except KeapError as error:
                        call = conversation.throw(error)
                    else:
                        call = conversation.send(result)
            except StopIteration as end:
                outcome: T = end.value
                return outcome

    def _exchange(self, call: Call[Any], deadline: float) -> Answer:
        with self._session.request(
            call.method,
            carrier.address_of(self._url, call),
            headers=carrier.headers_for(call, self._credentials, self._user_agent),
            data=carrier.body_of(call),
            # requests knows no limit for the whole: this one is for each silence, and the time
            # is looked at again with every piece of the body.
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


def _reason(cause: requests.RequestException) -> str:
    match cause:
        case requests.Timeout():
            return "it did not answer in time"
        case requests.exceptions.SSLError():
            return "no secure connection could be made: look at the certificate of its address"
        case requests.ConnectionError() if "NameResolutionError" in str(cause):
            return "its host name could not be looked up"
        case (
            requests.exceptions.ChunkedEncodingError() | requests.exceptions.ContentDecodingError()
        ):
            return "the connection broke off"
        case _:
            return "no connection could be made"
