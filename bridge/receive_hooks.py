"""The door for Keap's REST Hooks: a delivery arrives, is kept as a whole, and is answered."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hmac import compare_digest
from http import HTTPStatus
from time import perf_counter
from typing import Protocol

import structlog
from aiohttp import web
from pydantic import SecretStr

from bridge.delivery import Action, NewDelivery
from bridge.hook_address import hook_token
from bridge.receive import RETRY_STORAGE, error_answer
from bridge.store.errors import StoreUnavailable, WaitingListFull
from keap_client.hooks import SECRET_HEADER, HookDelivery, UnreadableHook, read_hook

LARGEST_BODY = 1024 * 1024
"""Bytes; a delivery names a thousand objects at most, in some 150 bytes each."""

LONGEST_SECRET = 200
"""Signs; what is longer is not Keap's, and is not sent back."""


class ManyKeeper(Protocol):
    """Where deliveries are kept; :class:`bridge.store.Store` is one."""

    async def put_all(self, many: Sequence[NewDelivery]) -> None:
        """Return once all of them are on disk; raise ``StoreUnavailable`` if none is."""


class _Refusal(Exception):
    """An answer other than 200, with its sentence."""

    def __init__(self, status: HTTPStatus, sentence: str, *, passes: bool = False) -> None:
        super().__init__(sentence)
        self.status = status
        self.passes = passes


class HookReceiver:
    """Receives the REST Hooks of one site."""

    def __init__(
        self,
        keys: Sequence[SecretStr],
        actions: Mapping[str, Action],
        store: ManyKeeper,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        body_seconds: float,
    ) -> None:
        """Take the surroundings.

        Args:
            keys: The access keys; the address holds what is made of one of them.
            actions: What is done for an event's contacts.
            store: Where deliveries are kept.
            clock: The present time.
            new_id: Makes a delivery's id.
            body_seconds: A body that takes longer is dropped.
        """
        self._tokens = [hook_token(key.get_secret_value()).encode() for key in keys]
        self._actions = actions
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._body_seconds = body_seconds
        self._log = structlog.get_logger()

    def routes(self, path: str) -> list[web.RouteDef]:
        """Give the route to serve, below the one for HTTP Posts."""
        return [web.post(f"{path.rstrip('/')}/hooks/{{token}}", self.receive)]

    async def receive(self, request: web.Request) -> web.Response:
        """Answer a handshake, or keep a delivery; one log line says what happened."""
        try:
            self._check_address(request.match_info["token"])
            if secret := request.headers.get(SECRET_HEADER):
                return self._shaken(secret)
            return await self._kept(request)
        except _Refusal as refusal:
            status = refusal.status
            self._log.warning(
                "hook_refused", status=status.value, reason=str(refusal), remote=request.remote
            )
            again = {"Retry-After": str(RETRY_STORAGE)} if refusal.passes else None
            return error_answer(status, str(refusal), again)

    def _check_address(self, token: str) -> None:
        sent = token.encode(errors="surrogatepass")
        equal = [compare_digest(sent, each) for each in self._tokens]
        if not any(equal):
            raise _Refusal(HTTPStatus.FORBIDDEN, "This is no address of the bridge's hooks.")

    def _shaken(self, secret: str) -> web.Response:
        """Send Keap's secret back: the header's value only, and only what can be one."""
        if len(secret) > LONGEST_SECRET or not all("!" <= sign <= "~" for sign in secret):
            raise _Refusal(HTTPStatus.BAD_REQUEST, "This is no secret of Keap's.")
        self._log.info("hook_verified")
        return web.json_response({"success": True}, headers={SECRET_HEADER: secret})

    async def _kept(self, request: web.Request) -> web.Response:
        began = perf_counter()
        event = await self._read(request)
        action = self._actions.get(event.event)
        if action is None:
            # With another status Keap would repeat it, and give the hook up in the end.
            self._log.warning("hook_ignored", reason="hooks: in config.yaml does not name it")
            return web.json_response({"success": True, "ignored": "no action for this event"})
        await self._keep([self._delivery(each, action) for each in event.contacts])
        # Without contacts Keap has sent a shape that nobody knows: worth a look.
        tell = self._log.info if event.contacts else self._log.warning
        tell(
            "hook_kept",
            hook_event=event.event,
            action=action,
            contacts=len(event.contacts),
            milliseconds=round((perf_counter() - began) * 1000, 2),
        )
        return web.json_response({"success": True, "deliveries": len(event.contacts)})

    async def _read(self, request: web.Request) -> HookDelivery:
        try:
            async with asyncio.timeout(self._body_seconds):
                # The door for HTTP Posts has a far smaller limit.
                return read_hook(await request.clone(client_max_size=LARGEST_BODY).read())
        except UnreadableHook as error:
            raise _Refusal(HTTPStatus.BAD_REQUEST, str(error)) from None
        except TimeoutError:
            sentence = "The request did not arrive in time: send it again."
            raise _Refusal(HTTPStatus.REQUEST_TIMEOUT, sentence) from None
        except web.HTTPRequestEntityTooLarge:
            sentence = "The request is larger than any delivery of a REST Hook."
            raise _Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence) from None

    async def _keep(self, deliveries: Sequence[NewDelivery]) -> None:
        try:
            await self._store.put_all(deliveries)
        except WaitingListFull:
            sentence = "Nothing was kept, since too many deliveries are waiting: send it again."
            raise _Refusal(HTTPStatus.SERVICE_UNAVAILABLE, sentence, passes=True) from None
        except StoreUnavailable as error:
            # The sender is told nothing about this machine; the log is.
            self._log.error("hook_not_kept", reason=str(error))
            sentence = "Nothing was kept, since the bridge's storage is not available."
            raise _Refusal(HTTPStatus.SERVICE_UNAVAILABLE, sentence, passes=True) from None

    def _delivery(self, contact: str, action: Action) -> NewDelivery:
        return NewDelivery(
            id=self._new_id(),
            contact=contact,
            action=action,
            received_at=self._clock(),
            roles=(),
            notify=None,
        )
