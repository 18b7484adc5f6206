"""Reading one contact, and holding the configuration against what Keap has. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.config import FieldSource
from bridge.mapping import ResolvedMapping, needs_model, resolve_mapping
from bridge.verdicts import ConfigurationAtFault
from keap_client.call import Conversation, ask
from keap_client.contacts import Contact, get_contact
from keap_client.fields import FieldError, writable_custom_field
from keap_client.model import ContactModel

NO_MODEL = ContactModel(custom_fields=())


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the configuration wants to know of a contact, and to write back."""

    fields: Mapping[str, FieldSource]
    return_password_to: str | None

    @property
    def needs_model(self) -> bool:
        """Whether any custom field is meant, so that Keap's model has to be read."""
        return self.return_password_to is not None or needs_model(self.fields)


@dataclass(frozen=True, slots=True)
class Reading:
    """A contact as Keap has it now."""

    contact: Contact
    mapping: ResolvedMapping
    password_field: str | None
    """The id of the custom field that takes the password, where one is configured."""


def read_contact(contact_id: str, wanted: Wanted, model: ContactModel) -> Conversation[Reading]:
    """Read a contact and its tags in one call.

    Args:
        contact_id: Whom.
        wanted: What the configuration asks for.
        model: Keap's custom fields; :data:`NO_MODEL` where none is needed.

    Raises:
        KeapError: Keap did not give it.
        ConfigurationAtFault: The field for the password cannot take one: better to say so
            before a user is made whose password nobody learns.
    """
    mapping = resolve_mapping(wanted.fields, model)
    password_field = _password_field(wanted.return_password_to, model)
    contact = yield from ask(get_contact(contact_id, mapping.properties))
    return Reading(contact, mapping, password_field)


def check_password_field(wanted: Wanted, model: ContactModel) -> None:
    """Return if the field for the password can take one, or none is wanted.

    Raises:
        ConfigurationAtFault: It cannot.
    """
    _password_field(wanted.return_password_to, model)


def _password_field(name: str | None, model: ContactModel) -> str | None:
    if name is None:
        return None
    try:
        return writable_custom_field(name, model).id
    except FieldError as error:
        message = f"users.return_password_to: {error}"
        raise ConfigurationAtFault(message) from error
