"""What a person at this machine may ask of the running server, beside the door for Keap."""

import ipaddress
from collections.abc import Awaitable, Callable
from hashlib import sha256
from hmac import compare_digest
from http import HTTPStatus
from typing import Annotated

import structlog
from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from bridge.backfill import Backfill
from bridge.control_key import AUTHORISE, RENEW, RESEND, SYNC
from bridge.delivery import Action, State
from bridge.receive import error_answer
from bridge.store import Store
from bridge.store.errors import StoreUnavailable, SyncUnderWay
from bridge.sync_run import SyncKind, SyncWish
from bridge.tokens.oauth import OAuthTokens
from keap_client.errors import KeapError


class ResendWish(BaseModel):
    """Which deliveries to send again: those to which all that is given applies."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ids: tuple[str, ...] | None = None
    state: State | None = None
    since: AwareDatetime | None = None
    contact: str | None = None


class CodeBrought(BaseModel):
    """What Keap has given to its user, to be exchanged for tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    code: str = Field(repr=False)
    redirect_uri: str


class WantedSync(BaseModel):
    """A sync; one of a list is told in several requests, the last of which is complete."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: SyncKind
    subject: str = Field("", max_length=80)
    action: Action
    roles: tuple[str, ...] = ()
    max_changes: int | None = Field(None, ge=1)
    contacts: tuple[Annotated[str, Field(pattern=r"^[0-9]{1,20}$")], ...] = ()
    complete: bool = True


class Control:
    """Answers to people at this machine who can read the server's key."""

    def __init__(
        self,
        store: Store,
        token: str,
        *,
        changed: Callable[[], None],
        oauth: OAuthTokens | None = None,
        backfill: Backfill | None = None,
    ) -> None:
        """Take the surroundings.

        Args:
            store: What they ask about.
            token: What they are known by.
            changed: Called after something was sent again, which people do when they have mended
                what was in its way.
            oauth: What renews OAuth's tokens, where the site has no token of its own.
            backfill: Carries out syncs; without it none can be asked for.
        """
        self._store = store
        self._backfill = backfill
        self._digest = _digest(token)
        self._changed = changed
        self._oauth = oauth
        self._log = structlog.get_logger()

    def routes(self) -> list[web.RouteDef]:
        """Give the routes to serve."""
        return [
            web.post(RESEND, self._resend),
            web.post(AUTHORISE, self._authorise),
            web.post(RENEW, self._renew),
            web.post(SYNC, self._sync),
            web.delete(SYNC, self._end_sync),
        ]

    async def _resend(self, request: web.Request) -> web.Response:
        """Send deliveries again, and answer how many they are."""
        if refusal := self._refusal(request):
            return refusal
        try:
            wish = ResendWish.model_validate_json(await request.read())
            count = await self._store.resend(wish.ids, wish.state, wish.since, wish.contact)
        except (ValidationError, ValueError):
            return error_answer(HTTPStatus.BAD_REQUEST, "The request says not what to send again.")
        except StoreUnavailable as error:
            return self._unavailable("resend_not_kept", error)
        self._log.info("deliveries_resent", count=count)
        self._changed()
        return web.json_response({"success": True, "count": count})

    async def _sync(self, request: web.Request) -> web.Response:
        """Begin a sync, or let it go on, and answer its number."""
        if refusal := self._refusal(request):
            return refusal
        if self._backfill is None:
            raise web.HTTPNotFound
        try:
            wanted = WantedSync.model_validate_json(await request.read())
            run = await self._backfill.begin(
                SyncWish(wanted.kind, wanted.subject, wanted.action, wanted.roles),
                max_changes=wanted.max_changes,
                contacts=wanted.contacts,
                complete=wanted.complete,
            )
        except ValidationError:
            return error_answer(HTTPStatus.BAD_REQUEST, "The request says not what to sync.")
        except SyncUnderWay as error:
            return error_answer(HTTPStatus.CONFLICT, str(error))
        except StoreUnavailable as error:
            return self._unavailable("sync_not_kept", error)
        return web.json_response({"success": True, "run": run.number})

    async def _end_sync(self, request: web.Request) -> web.Response:
        """End the sync that is not over, and answer how many contacts it leaves out."""
        if refusal := self._refusal(request):
            return refusal
        if self._backfill is None:
            raise web.HTTPNotFound
        try:
            return web.json_response({"success": True, "dropped": await self._backfill.end()})
        except StoreUnavailable as error:
            return self._unavailable("sync_not_ended", error)

    def _unavailable(self, event: str, error: StoreUnavailable) -> web.Response:
        self._log.error(event, reason=str(error))
        return error_answer(HTTPStatus.SERVICE_UNAVAILABLE, "The store does not answer.")

    async def _authorise(self, request: web.Request) -> web.Response:
        """Exchange a code for tokens, and try at once what waited for them."""
        if refusal := self._refusal(request):
            return refusal
        if self._oauth is None:
            raise web.HTTPNotFound
        try:
            brought = CodeBrought.model_validate_json(await request.read())
        except ValidationError:
            return error_answer(HTTPStatus.BAD_REQUEST, "The request brings no code.")
        answer = await _told(self._oauth.authorise(brought.code, brought.redirect_uri))
        self._changed()
        return answer

    async def _renew(self, request: web.Request) -> web.Response:
        """See to it that the store has an access token that is good."""
        if refusal := self._refusal(request):
            return refusal
        if self._oauth is None:
            raise web.HTTPNotFound
        return await _told(self._oauth.current())

    def _refusal(self, request: web.Request) -> web.Response | None:
        """Give the answer to who may not ask; to others than this machine there is nothing."""
        if not _is_from_here(request):
            raise web.HTTPNotFound
        if self._is_known(request):
            return None
        return error_answer(
            HTTPStatus.FORBIDDEN, "Only the account that runs the bridge may do this."
        )

    def _is_known(self, request: web.Request) -> bool:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        # Digests have one length, so that the time does not tell that of the token.
        return compare_digest(self._digest, _digest(token)) and kind.lower() == "bearer"


async def _told(done: Awaitable[object]) -> web.Response:
    """Answer whether it could be done; Keap's own errors are sentences for a person."""
    try:
        await done
    except KeapError as error:
        return error_answer(HTTPStatus.BAD_GATEWAY, str(error))
    except StoreUnavailable:
        return error_answer(HTTPStatus.SERVICE_UNAVAILABLE, "The store does not answer.")
    return web.json_response({"success": True})


def _digest(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()


def _is_from_here(request: web.Request) -> bool:
    """Whether the peer is this machine: over loopback, or at the address that it asks."""
    transport = request.transport
    if transport is None:
        return False
    peer, own = (transport.get_extra_info(name) for name in ("peername", "sockname"))
    if not isinstance(peer, tuple) or not isinstance(own, tuple):
        return False
    address = ipaddress.ip_address(str(peer[0]).partition("%")[0])
    return address.is_loopback or peer[0] == own[0]
