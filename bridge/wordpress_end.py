"""The WordPress end of one site: finds the way to carry documents out, and keeps to the limits."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bridge.one_at_a_time import OneAtATime
from wp_client import by_companion, by_core
from wp_client.call import Conversation
from wp_client.carrier import SiteAddress
from wp_client.document import UserDocument, UserResult
from wp_client.errors import NeedsPerson, RouteMissing
from wp_client.over_aiohttp import WordPress
from wp_client.site import discover

LOOK_AGAIN = timedelta(minutes=10)
"""After this time a site without the companion is looked at again: it may have been installed."""


class Way(Protocol):
    """How documents are carried out: :mod:`wp_client.by_companion` or :mod:`wp_client.by_core`."""

    def carry_out(self, document: UserDocument) -> Conversation[UserResult]:
        """Make WordPress agree with a document."""

    def notify(self, document: UserDocument, user: UserResult) -> Conversation[UserResult]:
        """Send the notification that is due."""


class Keys(Protocol):
    """Locks by key: :class:`bridge.one_at_a_time.OneAtATime`, or the store's among processes."""

    def hold(self, key: str) -> AbstractAsyncContextManager[None]:
        """Wait until nobody else holds the key, and hold it inside the block."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found at the site's address."""

    wordpress: WordPress
    way: Way
    companion: str | None
    """Its version; ``None``: the site has none."""
    at: datetime


class WordPressEnd:
    """Carries documents out by the companion, or over core where there is none."""

    def __init__(
        self,
        connect: Callable[[SiteAddress], WordPress],
        url: str,
        *,
        in_flight: int,
        clock: Callable[[], datetime],
        addresses: Keys | None = None,
    ) -> None:
        """Take the surroundings.

        Args:
            connect: Gives the carrier to an address.
            url: The site's address, as a person knows it.
            in_flight: How many requests may be under way at once.
            clock: The present time.
            addresses: Lets one at a time work on an address; without it, in this process.
        """
        self._connect = connect
        self._url = url
        self._clock = clock
        self._places = asyncio.Semaphore(in_flight)
        self._looking = asyncio.Lock()
        self._found: Found | None = None
        self._addresses = addresses or OneAtATime()
        self._log = structlog.get_logger()

    @property
    def remembers_notifications(self) -> bool:
        """Whether WordPress itself sees to it that a delivery's mail is sent only once."""
        return self._found is not None and self._found.companion is not None

    async def carry_out(self, document: UserDocument) -> UserResult:
        """Make WordPress agree with a document.

        Raises:
            WordPressError: It was not done, or nobody knows; repeating is safe.
        """
        async with self._way(document) as found:
            return await found.wordpress.converse(found.way.carry_out(document))

    async def notify(self, document: UserDocument, user: UserResult) -> UserResult:
        """Send the notification that carrying the document out left due.

        Raises:
            WordPressError: It was not sent, or nobody knows if ``may_be_done`` says so.
        """
        async with self._way(document) as found:
            return await found.wordpress.converse(found.way.notify(document, user))

    @asynccontextmanager
    async def _way(self, document: UserDocument) -> AsyncIterator[Found]:
        # WordPress has no lock of its own over core: two contacts with one address would make
        # twins. The companion locks, but waiting here costs no request in flight.
        key = (document.email or f"contact {document.contact}").casefold()
        async with self._addresses.hold(key), self._places:
            found = await self._look()
            try:
                yield found
            except NeedsPerson:
                self._found = None  # perhaps the site has changed: look afresh next time
                raise

    async def _look(self) -> Found:
        async with self._looking:
            if self._found is None or self._is_old(self._found):
                self._found = await self._look_afresh()
            return self._found

    def _is_old(self, found: Found) -> bool:
        return found.companion is None and self._clock() >= found.at + LOOK_AGAIN

    async def _look_afresh(self) -> Found:
        unexplored = self._connect(SiteAddress.unexplored(self._url))
        address = await unexplored.converse(discover(self._url))
        wordpress = self._connect(address)
        way: Way
        companion: str | None
        try:
            site = await wordpress.send(by_companion.describe())
        except RouteMissing:
            way, companion = by_core, None
        else:
            way, companion = by_companion, site.companion
        self._log.info("wordpress_found", rest=address.rest, companion=companion)
        return Found(wordpress, way, companion, self._clock())
