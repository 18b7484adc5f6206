"""Keap's credentials by OAuth: renewed in time, by one process at a time, kept before use."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Protocol

import structlog

from bridge.tokens.grant import Grant
from bridge.tokens.seal import seal, unseal
from keap_client.call import Answer
from keap_client.carrier import Credentials
from keap_client.errors import AuthorisationRefused, GrantGone, KeapError, NotAuthorised
from keap_client.oauth import OAuthClient, TokenRequest, Tokens, exchange_code, refresh

PAUSE = timedelta(minutes=1)
"""Between two tries to renew a token that is still good: nobody waits for it yet."""

JUST_GIVEN = timedelta(minutes=1)
"""A token that is refused so soon is not refused for its age, and the next one would be, too."""

Ask = Callable[[TokenRequest], Awaitable[Tokens]]
"""Sends a request to Keap's token address."""


class GrantKeeper(Protocol):
    """Where the grant is kept; :class:`bridge.store.Store` is one."""

    async def sealed_grant(self, client: str) -> str | None:
        """Give what the application was given last."""

    async def keep_grant(self, client: str, sealed: str) -> None:
        """Return once it is on disk."""

    def hold(self, key: str) -> AbstractAsyncContextManager[None]:
        """Hold a key that nobody else who works with the store holds."""


class OAuthTokens:
    """The access token, and its renewal.

    Keap's refresh token works once. So it is used under a lock that all processes on the store
    share, after a look at what the store has now, and its successor is committed before anything
    is done with the new access token. If the process dies between Keap's answer and that commit
    the successor is lost, which nobody can prevent; then a person authorises again.
    """

    def __init__(
        self,
        client: OAuthClient,
        keeper: GrantKeeper,
        ask: Ask,
        *,
        clock: Callable[[], datetime],
        at: Callable[[str], None] = lambda _point: None,
    ) -> None:
        """Take the surroundings.

        Args:
            client: The application.
            keeper: Where the grant is kept.
            ask: Sends a request to Keap's token address.
            clock: The present time.
            at: Told ``grant_given`` between Keap's answer and its commit, for a test.
        """
        self._client = client
        self._keeper = keeper
        self._ask = ask
        self._clock = clock
        self._at = at
        self._grant: Grant | None = None
        self._not_before: datetime | None = None
        self._under_way: set[asyncio.Task[Grant]] = set()
        self._log = structlog.get_logger()

    async def current(self) -> Credentials:
        """Give the access token, renewed first if it is time.

        Raises:
            NotAuthorised, GrantGone, KeapError: There is none.
        """
        grant, now = self._grant, self._clock()
        if grant is None or not grant.is_good(now):
            grant = await self._renewed(refused=None)
        elif grant.is_due(now) and not (self._not_before and now < self._not_before):
            grant = await self._renewed_early(grant)
        return Credentials(grant.access_token)

    async def changed_after(self, used: Credentials, answer: Answer) -> bool:
        """Renew an access token that Keap refuses, once.

        Raises:
            NotAuthorised, GrantGone, KeapError: It cannot be renewed.
        """
        if answer.status != HTTPStatus.UNAUTHORIZED:
            return False
        grant = await self._renewed(refused=used.token)
        return grant.access_token != used.token

    async def authorise(self, code: str, redirect_uri: str) -> None:
        """Take what Keap gives for a code that its user has brought.

        Raises:
            AuthorisationRefused: The code is used up, or too old.
            KeapError: The application is not known, or what else went wrong.
        """
        try:
            await self._to_its_end(self._exchange(code, redirect_uri))
        except GrantGone:
            reason = "the code is used up, or too old"
            raise AuthorisationRefused(reason) from None

    async def finish(self) -> None:
        """Wait until what is under way is kept; to be called before the store is closed."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _to_its_end(self, giving: Coroutine[None, None, Grant]) -> Grant:
        """Do it even if the caller is cancelled: Keap's answer must not be lost on its way."""
        task = asyncio.create_task(giving)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _exchange(self, code: str, redirect_uri: str) -> Grant:
        async with self._keeper.hold(self._key):
            return await self._take(exchange_code(self._client, code, redirect_uri))

    async def _renewed_early(self, grant: Grant) -> Grant:
        """Renew a token that is still good; if it cannot be, it is used on, and the log says so."""
        # Set first: of many calls at once, one renews, and the others go on with what there is.
        self._not_before = self._clock() + PAUSE
        try:
            return await self._renewed(refused=None)
        except KeapError as error:
            self._log.error(
                "keap_token_not_renewed",
                reason=str(error),
                expires_at=grant.expires_at.isoformat(timespec="seconds"),
            )
            return grant

    async def _renewed(self, refused: str | None) -> Grant:
        return await self._to_its_end(self._renew(refused))

    async def _renew(self, refused: str | None) -> Grant:
        """Give a grant that is not due, and not the refused one: the store's, or a new one."""
        async with self._keeper.hold(self._key):
            kept = await self._kept()
            if _is_fresh(kept, refused, self._clock()):
                self._grant = kept  # another process, or another call, has renewed it
                return kept
            if kept.access_token == refused and self._clock() < kept.given_at + JUST_GIVEN:
                return kept
            try:
                return await self._take(refresh(self._client, kept.refresh_token))
            except GrantGone:
                # A lock of a database whose connection broke may have let two in.
                again = await self._kept()
                if again == kept or not _is_fresh(again, refused, self._clock()):
                    raise
                self._grant = again
                return again

    async def _take(self, request: TokenRequest) -> Grant:
        asked_at = self._clock()
        made = Grant.of(await self._ask(request), asked_at)
        self._at("grant_given")
        await self._keeper.keep_grant(self._client.client_id, seal(made, self._client))
        self._grant, self._not_before = made, None
        self._log.info(
            "keap_token_renewed", expires_at=made.expires_at.isoformat(timespec="seconds")
        )
        return made

    async def _kept(self) -> Grant:
        sealed = await self._keeper.sealed_grant(self._client.client_id)
        if sealed is None:
            raise NotAuthorised
        return unseal(sealed, self._client)

    @property
    def _key(self) -> str:
        return f"keap grant {self._client.client_id}"


def _is_fresh(grant: Grant, refused: str | None, now: datetime) -> bool:
    return grant.access_token != refused and not grant.is_due(now)
