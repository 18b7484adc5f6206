"""The Keap end of one site: contacts and the mapping that fits them; the password written back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from bridge.gather import Gatherer
from bridge.reading import (
    NO_MODEL,
    Reading,
    Wanted,
    check_password_field,
    read_contact,
    read_contacts,
)
from bridge.verdicts import ConfigurationAtFault
from keap_client.account import who_am_i
from keap_client.call import Conversation
from keap_client.contacts import list_contacts, write_custom_field
from keap_client.model import ContactModel, contact_model
from keap_client.over_aiohttp import Keap
from keap_client.quota import Quota

T = TypeVar("T")

MODEL_LASTS = timedelta(minutes=15)
"""Custom fields change rarely, and Keap takes long to list them."""

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
        self._clock = clock
        self._model: ContactModel | None = None
        self._model_read_at: datetime | None = None
        self._reading_model = asyncio.Lock()
        self._pace_behind = pace_behind
        self._singles = asyncio.Semaphore(SINGLES_IN_FLIGHT)
        self._singles_behind = asyncio.Semaphore(LISTS_BEHIND)
        self._gatherer = Gatherer(self._read, begin=self._turn, in_flight=LISTS_IN_FLIGHT)
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
        if reading is not None:
            return reading
        # Its own call: the neighbours do not wait for it, and what is the matter becomes clear.
        model = await self._current_model()
        async with self._single(behind=behind):
            return await self._keap.converse(read_contact(contact_id, self._wanted, model))

    async def return_password(
        self, reading: Reading, password: str, *, behind: bool = False
    ) -> None:
        """Put the password of a new user into the contact's field."""
        if reading.password_field is None:
            return
        async with self._single(behind=behind):
            await self._keap.converse(
                write_custom_field(reading.contact.id, reading.password_field, password)
            )

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
            self._model = None
            check_password_field(self._wanted, await self._current_model())

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
            self._model = None  # perhaps the field has been made since: the next attempt looks
            raise
        return [found.get(contact_id) for contact_id in contact_ids]

    async def _current_model(self) -> ContactModel:
        if not self._wanted.needs_model:
            return NO_MODEL
        # One at a time: a burst after start would ask for the slowest of Keap's answers at once.
        async with self._reading_model:
            read_at = self._model_read_at
            now = self._clock()
            fresh = read_at is not None and read_at <= now < read_at + MODEL_LASTS
            if self._model is None or not fresh:
                self._model = await self._keap.send(contact_model())
                self._model_read_at = now
            return self._model
