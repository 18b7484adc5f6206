"""``keap-bridge deliveries``: what became of the HTTP Posts."""

import json
from pathlib import Path
from typing import cast, get_args

import click

from bridge.cli.ending import CannotReach, Refused
from bridge.cli.options import config_option, load_config
from bridge.delivery import State
from bridge.delivery_lines import line_of, notes_on, plain, plain_attempt, timeline_of
from bridge.store import Reader
from bridge.store.errors import StoreError


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
            click.echo(json.dumps(plain(delivery), ensure_ascii=False))
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
        whole = {**plain(delivery), "timeline": [plain_attempt(each) for each in attempts]}
        click.echo(json.dumps(whole, ensure_ascii=False))
        return
    click.echo("\n".join(timeline_of(delivery, attempts)))
