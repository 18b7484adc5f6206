"""The Keap end of one site: a contact and the mapping that fits it; the password written back."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.config import FieldSource
from bridge.mapping import ResolvedMapping, needs_model, resolve_mapping
from bridge.verdicts import ConfigurationAtFault
from keap_client.contacts import Contact, get_contact, write_custom_field
from keap_client.fields import FieldError, writable_custom_field
from keap_client.model import ContactModel, contact_model
from keap_client.over_aiohttp import Keap

MODEL_LASTS = timedelta(minutes=15)
"""Custom fields change rarely, and Keap takes long to list them."""

NO_MODEL = ContactModel(custom_fields=())


@dataclass(frozen=True, slots=True)
class Reading:
    """A contact as Keap has it now."""

    contact: Contact
    mapping: ResolvedMapping
    password_field: str | None
    """The id of the custom field that takes the password, where one is configured."""


class KeapEnd:
    """Reads contacts, and keeps the contact model for a while."""

    def __init__(
        self,
        keap: Keap,
        fields: Mapping[str, FieldSource],
        *,
        return_password_to: str | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._keap = keap
        self._fields = fields
        self._return_password_to = return_password_to
        self._clock = clock
        self._model: ContactModel | None = None
        self._model_read_at: datetime | None = None
        self._reading_model = asyncio.Lock()
        self._needs_model = return_password_to is not None or needs_model(fields)

    async def read(self, contact_id: str) -> Reading:
        """Read a contact and its tags in one call.

        Raises:
            KeapError: Keap did not give it.
            ConfigurationAtFault: The field for the password cannot take one: better to say so
                before a user is made whose password nobody learns.
        """
        model = await self._current_model() if self._needs_model else NO_MODEL
        mapping = resolve_mapping(self._fields, model)
        password_field = self._password_field(model)
        contact = await self._keap.send(get_contact(contact_id, mapping.properties))
        return Reading(contact, mapping, password_field)

    async def return_password(self, reading: Reading, password: str) -> None:
        """Put the password of a new user into the contact's field."""
        if reading.password_field is not None:
            await self._keap.converse(
                write_custom_field(reading.contact.id, reading.password_field, password)
            )

    def _password_field(self, model: ContactModel) -> str | None:
        if self._return_password_to is None:
            return None
        try:
            return writable_custom_field(self._return_password_to, model).id
        except FieldError as error:
            # Perhaps it has been made since: the next attempt looks again.
            self._model = None
            message = f"users.return_password_to: {error}"
            raise ConfigurationAtFault(message) from error

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
