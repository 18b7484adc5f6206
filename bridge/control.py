"""What a person at this machine may ask of the running server, beside the door for Keap."""

import ipaddress
from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest
from http import HTTPStatus

import structlog
from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from bridge.control_key import RESEND
from bridge.delivery import State
from bridge.receive import error_answer
from bridge.store import Store
from bridge.store.errors import StoreUnavailable


class ResendWish(BaseModel):
    """Which deliveries to send again: those to which all that is given applies."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ids: tuple[str, ...] | None = None
    state: State | None = None
    since: AwareDatetime | None = None
    contact: str | None = None


class Control:
    """Answers to people at this machine who can read the server's key."""

    def __init__(self, store: Store, token: str, *, changed: Callable[[], None]) -> None:
        """Take the surroundings.

        Args:
            store: What they ask about.
            token: What they are known by.
            changed: Called after something was sent again, which people do when they have mended
                what was in its way.
        """
        self._store = store
        self._digest = _digest(token)
        self._changed = changed
        self._log = structlog.get_logger()

    def routes(self) -> list[web.RouteDef]:
        """Give the routes to serve."""
        return [web.post(RESEND, self._resend)]

    async def _resend(self, request: web.Request) -> web.Response:
        """Send deliveries again, and answer how many they are."""
        if not _is_from_here(request):
            raise web.HTTPNotFound
        if not self._is_known(request):
            return error_answer(
                HTTPStatus.FORBIDDEN, "Only the account that runs the bridge may do this."
            )
        try:
            wish = ResendWish.model_validate_json(await request.read())
            count = await self._store.resend(wish.ids, wish.state, wish.since, wish.contact)
        except (ValidationError, ValueError):
            return error_answer(HTTPStatus.BAD_REQUEST, "The request says not what to send again.")
        except StoreUnavailable as error:
            self._log.error("resend_not_kept", reason=str(error))
            return error_answer(HTTPStatus.SERVICE_UNAVAILABLE, "The store does not answer.")
        self._log.info("deliveries_resent", count=count)
        self._changed()
        return web.json_response({"success": True, "count": count})

    def _is_known(self, request: web.Request) -> bool:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        # Digests have one length, so that the time does not tell that of the token.
        return compare_digest(self._digest, _digest(token)) and kind.lower() == "bearer"


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
