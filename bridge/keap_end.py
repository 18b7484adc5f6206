"""The Keap end of one site: contacts and what fits them; passwords and tags written back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from bridge.gather import Gatherer
from bridge.reading import (
    NO_MODEL,
    Reading,
    Wanted,
    read_contact,
    read_contacts,
    read_tag_list,
    write_back_of,
)
from bridge.remembered import Remembered
from bridge.tagging import NO_TAGS, TagNews
from bridge.verdicts import ConfigurationAtFault
from keap_client.account import who_am_i
from keap_client.call import Conversation
from keap_client.contacts import (
    find_contacts_by_email,
    get_contact,
    list_contacts,
    write_custom_fields,
)
from keap_client.errors import ContactNotFound, NotFound
from keap_client.model import ContactModel, contact_model
from keap_client.over_aiohttp import Keap
from keap_client.quota import Quota
from keap_client.tags import apply_tag, times_applied

T = TypeVar("T")

MODEL_LASTS = timedelta(minutes=15)
"""Custom fields change rarely, and Keap takes long to list them."""

TAGS_LAST = MODEL_LASTS
"""New tags are made rarely."""

TAGS_SETTLE = timedelta(minutes=1)
"""Who misses a tag has the list read again, but no more often than this."""

MOST_AT_ONCE = 250
"""Contacts that one call reads. Their ids stand in its URL: these, with the longest ids and all
properties there are, stay below 6 KB, and web servers take 8 KB."""

LISTS_IN_FLIGHT = 2
"""Calls that read contacts side by side: while one is slow, another one can still leave. More
would only spend the minute's calls on shorter lists."""


LISTS_BEHIND = 1
"""Calls side by side that read contacts for a sync: Posts have places of their own."""

SINGLES_IN_FLIGHT = 2
"""Contacts whose own calls are made or wait for their turn: hundreds that are missing, or whose
passwords go back, must not stand between a list and its turn."""


async def at_once() -> None:
    """Wait for nothing."""


class KeapEnd:
    """Reads contacts, those that are wanted together in one call, and keeps the contact model."""

    def __init__(
        self,
        keap: Keap,
        wanted: Wanted,
        *,
        clock: Callable[[], datetime],
        pace_behind: Callable[[], Awaitable[None]] = at_once,
    ) -> None:
        """Take the surroundings.

        Args:
            keap: The carrier.
            wanted: What the configuration wants to know of a contact.
            clock: The present time.
            pace_behind: Awaited before each call for a sync, on top of what the carrier awaits.
        """
        self._keap = keap
        self._wanted = wanted
        self._model = Remembered(
            lambda: self._keap.send(contact_model()), lasts=MODEL_LASTS, clock=clock
        )
        self._tags = Remembered(
            lambda: self._keap.converse(read_tag_list()), lasts=TAGS_LAST, clock=clock
        )
        self._pace_behind = pace_behind
        self._singles = asyncio.Semaphore(SINGLES_IN_FLIGHT)
        self._singles_behind = asyncio.Semaphore(LISTS_BEHIND)
        self._gatherer = Gatherer(self._read, begin=self._turn, in_flight=LISTS_IN_FLIGHT)
        self._appliers: dict[str, Gatherer[str, str]] = {}
        self._gatherer_behind = Gatherer(
            self._read, begin=self._turn_behind, in_flight=LISTS_BEHIND
        )

    async def read(self, contact_id: str, *, behind: bool = False) -> Reading:
        """Read a contact and its tags, in a call of its own or together with others.

        Args:
            contact_id: Whom.
            behind: Whether it is for a sync, which leaves half of the calls to Posts.

        Raises:
            KeapError, ConfigurationAtFault: As :func:`bridge.reading.read_contact`.
        """
        gatherer = self._gatherer_behind if behind else self._gatherer
        reading = await gatherer.ask(contact_id)
        if reading is None:
            # Its own call: the neighbours do not wait for it, and what is the matter becomes clear.
            model = await self._current_model()
            async with self._single(behind=behind):
                reading = await self._keap.converse(read_contact(contact_id, self._wanted, model))
        return replace(reading, tags=await self._tag_news(reading))

    async def contacts_with(self, email: str) -> Sequence[str]:
        """Find the ids of the contacts that have an address in any of their slots.

        Raises:
            KeapError: Keap did not say.
        """
        try:
            call = find_contacts_by_email(email, ("id",))
        except ValueError:
            return ()  # Keap's filters have no way to write such an address
        async with self._singles:
            return [contact.id for contact in await self._keap.send(call)]

    async def is_gone(self, contact_id: str) -> bool:
        """Whether Keap has no such contact.

        Raises:
            KeapError: Keap did not say.
        """
        if not (contact_id.isascii() and contact_id.isdigit()):
            return False  # what another program has written there may mean anything
        try:
            async with self._singles:
                await self._keap.send(get_contact(contact_id, ("id",)))
        except ContactNotFound:
            return True
        return False

    async def write_back(
        self, contact_id: str, values: Mapping[str, str], *, behind: bool = False
    ) -> None:
        """Tell Keap of a new user.

        Args:
            contact_id: Whom.
            values: By the ids of the custom fields.
            behind: Whether it is for a sync.
        """
        async with self._single(behind=behind):
            await self._keap.converse(write_custom_fields(contact_id, values))

    async def apply_tag(self, tag: str, contact_id: str) -> str:
        """Give a contact a tag, in a call of its own or together with others.

        Args:
            tag: Its name or id.
            contact_id: Whose.

        Returns:
            Keap's word for how it went (:func:`keap_client.tags.apply_tag`), or ``UNKNOWN`` or
            ``AMBIGUOUS`` where Keap has no such tag or several.

        Raises:
            KeapError: Nobody knows whether it was done; repeating does no harm.
        """
        meant = (await self._tags.get()).meant_by(tag)
        if len(meant) != 1:
            meant = (await self._tags.get(not_older_than=TAGS_SETTLE)).meant_by(tag)
        if len(meant) != 1:
            return "AMBIGUOUS" if meant else "UNKNOWN"
        (tag_id,) = meant
        if tag_id not in self._appliers:
            # One call at a time: those that end meanwhile go along in the next.
            self._appliers[tag_id] = Gatherer(
                partial(self._apply, tag_id), begin=self._turn, in_flight=1
            )
        try:
            return await self._appliers[tag_id].ask(contact_id)
        except NotFound:
            self._tags.forget()  # deleted since the list was read
            return "UNKNOWN"

    async def converse_behind(self, conversation: Conversation[T]) -> T:
        """Carry a conversation out for a sync, which leaves half of the calls to Posts.

        Raises:
            KeapError: Whatever went wrong.
        """
        await self._pace_behind()
        return await self._keap.converse(conversation)

    async def probe(self) -> None:
        """Find out, without touching a contact, whether Keap lets us in and has what we need.

        Raises:
            KeapError, ConfigurationAtFault: It does not, or nobody knows.
        """
        await self._keap.send(who_am_i())
        # Whose token it is, is told to any token; whether it may read contacts, only this tells.
        await self._keap.send(list_contacts(("1",), ("id",)))
        if self._wanted.needs_model:
            self._model.forget()
            write_back_of(self._wanted, await self._current_model())

    @property
    def quota(self) -> Quota | None:
        """The calls that are left, as the last answer that told it left them."""
        return self._keap.quota

    @asynccontextmanager
    async def _single(self, *, behind: bool) -> AsyncIterator[None]:
        """Wait for the place of a call about one contact, and have it inside the block."""
        async with self._singles_behind if behind else self._singles:
            if behind:
                await self._pace_behind()
            yield

    async def _turn_behind(self) -> int:
        await self._pace_behind()
        return await self._turn()

    async def _turn(self) -> int:
        # Before it is settled who goes along: while calls are spread out, more may come.
        await self._keap.turn()
        return MOST_AT_ONCE

    async def _read(self, contact_ids: Sequence[str]) -> Sequence[Reading | None]:
        """Read contacts; ``None`` for one that was not in the list."""
        model = await self._current_model()
        try:
            if len(contact_ids) == 1:
                alone = read_contact(contact_ids[0], self._wanted, model)
                return [await self._keap.converse(alone, has_turn=True)]
            together = read_contacts(contact_ids, self._wanted, model)
            found = await self._keap.converse(together, has_turn=True)
        except ConfigurationAtFault:
            self._model.forget()  # perhaps the field has been made since: the next attempt looks
            raise
        return [found.get(contact_id) for contact_id in contact_ids]

    async def _apply(self, tag_id: str, contact_ids: Sequence[str]) -> Sequence[str]:
        told = await self._keap.send(apply_tag(tag_id, contact_ids), has_turn=True)
        # A contact that the answer passes over may have the tag or not: to be tried again.
        return [told.get(contact_id, "NOTHING_SAID") for contact_id in contact_ids]

    async def _current_model(self) -> ContactModel:
        return await self._model.get() if self._wanted.needs_model else NO_MODEL

    async def _tag_news(self, reading: Reading) -> TagNews:
        known = NO_TAGS
        times: Mapping[str, str] = {}
        if self._wanted.tag_names:
            known = await self._tags.get()
            if not known.names.keys() >= {*reading.contact.tag_ids}:
                # A tag made since, which may be the one that the configuration names.
                known = await self._tags.get(not_older_than=TAGS_SETTLE)
        if self._wanted.tag_times and reading.contact.tag_ids:
            async with self._singles:
                times = await self._keap.converse(times_applied(reading.contact.id))
        return TagNews(known, times)
