"""The door: an HTTP Post arrives, is kept, and is answered. Nothing else is done in its request."""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial
from hashlib import sha256
from hmac import compare_digest
from http import HTTPStatus
from time import perf_counter
from typing import Protocol

import structlog
from aiohttp import web

from bridge.config.access_key import AccessKey
from bridge.config.networks import Network
from bridge.delivery import Action, NewDelivery
from bridge.last_posts import AnsweredPost, LastPosts
from bridge.measures import Measures, Unmeasured
from bridge.store.errors import StoreUnavailable, WaitingListFull
from bridge.visitors import Visitor, visitor_of
from bridge.wrong_keys import WrongKeys
from keap_client.form import Form, UnreadablePost, read_form
from keap_client.http_post import HttpPost, access_key_of, read_http_post

LARGEST_BODY = 64 * 1024
"""Bytes; a whole contact record, as legacy actions post it, is a tenth of this."""

MOST_VISITORS = 256
"""Whose addresses are remembered as read."""

RETRY_STORAGE = 30
"""Seconds after which a sender may try again when nothing could be kept."""


class Keeper(Protocol):
    """Where deliveries are kept; :class:`bridge.store.Store` is one."""

    async def put(self, new: NewDelivery) -> None:
        """Return once the delivery is on disk; raise ``StoreUnavailable`` if it is not."""


class AccessKeys:
    """The keys that open the door, compared in constant time."""

    def __init__(self, keys: Sequence[AccessKey]) -> None:
        self._digests = [(key.name, _digest(key.get_secret_value())) for key in keys]

    def name_of(self, key: str | None) -> str | None:
        """Name the key that this is, ``None``: none of them; every one is compared."""
        # Digests have one length, so that the time does not tell that of a key.
        sent = _digest(key or "")
        equal = [name for name, digest in self._digests if compare_digest(sent, digest)]
        return equal[0] if equal else None


def _digest(key: str) -> bytes:
    return sha256(key.encode(errors="surrogatepass")).digest()


class _Refusal(Exception):
    """An answer other than 200, with its sentence."""

    def __init__(self, status: HTTPStatus, sentence: str, retry_after: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.retry_after = retry_after


class Receiver:
    """Receives the HTTP Posts of one site."""

    def __init__(  # noqa: PLR0913 - each is a part of its surroundings, most are optional
        self,
        keys: AccessKeys,
        store: Keeper,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        body_seconds: float,
        accept_query: bool = False,
        proxies: Sequence[Network] = (),
        allow_from: Sequence[Network] = (),
        key_used: Callable[[str], None] = lambda _name: None,
        measures: Measures | None = None,
        last_posts: LastPosts | None = None,
    ) -> None:
        """Take the surroundings.

        Args:
            keys: Open the door.
            store: Keeps what is let in.
            clock: The time now.
            new_id: Gives each delivery its id.
            body_seconds: How long a body may take to arrive.
            accept_query: Whether values in the address count.
            proxies: Those whose word about where a request comes from is believed.
            allow_from: Who may post at all; empty: everybody.
            key_used: Told the name of each key that opens.
            measures: Told of each answer.
            last_posts: Remembers the newest answers for the page.
        """
        self._measures = measures or Unmeasured()
        self._last_posts = last_posts or LastPosts()
        self._keys = keys
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._body_seconds = body_seconds
        self._accept_query = accept_query
        # Posts come from a few addresses, again and again.
        self._visitor_of = lru_cache(maxsize=MOST_VISITORS)(partial(visitor_of, proxies=proxies))
        self._allow_from = allow_from
        self._wrong_keys = WrongKeys(clock=clock)
        self._key_used = key_used
        self._log = structlog.get_logger()

    def routes(self, path: str) -> list[web.RouteDef]:
        """Give the routes to serve: ``POST``, and ``GET`` where query values are accepted."""
        routes = [web.post(path, self.receive)]
        if self._accept_query:
            routes.append(web.get(path, self.receive, allow_head=False))
        return routes

    async def receive(self, request: web.Request) -> web.Response:
        """Keep one HTTP Post and answer it; one wide log line says what happened."""
        began = perf_counter()
        answer = await self._answer_to(request, began)
        self._measures.post_answered(answer.status, perf_counter() - began)
        return answer

    async def _answer_to(self, request: web.Request, began: float) -> web.Response:
        forwarded = tuple(request.headers.getall("X-Forwarded-For", ()))
        visitor = self._visitor_of(request.remote, forwarded)
        try:
            self._let_in(visitor)
            post = await self._read(request, visitor)
            delivery = await self._keep(post)
        except _Refusal as refusal:
            self._note(refusal.status, refusal=refusal.sentence)
            self._log.warning(
                "post_refused",
                status=refusal.status.value,
                reason=refusal.sentence,
                remote=str(visitor.address or request.remote),
                milliseconds=_since(began),
            )
            return _refused(refusal)
        self._note(HTTPStatus.OK, delivery=delivery)
        self._log.info(
            "post_kept" if delivery else "test_post_answered",
            delivery=delivery,
            contact=post.contact,
            action=post.action,
            roles=list(post.roles),
            send_notification=post.send_notification,
            milliseconds=_since(began),
        )
        return web.Response(text=_kept_as(delivery), content_type="application/json")

    def _note(self, status: HTTPStatus, *, delivery: str | None = None, refusal: str = "") -> None:
        self._last_posts.note(AnsweredPost(self._clock(), status, delivery, refusal))

    def _let_in(self, visitor: Visitor) -> None:
        """Refuse, before anything of it is read, a request from where none is taken just now."""
        if not visitor.is_in(self._allow_from):
            raise _Refusal(
                HTTPStatus.FORBIDDEN,
                "Posts from this address are not taken: add it to server.allow_from in config.yaml,"
                " or name the proxy in front of the bridge in server.proxies.",
            )
        if wait := self._wrong_keys.wait(visitor):
            raise _Refusal(
                HTTPStatus.TOO_MANY_REQUESTS,
                "Too many wrong access keys came from this address: try again later.",
                max(math.ceil(wait.total_seconds()), 1),
            )

    async def _read(self, request: web.Request, visitor: Visitor) -> HttpPost:
        body = await self._body_of(request)
        query = request.rel_url.raw_query_string if self._accept_query else ""
        try:
            form = read_form(request.headers.get("Content-Type", ""), body, query)
            self._check_key(form, visitor)
            return read_http_post(form)
        except UnreadablePost as unreadable:
            raise _Refusal(HTTPStatus.BAD_REQUEST, unreadable.reason) from None

    async def _body_of(self, request: web.Request) -> bytes:
        try:
            if request.content.is_eof():  # all of it came with the head: no clock is needed
                return await request.read()
            async with asyncio.timeout(self._body_seconds):
                return await request.read()
        except TimeoutError:
            raise _Refusal(
                HTTPStatus.REQUEST_TIMEOUT, "The request did not arrive in time: send it again."
            ) from None
        except web.HTTPRequestEntityTooLarge:
            raise _Refusal(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"The request is larger than {LARGEST_BODY // 1024} KiB: send only the fields"
                " that the bridge reads.",
            ) from None

    def _check_key(self, form: Form, visitor: Visitor) -> None:
        name = self._keys.name_of(access_key_of(form))
        if name is None:
            self._wrong_keys.was_wrong(visitor)
            raise _Refusal(
                HTTPStatus.FORBIDDEN,
                "The access key is missing or wrong: give the HTTP Post in Keap a field named"
                " access_key with the key of the bridge's configuration.",
            )
        self._wrong_keys.was_right(visitor)
        self._key_used(name)

    async def _keep(self, post: HttpPost) -> str | None:
        """Keep what the Post asks and give the delivery's id; ``None`` for a test."""
        if post.action == "test" or post.contact is None:
            return None
        delivery = self._new_id()
        action: Action = post.action
        new = NewDelivery(
            id=delivery,
            contact=post.contact,
            action=action,
            received_at=self._clock(),
            roles=post.roles,
            notify=post.send_notification,
        )
        try:
            await self._store.put(new)
        except WaitingListFull:
            raise _Refusal(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "Nothing was kept, since too many deliveries are waiting: send it again later.",
                RETRY_STORAGE,
            ) from None
        except StoreUnavailable as error:
            # The sender is told nothing about this machine; the log is.
            self._log.error("post_not_kept", contact=post.contact, reason=str(error))
            raise _Refusal(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "Nothing was kept, since the bridge's storage is not available: send it again"
                " later.",
                RETRY_STORAGE,
            ) from None
        return delivery


def _kept_as(delivery: str | None) -> str:
    # Ids are letters and digits: json would look for what to escape in every one.
    return f'{{"success": true, "delivery": "{delivery}"}}' if delivery else '{"success": true}'


def _refused(refusal: _Refusal) -> web.Response:
    headers = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
    return error_answer(refusal.status, refusal.sentence, headers)


def error_answer(
    status: HTTPStatus, sentence: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Answer with a sentence in the one shape that errors have."""
    return web.json_response(
        {"success": False, "error": sentence}, status=status.value, headers=headers
    )


def _since(began: float) -> float:
    return round((perf_counter() - began) * 1000, 2)
