"""Both carriers behind one face, so that a test can be run over each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

import aiohttp

from keap_client import over_aiohttp, over_requests
from keap_client.call import Call, Conversation
from keap_client.carrier import Credentials, Exchange
from keap_client.quota import Quota

T = TypeVar("T")

Library = Literal["aiohttp", "requests"]
LIBRARIES: tuple[Library, ...] = ("aiohttp", "requests")


class Carrier(Protocol):
    """What both carriers can do."""

    @property
    def quota(self) -> Quota | None:
        """As the last answer left it."""

    async def send(self, call: Call[T]) -> T:
        """Send one call."""

    async def converse(self, conversation: Conversation[T]) -> T:
        """Carry a conversation."""


@dataclass
class InThread:
    """The carrier over requests, which blocks."""

    keap: over_requests.Keap

    @property
    def quota(self) -> Quota | None:
        """As the last answer left it."""
        return self.keap.quota

    async def send(self, call: Call[T]) -> T:
        """Send one call."""
        return await asyncio.to_thread(self.keap.send, call)

    async def converse(self, conversation: Conversation[T]) -> T:
        """Carry a conversation."""
        return await asyncio.to_thread(self.keap.converse, conversation)


@dataclass
class Watching:
    """What a carrier says that it does, in order."""

    points: list[str] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)

    def pace(self) -> None:
        """Take down that it asked to go on."""
        self.points.append("pace")

    async def pace_later(self) -> None:
        """Take down that it asked to go on."""
        self.points.append("pace")

    def watch(self, exchange: Exchange) -> None:
        """Take down an exchange."""
        self.points.append("watch")
        self.exchanges.append(exchange)


@asynccontextmanager
async def carrier_over(
    library: Library,
    url: str,
    credentials: Credentials,
    watching: Watching | None = None,
    **limits: Any,
) -> AsyncIterator[Carrier]:
    """Give a carrier to a server on loopback."""
    seen = watching or Watching()
    hooks: dict[str, Any] = {"watch": seen.watch, "at": seen.points.append, **limits}
    if library == "requests":
        with over_requests.Keap(url, credentials, pace=seen.pace, **hooks) as keap:
            yield InThread(keap)
    else:
        async with aiohttp.ClientSession() as session:
            yield over_aiohttp.Keap(session, url, credentials, pace=seen.pace_later, **hooks)
