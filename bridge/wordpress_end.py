"""The WordPress end of one site: finds the way to carry documents out, and keeps to the limits."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bridge.gather import Gatherer
from bridge.one_at_a_time import OneAtATime
from wp_client import by_companion, by_core
from wp_client.carrier import SiteAddress
from wp_client.core_find import find
from wp_client.document import UserDocument, UserResult
from wp_client.errors import LinkedToAnotherContact, NeedsPerson, RouteMissing, WordPressError
from wp_client.over_aiohttp import WordPress
from wp_client.site import discover, who_am_i

LOOK_AGAIN = timedelta(minutes=10)
"""After this time a site without the companion is looked at again: it may have been installed."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of WordPress for one document."""

    document: UserDocument
    notify: UserResult | None = None
    """What carrying the document out came to, where only its notification is left to be sent."""
    only_look: bool = False
    """Whether nothing is to be written."""


ContactOf = Callable[[int], Awaitable[str | None]]
"""Gives the contact that a WordPress user is linked to in the store, if any."""


async def _nobody_is_linked(user_id: int) -> None:
    del user_id


class Keys(Protocol):
    """Locks by key: :class:`bridge.one_at_a_time.OneAtATime`, or the store's among processes."""

    def hold(self, key: str) -> AbstractAsyncContextManager[None]:
        """Wait until nobody else holds the key, and hold it inside the block."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found at the site's address."""

    wordpress: WordPress
    companion: str | None
    """Its version; ``None``: the site has none, and documents are carried out over core."""
    at: datetime


class WordPressEnd:
    """Carries documents out by the companion, in batches, or over core where there is none."""

    def __init__(
        self,
        connect: Callable[[SiteAddress], WordPress],
        url: str,
        *,
        in_flight: int,
        clock: Callable[[], datetime],
        addresses: Keys | None = None,
        contact_of: ContactOf = _nobody_is_linked,
    ) -> None:
        """Take the surroundings.

        Args:
            connect: Gives the carrier to an address.
            url: The site's address, as a person knows it.
            in_flight: How many requests may be under way at once.
            clock: The present time.
            addresses: Lets one at a time work on an address; without it, in this process.
            contact_of: Says whose a user is, where WordPress itself does not show it.
        """
        self._connect = connect
        self._url = url
        self._clock = clock
        self._looking = asyncio.Lock()
        self._found: Found | None = None
        self._addresses = addresses or OneAtATime()
        self._contact_of = contact_of
        self._gatherer = Gatherer(
            self._carry_out, begin=self._room, in_flight=in_flight, share_out=True
        )
        self._log = structlog.get_logger()

    @property
    def remembers_notifications(self) -> bool:
        """Whether WordPress itself sees to it that a delivery's mail is sent only once."""
        return self._found is not None and self._found.companion is not None

    async def carry_out(
        self, document: UserDocument, *, alone: bool = False, behind: bool = False
    ) -> UserResult:
        """Make WordPress agree with a document, together with others that wait.

        Args:
            document: What a user should be.
            alone: Whether it needs a request to itself, since it may have spoilt one.
            behind: Whether others that wait go first.

        Raises:
            WordPressError: It was not done, or nobody knows; repeating is safe.
        """
        return await self._ask(Order(document), alone=alone, behind=behind)

    async def look(self, document: UserDocument) -> UserResult:
        """Find the user whom a document means; nothing is written.

        Raises:
            WordPressError: WordPress did not say.
        """
        return await self._gatherer.ask(Order(document, only_look=True), alone=True)

    async def notify(
        self, document: UserDocument, user: UserResult, *, alone: bool = False
    ) -> UserResult:
        """Send the notification that carrying the document out left due.

        Args:
            document: As it was carried out, now with the notification wanted.
            user: What carrying it out came to.
            alone: As for :meth:`carry_out`.

        Raises:
            WordPressError: It was not sent, or nobody knows if ``may_be_done`` says so.
        """
        return await self._ask(Order(document, notify=user), alone=alone)

    async def probe(self) -> None:
        """Find out, without touching a user, whether WordPress lets us in.

        Raises:
            WordPressError: It does not, or nobody knows.
        """
        async with self._looking:
            self._found = await self._look_afresh()
            if self._found.companion is None:  # the companion has just been asked as ourselves
                await self._found.wordpress.send(who_am_i())

    async def linked(
        self, contact_id_meta: str, after: int
    ) -> tuple[Sequence[str], int | None] | None:
        """Give contacts that WordPress's users are linked to, a page of them.

        Args:
            contact_id_meta: The user meta key that holds the contact's id.
            after: The user whom the page before ended with; 0: the first page.

        Returns:
            The contacts, and the user with whom the page ends if another one follows; ``None``:
            the site has no companion that could tell.

        Raises:
            WordPressError: It did not tell.
        """
        found = await self._look()
        if found.companion is None:
            return None
        page = await found.wordpress.send(by_companion.linked(contact_id_meta, after))
        return None if page is None else (page.contacts or (), page.following)

    async def _ask(self, order: Order, *, alone: bool, behind: bool = False) -> UserResult:
        # WordPress has no lock of its own over core: two contacts with one address would make
        # twins. The companion locks, but would wait for itself: one request works its documents
        # in turn, another would hold a place. So whoever waits here stands in no batch.
        document = order.document
        key = (document.email or f"contact {document.contact}").casefold()
        async with self._addresses.hold(key):
            try:
                return await self._gatherer.ask(order, alone=alone, behind=behind)
            except NeedsPerson:
                self._found = None  # perhaps the site has changed: look afresh next time
                raise

    async def _room(self) -> int:
        found = await self._look()
        return 1 if found.companion is None else by_companion.MOST

    async def _carry_out(self, orders: Sequence[Order]) -> Sequence[UserResult | WordPressError]:
        found = await self._look()
        if orders[0].only_look:  # it goes alone
            way = by_core if found.companion is None else by_companion
            return [await found.wordpress.converse(way.dry_run(orders[0].document))]
        if found.companion is None:
            return [await self._over_core(found.wordpress, order) for order in orders]
        # A notification that is due is sent by the same document, as it now asks for it.
        documents = [order.document for order in orders]
        return await found.wordpress.converse(by_companion.carry_out_many(documents))

    async def _over_core(self, wordpress: WordPress, order: Order) -> UserResult | WordPressError:
        document = order.document
        try:
            if order.notify is not None:
                return await wordpress.converse(by_core.notify(document, order.notify))
            user = await wordpress.converse(find(document))
            if user is not None:
                await self._refuse_another_contacts(document, user.id)
            return await wordpress.converse(by_core.carry_out_on(document, user))
        except WordPressError as error:
            return error

    async def _refuse_another_contacts(self, document: UserDocument, user_id: int) -> None:
        """Core seldom shows whose a user is: the store's links say it."""
        if user_id == document.user_id or document.when_linked_to_another_contact == "relink":
            return
        contact = await self._contact_of(user_id)
        if contact not in (None, document.contact, document.formerly):
            raise LinkedToAnotherContact(user_id, contact, document.contact)

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
        companion: str | None
        try:
            site = await wordpress.send(by_companion.describe())
        except RouteMissing:
            companion = None
        else:
            companion = site.companion
        self._log.info("wordpress_found", rest=address.rest, companion=companion)
        return Found(wordpress, companion, self._clock())
