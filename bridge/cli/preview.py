"""``keap-bridge preview``: what would change in WordPress for a contact."""

import json
from dataclasses import asdict
from pathlib import Path

import click
from click.core import ParameterSource

from bridge.cli.ending import CannotReach, Refused
from bridge.cli.ends import ending_of, keap_of
from bridge.cli.options import config_option, load_config, role_option
from bridge.config import Config
from bridge.delivery import Delivery, NewDelivery
from bridge.dry_run import as_posted, dry_run
from bridge.explanations import explain
from bridge.preview import Preview
from bridge.preview_lines import lines_of
from bridge.store import Reader, StoreError
from bridge.surroundings import Surroundings
from bridge.verdicts import ConfigurationAtFault
from keap_client.errors import KeapError
from keap_client.form import UnreadablePost
from wp_client.errors import WordPressError

OF_A_POST = {
    "contact_id": "CONTACT_ID",
    "action": "--action",
    "role": "--role",
    "send_notification": "--send-notification",
}
"""What a Post says, and how it is written on the command line."""


@click.command("preview")
@click.argument("contact_id", required=False, metavar="[CONTACT_ID]")
@click.option(
    "--action",
    type=click.Choice(["add", "update", "update_tags"], case_sensitive=False),
    default="add",
    show_default=True,
    help="What the HTTP Post would ask for (wpf_action).",
)
@role_option
@click.option(
    "--send-notification/--no-send-notification",
    default=False,
    help="Whether the HTTP Post would ask for the new-user notification.",
)
@click.option(
    "--post",
    "came",
    metavar="deliveries:ID",
    help="A Post that came in, instead of contact and options: its contact, action, role and"
    " notification.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON object.")
@config_option
@click.pass_context
def command(
    context: click.Context,
    contact_id: str | None,
    action: str,
    role: str,
    came: str | None,
    *,
    send_notification: bool,
    as_json: bool,
    config_file: Path,
) -> None:
    """Show what an HTTP Post for CONTACT_ID would change in WordPress; write nothing.

    A line that begins with + would be new, one with - would go, one with ~ would be another.
    """
    config = load_config(config_file).config
    surroundings = Surroundings()
    try:
        delivery: NewDelivery | Delivery
        if came is not None:
            _refuse_beside_post(context)
            delivery = _kept(config, came)
        else:
            delivery = _delivery(contact_id, action, role, surroundings, notify=send_notification)
        preview = dry_run(config, keap_of(config), delivery, surroundings)
    except StoreError as error:
        raise CannotReach(str(error)) from None
    except (KeapError, WordPressError, ConfigurationAtFault) as error:
        raise ending_of(error) from None
    click.echo(_json(preview) if as_json else "\n".join(lines_of(preview)))


def _refuse_beside_post(context: click.Context) -> None:
    for name, written in OF_A_POST.items():
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            message = f"--post says this already: leave {written} out."
            raise click.UsageError(message)


def _kept(config: Config, came: str) -> Delivery:
    """Give the delivery that ``--post`` names."""
    delivery_id = came.removeprefix("deliveries:")
    delivery = Reader.open(config.server.store).delivery(delivery_id)
    if delivery is None:
        message = f"There is no delivery {delivery_id}."
        raise Refused(message)
    return delivery


def _delivery(
    contact_id: str | None, action: str, role: str, surroundings: Surroundings, *, notify: bool
) -> NewDelivery:
    if contact_id is None:
        message = "Say whom: CONTACT_ID, or --post deliveries:ID."
        raise click.UsageError(message)
    try:
        return as_posted(contact_id, action, role, notify=notify, surroundings=surroundings)
    except UnreadablePost as error:
        raise click.UsageError(str(error)) from None


def _json(preview: Preview) -> str:
    warnings = [{**asdict(each), "sentence": explain(each)} for each in preview.warnings]
    return json.dumps(asdict(preview) | {"warnings": warnings}, ensure_ascii=False, indent=2)
