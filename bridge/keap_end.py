"""The Keap end of one site: a contact and the mapping that fits it; the password written back."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from bridge.reading import NO_MODEL, Reading, Wanted, check_password_field, read_contact
from bridge.verdicts import ConfigurationAtFault
from keap_client.account import who_am_i
from keap_client.contacts import list_contacts, write_custom_field
from keap_client.model import ContactModel, contact_model
from keap_client.over_aiohttp import Keap
from keap_client.quota import Quota

MODEL_LASTS = timedelta(minutes=15)
"""Custom fields change rarely, and Keap takes long to list them."""


class KeapEnd:
    """Reads contacts, and keeps the contact model for a while."""

    def __init__(self, keap: Keap, wanted: Wanted, *, clock: Callable[[], datetime]) -> None:
        self._keap = keap
        self._wanted = wanted
        self._clock = clock
        self._model: ContactModel | None = None
        self._model_read_at: datetime | None = None
        self._reading_model = asyncio.Lock()

    async def read(self, contact_id: str) -> Reading:
        """Read a contact and its tags in one call.

        Raises:
            KeapError, ConfigurationAtFault: As :func:`bridge.reading.read_contact`.
        """
        model = await self._current_model() if self._wanted.needs_model else NO_MODEL
        try:
            return await self._keap.converse(read_contact(contact_id, self._wanted, model))
        except ConfigurationAtFault:
            self._model = None  # perhaps the field has been made since: the next attempt looks
            raise

    async def return_password(self, reading: Reading, password: str) -> None:
        """Put the password of a new user into the contact's field."""
        if reading.password_field is not None:
            await self._keap.converse(
                write_custom_field(reading.contact.id, reading.password_field, password)
            )

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

    async def _current_model(self) -> ContactModel:
        # One at a time: a burst after start would ask for the slowest of Keap's answers at once.
        async with self._reading_model:
            read_at = self._model_read_at
            now = self._clock()
            fresh = read_at is not None and read_at <= now < read_at + MODEL_LASTS
            if self._model is None or not fresh:
                self._model = await self._keap.send(contact_model())
                self._model_read_at = now
            return self._model
