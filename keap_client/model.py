"""The contact model: which custom fields a Keap application has."""

from keap_client.answers import AnswerModel, Items, read_json
from keap_client.call import Call


class FieldOption(AnswerModel):
    """One of the choices of a custom field."""

    id: str
    label: str | None = None


class CustomField(AnswerModel):
    """A custom field as it was defined in Keap."""

    id: str
    label: str | None = None
    field_name: str | None = None
    """The name of its column; merge fields and the XML-RPC API put ``_`` before it."""
    field_type: str | None = None
    """``TEXT``, ``DATE``, ``DROPDOWN`` …; a text, as Keap adds new ones."""
    options: Items[FieldOption] = ()


class ContactModel(AnswerModel):
    """The custom fields of contacts."""

    custom_fields: Items[CustomField]


def contact_model() -> Call[ContactModel]:
    """Ask for the custom fields. Slow in Keap, and rarely changed: keep the answer for a while."""
    return Call(
        "GET",
        "contacts/model",
        read=lambda answer: read_json(answer, ContactModel),
        name="contact_model",
    )
