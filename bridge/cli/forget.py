"""``keap-bridge forget``: nothing is stored of a contact any more."""

import asyncio
import sys
from pathlib import Path

import click

from bridge.cli.ending import CannotReach, Refused
from bridge.cli.options import config_option, load_config
from bridge.cli.running_server import ask_server
from bridge.config import Config
from bridge.control_key import FORGET
from bridge.store import Reader, Store
from bridge.store.errors import ContactBusy, StoreError
from bridge.surroundings import now

ELSEWHERE = "Keap and WordPress have what they had: delete the contact and the user there."


@click.command("forget")
@click.argument("contact_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
def command(contact_id: str, *, yes: bool, config_file: Path) -> None:
    """Delete all that is stored of CONTACT_ID: deliveries, their timelines, the link to a user.

    Keap and WordPress are not touched. A Post that comes later is kept again.
    """
    config = load_config(config_file, warn=False, with_secrets=False).config
    try:
        stored = Reader.open(config.server.store).all_of(contact_id)
        if not any(stored.values()):
            click.echo(f"Nothing is stored of contact {contact_id}. {ELSEWHERE}")
            return
        waiting = sum(each["state"] in ("waiting", "running") for each in stored["deliveries"])
        said = f"Stored of contact {contact_id}: {_deliveries(len(stored['deliveries']))}"
        click.echo(f"{said}, {waiting} of them not done yet." if waiting else f"{said}.")
        if yes or _confirmed():
            _forget(config, contact_id)
    except ContactBusy as error:
        raise Refused(str(error)) from None
    except StoreError as error:
        raise CannotReach(str(error)) from None


def _deliveries(count: int) -> str:
    return f"{count} {'delivery' if count == 1 else 'deliveries'}"


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        message = "Nobody is there to ask: say --yes to forget the contact."
        raise click.UsageError(message)
    return click.confirm("Forget all of it, for ever?")


def _forget(config: Config, contact: str) -> None:
    """Ask the running server, which alone writes to the store; without one, write ourselves."""
    said = ask_server(config, FORGET, {"contact": contact})
    count = said["count"] if said is not None else asyncio.run(_write(config, contact))
    click.echo(f"Forgotten: {_deliveries(count)}. {ELSEWHERE}")


async def _write(config: Config, contact: str) -> int:
    async with await Store.open(config.server.store, clock=now, owner="forget") as store:
        return await store.records.forget(contact)
