"""``keap-bridge export``: all that is stored of a contact, for who asks what there is of him."""

import json
from datetime import datetime
from pathlib import Path

import click

from bridge.cli.ending import CannotReach
from bridge.cli.options import config_option, load_config
from bridge.store import Reader
from bridge.store.errors import StoreError


@click.command("export")
@click.argument("contact_id")
@config_option
def command(contact_id: str, config_file: Path) -> None:
    """Print all that is stored of CONTACT_ID, as JSON; docs/privacy.md says what it means.

    What Keap and WordPress have of the contact is not in it.
    """
    config = load_config(config_file, warn=False, with_secrets=False).config
    try:
        stored = Reader.open(config.server.store).all_of(contact_id)
    except StoreError as error:
        raise CannotReach(str(error)) from None
    said = {"contact": contact_id, **stored}
    click.echo(json.dumps(said, ensure_ascii=False, indent=2, default=_moment))


def _moment(value: object) -> str:
    assert isinstance(value, datetime)  # noqa: S101 - the store has nothing else that is no JSON
    return value.isoformat()
