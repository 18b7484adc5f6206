"""Both carriers behind one face, and a server on loopback that plays what stands in front."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

import aiohttp
from aiohttp import web

from wp_client import over_aiohttp, over_requests
from wp_client.call import Call, Conversation
from wp_client.carrier import Credentials, Exchange, SiteAddress

T = TypeVar("T")

Library = Literal["aiohttp", "requests"]
LIBRARIES: tuple[Library, ...] = ("aiohttp", "requests")

ANN = Credentials("ann", "abcd EFGH 1234")


class Carrier(Protocol):
    """What both carriers can do."""

    async def send(self, call: Call[T]) -> T:
        """Send one call."""

    async def converse(self, conversation: Conversation[T]) -> T:
        """Carry a conversation."""

    def at_address(self, address: SiteAddress) -> "Carrier":
        """The same for another address."""


@dataclass
class InThread:
    """The carrier over requests, which blocks."""

    wordpress: over_requests.WordPress

    async def send(self, call: Call[T]) -> T:
        """Send one call."""
        return await asyncio.to_thread(self.wordpress.send, call)

    async def converse(self, conversation: Conversation[T]) -> T:
        """Carry a conversation."""
        return await asyncio.to_thread(self.wordpress.converse, conversation)

    def at_address(self, address: SiteAddress) -> "InThread":
        """The same for another address."""
        return InThread(self.wordpress.at_address(address))


@dataclass
class Watching:
    """What a carrier says that it does, in order."""

    points: list[str] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)

    def watch(self, exchange: Exchange) -> None:
        """Take down an exchange."""
        self.points.append("watch")
        self.exchanges.append(exchange)

    @property
    def names(self) -> list[str]:
        """What was asked."""
        return [exchange.name for exchange in self.exchanges]


@asynccontextmanager
async def carrier_over(
    library: Library,
    address: SiteAddress | str,
    credentials: Credentials | None = ANN,
    watching: Watching | None = None,
    **options: Any,
) -> AsyncIterator[Carrier]:
    """Give a carrier to a site on loopback."""
    seen = watching or Watching()
    hooks: dict[str, Any] = {"watch": seen.watch, "at": seen.points.append, **options}
    if library == "requests":
        with over_requests.WordPress(address, credentials, **hooks) as wordpress:
            yield InThread(wordpress)
    else:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            yield over_aiohttp.WordPress(session, address, credentials, **hooks)


@asynccontextmanager
async def server(
    respond: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> AsyncIterator[str]:
    """Give the address of a server on loopback that answers everything in one way."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", respond)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
