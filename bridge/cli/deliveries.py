"""``keap-bridge deliveries``: what became of the HTTP Posts."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast, get_args

import click

from bridge.cli.ending import CannotReach, Refused
from bridge.cli.options import config_option, load_config
from bridge.delivery import Attempt, Delivery, State
from bridge.explanations import explain
from bridge.store import Reader
from bridge.store.errors import StoreError

HELD = "goes on when the bridge is started again, once that is mended"


@click.command("deliveries")
@click.argument("delivery_id", required=False, metavar="[ID]")
@click.option("--state", type=click.Choice(get_args(State)), help="Only those in this state.")
@click.option("--contact", metavar="CONTACT_ID", help="Only those of this contact.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=30,
    show_default=True,
    help="At most so many, the newest.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs: a JSON object a line.")
@config_option
def command(
    delivery_id: str | None,
    state: str | None,
    contact: str | None,
    limit: int,
    *,
    as_json: bool,
    config_file: Path,
) -> None:
    """List the newest deliveries, or show the timeline of the one with ID."""
    config = load_config(config_file, warn=False, with_secrets=False).config
    try:
        reader = Reader.open(config.server.store)
        if delivery_id is not None:
            _show(reader, delivery_id, as_json=as_json)
            return
        found = reader.deliveries(cast("State | None", state), contact, limit=limit)
    except StoreError as error:
        raise CannotReach(str(error)) from None
    if as_json:
        for delivery in found:
            click.echo(json.dumps(_plain(delivery), ensure_ascii=False))
        return
    for delivery in found:
        click.echo(line_of(delivery))
        for note in notes_on(delivery):
            click.echo(f"    {note}")
    if not found:
        click.echo("No deliveries.")


def _show(reader: Reader, delivery_id: str, *, as_json: bool) -> None:
    delivery = reader.delivery(delivery_id)
    if delivery is None:
        message = f"There is no delivery {delivery_id}."
        raise Refused(message)
    attempts = reader.timeline(delivery_id)
    if as_json:
        whole = {**_plain(delivery), "timeline": [_plain_attempt(each) for each in attempts]}
        click.echo(json.dumps(whole, ensure_ascii=False))
        return
    click.echo("\n".join(timeline_of(delivery, attempts)))


def line_of(delivery: Delivery) -> str:
    """Give a delivery as one line: when, id, contact, action, state, attempts, user."""
    user = f"  user {delivery.user_id}" if delivery.user_id else ""
    tries = f"  {delivery.attempts} attempts" if delivery.attempts > 1 else ""
    return (
        f"{_at(delivery.received_at)}  {delivery.id}  contact {delivery.contact:<6}"
        f"  {delivery.action:<11}  {delivery.state}{tries}{user}"
    )


def notes_on(delivery: Delivery) -> list[str]:
    """Give what to know beyond the state: the reason, warnings, how it goes on."""
    notes = [delivery.reason] if delivery.reason else []
    if delivery.state == "waiting" and delivery.due_at is not None and delivery.attempts:
        notes.append(f"next attempt {_at(delivery.due_at)}")
    if delivery.state == "held":
        notes.append(HELD)
    return [*notes, *(f"warning: {explain(caveat)}" for caveat in delivery.caveats)]


def timeline_of(delivery: Delivery, attempts: Sequence[Attempt]) -> list[str]:
    """Give everything that happened to a delivery, a line each; times are this machine's."""
    lines = [line_of(delivery), f"  {_at(delivery.received_at)}  received and kept"]
    for attempt in attempts:
        lines.append(f"  {_at(attempt.started_at)}  attempt")
        for step in attempt.steps:
            detail = f": {step.detail}" if step.detail else ""
            lines.append(f"    {_time(step.at)}  {step.name.replace('_', ' ')}{detail}")
        if attempt.finished_at is not None:
            lines.append(f"    {_time(attempt.finished_at)}  {attempt.outcome}")
    return [*lines, *(f"  {note}" for note in notes_on(delivery))]


def _at(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _time(moment: datetime) -> str:
    return moment.astimezone().strftime("%H:%M:%S.%f")[:-3]


def _plain(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "contact": delivery.contact,
        "action": delivery.action,
        "roles": delivery.roles,
        "send_notification": delivery.notify,
        "state": delivery.state,
        "reason": delivery.reason,
        "warnings": [
            {"code": caveat.code, "subject": caveat.subject, "sentence": explain(caveat)}
            for caveat in delivery.caveats
        ],
        "user_id": delivery.user_id,
        "attempts": delivery.attempts,
        "received_at": _iso(delivery.received_at),
        "due_at": _iso(delivery.due_at),
        "finished_at": _iso(delivery.finished_at),
    }


def _plain_attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "attempt": attempt.number,
        "first_delivery": attempt.first,
        "started_at": _iso(attempt.started_at),
        "finished_at": _iso(attempt.finished_at),
        "outcome": attempt.outcome,
        "reason": attempt.reason,
        "steps": [
            {"at": _iso(step.at), "name": step.name, "detail": step.detail}
            for step in attempt.steps
        ],
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds")
