"""``keap-bridge resend``: deliveries done afresh, once what was in their way is mended."""

import asyncio
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import click

from bridge.cli.ending import CannotReach, Refused
from bridge.cli.options import config_option, load_config
from bridge.cli.running_server import ask_server
from bridge.config import Config
from bridge.control_key import RESEND
from bridge.delivery import State
from bridge.store import Reader, Store
from bridge.store.arrivals import RESENT, Resend
from bridge.store.errors import StoreError
from bridge.surroundings import now

UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@click.command("resend")
@click.argument("ids", nargs=-1, metavar="[ID]…")
@click.option("--state", type=click.Choice(RESENT), help="Only those in this state.")
@click.option(
    "--since",
    metavar="TIME",
    help="Only those received since then: 2h, 3d, or a time such as 2026-11-23T08:00.",
)
@click.option("--contact", metavar="CONTACT_ID", help="Only those of this contact.")
@click.option("--dry-run", is_flag=True, help="Only say how many they are.")
@click.option("--yes", is_flag=True, help="Do not ask before more than one is sent again.")
@config_option
def command(
    ids: tuple[str, ...],
    state: str | None,
    since: str | None,
    contact: str | None,
    *,
    dry_run: bool,
    yes: bool,
    config_file: Path,
) -> None:
    """Do deliveries afresh: those with ID, or all to which every option given applies."""
    wanted = Resend(
        ids or None,
        cast("State | None", state),
        None if since is None else read_since(since, now()),
        contact,
    )
    if wanted == Resend():
        message = "Say which: their ids, --state, --since or --contact."
        raise click.UsageError(message)
    config = load_config(config_file, warn=False, with_secrets=False).config
    try:
        found = _found(config, wanted)
        count = sum(found.values())
        click.echo(_said_of(found, ids))
        if dry_run or not count or not (count == 1 or yes or _confirmed()):
            return
        _send_again(config, wanted)
    except StoreError as error:
        raise CannotReach(str(error)) from None


def read_since(text: str, at: datetime) -> datetime:
    """Read a time, or how long ago it was; one without a zone is this machine's.

    Raises:
        click.UsageError: It is neither.
    """
    if ago := re.fullmatch(r"(\d{1,5})([mhd])", text):
        return at - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        message = f'--since: "{text}" is no time; write 2h, 3d, or 2026-11-23T08:00.'
        raise click.UsageError(message) from None


def _found(config: Config, wanted: Resend) -> Mapping[State, int]:
    reader = Reader.open(config.server.store)
    for delivery in wanted.ids or ():
        if reader.delivery(delivery) is None:
            message = f"There is no delivery {delivery}."
            raise Refused(message)
    return reader.meant_by(wanted)


def _said_of(found: Mapping[State, int], ids: tuple[str, ...]) -> str:
    count = sum(found.values())
    if not count:
        return "No delivery to send again" + (": it is on its way already." if ids else ".")
    states = ", ".join(f"{found[state]} {state}" for state in RESENT if state in found)
    others = len(set(ids)) - count
    also = f" {others} more: on their way already, or not meant." if others > 0 else ""
    return f"{count} {'delivery' if count == 1 else 'deliveries'} to send again: {states}.{also}"


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        message = "Nobody is there to ask: say --yes to send them again."
        raise click.UsageError(message)
    return click.confirm("Send them again?")


def _send_again(config: Config, wanted: Resend) -> None:
    """Ask the running server, which alone writes to the store; without one, write ourselves."""
    said = ask_server(config, RESEND, _as_json(wanted))
    if said is not None:
        click.echo(f"Sent again: {said['count']}. What becomes of them: keap-bridge deliveries")
        return
    count = asyncio.run(_write(config, wanted))
    # A database that hosts share tells them by itself; a file has nobody at work on it.
    shared = not config.server.store.startswith("sqlite:")
    then = (
        "A bridge that runs does them now" if shared else "They are done when the bridge is started"
    )
    click.echo(f"Sent again: {count}. {then}.")


async def _write(config: Config, wanted: Resend) -> int:
    async with await Store.open(config.server.store, clock=now, owner="resend") as store:
        return await store.resend(wanted.ids, wanted.state, wanted.since, wanted.contact)


def _as_json(wanted: Resend) -> dict[str, object]:
    return {
        "ids": None if wanted.ids is None else list(wanted.ids),
        "state": wanted.state,
        "since": None if wanted.since is None else wanted.since.isoformat(),
        "contact": wanted.contact,
    }
