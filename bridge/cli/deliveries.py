"""``keap-bridge deliveries``: what became of the HTTP Posts."""

from datetime import datetime
from pathlib import Path
from typing import cast, get_args

import click

from bridge.cli.ending import CannotReach, Refused
from bridge.cli.options import config_option, load_config
from bridge.delivery import Attempt, Delivery, State
from bridge.explanations import explain
from bridge.store import Reader
from bridge.store.errors import StoreError


@click.command("deliveries")
@click.argument("delivery_id", required=False, metavar="[ID]")
@click.option("--state", type=click.Choice(get_args(State)), help="Only those in this state.")
@click.option("--contact", metavar="CONTACT_ID", help="Only those of this contact.")
@click.option("--limit", type=click.IntRange(1), default=30, show_default=True)
@config_option
def command(
    delivery_id: str | None,
    state: str | None,
    contact: str | None,
    limit: int,
    config_file: Path,
) -> None:
    """List the newest deliveries, or show the timeline of the one with ID."""
    config = load_config(config_file).config
    try:
        reader = Reader.open(config.server.store)
        if delivery_id is not None:
            _show(reader, delivery_id)
            return
        found = reader.deliveries(cast("State | None", state), contact, limit=limit)
    except StoreError as error:
        raise CannotReach(str(error)) from None
    for delivery in found:
        click.echo(line_of(delivery))
        for note in notes_on(delivery):
            click.echo(f"    {note}")
    if not found:
        click.echo("No deliveries.")


def _show(reader: Reader, delivery_id: str) -> None:
    delivery = reader.delivery(delivery_id)
    if delivery is None:
        message = f"There is no delivery {delivery_id}."
        raise Refused(message)
    click.echo("\n".join(timeline_of(delivery, reader.timeline(delivery_id))))


def line_of(delivery: Delivery) -> str:
    """Give a delivery as one line: when, id, contact, action, state, attempts, user."""
    user = f"  user {delivery.user_id}" if delivery.user_id else ""
    tries = f"  {delivery.attempts} attempts" if delivery.attempts > 1 else ""
    return (
        f"{_at(delivery.received_at)}  {delivery.id}  contact {delivery.contact}"
        f"  {delivery.action}  {delivery.state}{tries}{user}"
    )


def notes_on(delivery: Delivery) -> list[str]:
    """Give what to know beyond the state: the reason, warnings, when it is tried again."""
    notes = [delivery.reason] if delivery.reason else []
    if delivery.state == "waiting" and delivery.due_at is not None and delivery.attempts:
        notes.append(f"next attempt {_at(delivery.due_at)}")
    return [*notes, *(f"warning: {explain(caveat)}" for caveat in delivery.caveats)]


def timeline_of(delivery: Delivery, attempts: list[Attempt]) -> list[str]:
    """Give everything that happened to a delivery, a line each."""
    lines = [line_of(delivery), f"  {_at(delivery.received_at)}  received and kept"]
    for attempt in attempts:
        lines.append(f"  {_at(attempt.started_at)}  attempt {attempt.number}")
        for step in attempt.steps:
            detail = f": {step.detail}" if step.detail else ""
            lines.append(f"    {_at(step.at)}  {step.name.replace('_', ' ')}{detail}")
        if attempt.finished_at is not None:
            lines.append(f"    {_at(attempt.finished_at)}  {attempt.outcome}")
    return [*lines, *(f"  {note}" for note in notes_on(delivery))]


def _at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
