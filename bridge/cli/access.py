"""What the commands show Keap: the configured token, or OAuth's from the store.

A command makes few calls: it takes a token that is good for a while, and leaves the backup token
to the server.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp

from bridge.cli.ending import CannotReach, ConfigurationWrong
from bridge.cli.running_server import ask_server
from bridge.config import Config
from bridge.control_key import AUTHORISE, RENEW
from bridge.store import Reader, Store, StoreError, StoreMissing
from bridge.surroundings import now
from bridge.tokens.grant import Grant
from bridge.tokens.oauth import OAuthTokens
from bridge.tokens.seal import unseal
from bridge.tokens.way_in import oauth_client, oauth_tokens, one_token
from keap_client.carrier import Credentials
from keap_client.errors import NotAuthorised

T = TypeVar("T")


def credentials_of(config: Config) -> Credentials:
    """Give what Keap is shown.

    An access token that is not due is taken as it stands in the store, read-only. Otherwise the
    running server renews it; only where none runs, which the store's lock makes sure of, this
    process does.

    Raises:
        KeapError: Nobody has authorised the bridge, or the token cannot be renewed.
        Refused, CannotReach: The running server or the store has said no.
    """
    if config.keap.token is not None:
        return one_token(config.keap)
    grant = _kept(config)
    if grant is not None and not grant.is_due(now()):
        return Credentials(grant.access_token)
    if ask_server(config, RENEW, {}) is not None:
        grant = _kept(config)
        if grant is None:
            raise NotAuthorised
        return Credentials(grant.access_token)
    return _with_store(config, lambda tokens: tokens.current())


def authorise(config: Config, code: str, redirect_uri: str) -> bool:
    """Exchange a code for tokens and keep them; say whether the running server did it.

    Raises:
        KeapError: Keap says no, where no server runs.
        Refused, CannotReach: Keap or the running server, or the store, has said no.
    """
    wish = {"code": code, "redirect_uri": redirect_uri}
    if ask_server(config, AUTHORISE, wish) is not None:
        return True
    _with_store(config, lambda tokens: tokens.authorise(code, redirect_uri))
    return False


def _kept(config: Config) -> Grant | None:
    client = oauth_client(config.keap)
    if client is None:
        message = "config.yaml has a token, and no keap.oauth: there is nothing to authorise."
        raise ConfigurationWrong(message)
    try:
        sealed = Reader.open(config.server.store).sealed_grant(client.client_id)
    except StoreMissing:
        return None
    except StoreError as error:
        raise CannotReach(str(error)) from None
    return None if sealed is None else unseal(sealed, client)


def _with_store(config: Config, use: Callable[[OAuthTokens], Awaitable[T]]) -> T:
    async def inside() -> T:
        async with (
            await Store.open(config.server.store, clock=now, owner="keap-bridge") as store,
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
        ):
            tokens = oauth_tokens(config.keap, session, store, clock=now)
            if tokens is None:
                raise NotAuthorised
            return await use(tokens)

    try:
        return asyncio.run(inside())
    except StoreError as error:
        raise CannotReach(str(error)) from None
