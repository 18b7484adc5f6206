"""``keap-bridge fields``: Keap's fields, custom ones included, with the names to use."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from bridge.cli.ends import ending_of, keap_of
from bridge.cli.options import config_option, load_config
from bridge.field_lines import FieldLine, line_of, table_of
from keap_client.call import Conversation, ask
from keap_client.contact import Contact
from keap_client.contacts import get_contact, newest_contact
from keap_client.errors import KeapError
from keap_client.field_list import custom_fields, standard_fields
from keap_client.fields import FieldError, writable_custom_field
from keap_client.model import ContactModel, contact_model


@click.command("fields")
@click.option("--contact", metavar="ID", help="Whose values to show; without it, the newest's.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON array.")
@config_option
def command(contact: str | None, *, as_json: bool, config_file: Path) -> None:
    """List Keap's fields: the name to write in config.yaml, the type, what a contact has there."""
    if contact is not None and not (contact.isascii() and contact.isdigit()):
        message = "--contact is a contact's id: digits."
        raise click.UsageError(message)
    config = load_config(config_file).config
    try:
        with keap_of(config) as keap:
            model, example = keap.converse(_read(contact))
    except KeapError as error:
        raise ending_of(error) from None
    lines = _lines(model, example, config.users.return_password_to)
    if as_json:
        everything = [asdict(line) for line in lines]
        click.echo(json.dumps(everything, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(table_of(lines, example.id if example else "")))


def _read(contact_id: str | None) -> Conversation[tuple[ContactModel, Contact | None]]:
    """Read the custom fields, and the contact whose values are the examples."""
    model = yield from ask(contact_model())
    if contact_id is not None:
        return model, (yield from ask(get_contact(contact_id)))
    page = yield from ask(newest_contact())
    return model, next(iter(page.contacts), None)


def _lines(model: ContactModel, example: Contact | None, password: str | None) -> list[FieldLine]:
    secret = _field_id(password, model) if password else None
    listed = [*standard_fields(), *custom_fields(model)]
    return [line_of(each, example, secret) for each in listed]


def _field_id(name: str, model: ContactModel) -> str | None:
    try:
        return writable_custom_field(name, model).id
    except FieldError:
        return None  # no password can get there
