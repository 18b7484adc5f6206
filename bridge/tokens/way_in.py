"""The way into Keap that the configuration chooses, put together."""

from collections.abc import Callable
from datetime import datetime

import aiohttp

from bridge.config.keap import Keap
from bridge.tokens.backup import WithBackup
from bridge.tokens.oauth import GrantKeeper, OAuthTokens
from keap_client.carrier import Credentials, CredentialsSource, OneToken
from keap_client.oauth import OAuthClient, TokenRequest, Tokens
from keap_client.over_aiohttp import ask_for_tokens


def oauth_client(keap: Keap) -> OAuthClient | None:
    """Give the application that the configuration names; ``None``: it has a token instead."""
    oauth = keap.oauth
    if oauth is None:
        return None
    return OAuthClient(oauth.client_id, oauth.client_secret.get_secret_value())


def oauth_tokens(
    keap: Keap,
    session: aiohttp.ClientSession,
    keeper: GrantKeeper,
    *,
    clock: Callable[[], datetime],
    at: Callable[[str], None] = lambda _point: None,
) -> OAuthTokens | None:
    """Give what renews OAuth's tokens; ``None``: the configuration has a token instead."""
    oauth, client = keap.oauth, oauth_client(keap)
    if oauth is None or client is None:
        return None
    url = oauth.token_url

    async def ask(request: TokenRequest) -> Tokens:
        return await ask_for_tokens(session, url, request, total_seconds=keap.seconds)

    return OAuthTokens(client, keeper, ask, clock=clock, at=at)


def one_token(keap: Keap) -> Credentials:
    """Give the configured token.

    Raises:
        ValueError: There is none: the configuration has OAuth.
    """
    if keap.token is None:
        reason = "the configuration has OAuth in place of a token"
        raise ValueError(reason)
    return Credentials(keap.token.get_secret_value(), keap.token_header)


def with_backup(
    keap: Keap, oauth: OAuthTokens | None, *, clock: Callable[[], datetime]
) -> CredentialsSource:
    """Give what the server shows Keap: a token or OAuth's, and the backup token behind it."""
    first: CredentialsSource = oauth or OneToken(one_token(keap))
    if keap.backup_token is None:
        return first
    backup = Credentials(keap.backup_token.get_secret_value(), keap.token_header)
    return WithBackup(first, backup, clock=clock)
