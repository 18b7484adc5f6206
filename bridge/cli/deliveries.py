"""``keap-bridge deliveries``: what became of the HTTP Posts."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast, get_args

import click

from bridge.cli.ending import CannotReach, Refused
from bridge.cli.options import config_option, load_all, one_or_all, site_named
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
    """List the newest deliveries, of all sites or one, or show the timeline of the one with ID."""
    loaded = load_all(config_file, warn=False, with_secrets=False)
    sites = one_or_all(loaded, site_named()).sites
    try:
        readers = {name: Reader.open(config.server.store) for name, config in sites.items()}
        if delivery_id is not None:
            _show(readers, delivery_id, as_json=as_json)
            return
        found = [
            (name, delivery)
            for name, reader in readers.items()
            for delivery in reader.deliveries(cast("State | None", state), contact, limit=limit)
        ]
    except StoreError as error:
        raise CannotReach(str(error)) from None
    if len(sites) > 1:
        found = sorted(found, key=lambda each: each[1].received_at, reverse=True)[:limit]
    for name, delivery in found:
        if as_json:
            click.echo(json.dumps({**_of(name), **plain(delivery)}, ensure_ascii=False))
            continue
        click.echo(f"{name}  {line_of(delivery)}" if name else line_of(delivery))
        for note in notes_on(delivery):
            click.echo(f"    {note}")
    if not found and not as_json:
        click.echo("No deliveries.")


def _of(site: str) -> dict[str, str]:
    return {"site": site} if site else {}


def _show(readers: Mapping[str, Reader], delivery_id: str, *, as_json: bool) -> None:
    found = ((name, reader.delivery(delivery_id)) for name, reader in readers.items())
    name, delivery = next((each for each in found if each[1] is not None), ("", None))
    if delivery is None:
        message = f"There is no delivery {delivery_id}."
        raise Refused(message)
    attempts = readers[name].timeline(delivery_id)
    if as_json:
        timeline = {"timeline": [plain_attempt(each) for each in attempts]}
        whole = {**_of(name), **plain(delivery), **timeline}
        click.echo(json.dumps(whole, ensure_ascii=False))
        return
    click.echo("\n".join(timeline_of(delivery, attempts)))
