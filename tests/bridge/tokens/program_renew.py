"""One of several processes that renew a token at the same moment: run as a program."""

import asyncio
import hashlib
import sys

import aiohttp

from bridge.store import Store
from bridge.surroundings import now
from bridge.tokens.oauth import OAuthTokens
from keap_client.oauth import OAuthClient, TokenRequest, Tokens
from keap_client.over_aiohttp import ask_for_tokens


async def main(store_url: str, token_url: str, client_id: str, client_secret: str) -> None:
    """Open the store, say so, wait for a line, and say what Keap would be shown."""
    async with (
        await Store.open(store_url, clock=now, owner="test") as store,
        aiohttp.ClientSession() as session,
    ):

        async def ask(request: TokenRequest) -> Tokens:
            return await ask_for_tokens(session, token_url, request)

        tokens = OAuthTokens(OAuthClient(client_id, client_secret), store, ask, clock=now)
        print("ready", flush=True)  # noqa: T201 - the test reads it
        await asyncio.to_thread(sys.stdin.readline)
        shown = await asyncio.gather(*(tokens.current() for _ in range(20)))
        digests = {hashlib.sha256(each.token.encode()).hexdigest() for each in shown}
        print(*digests, flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
