"""``keap-bridge preview``: what would change in WordPress for a contact."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import cast

import click
from click.core import ParameterSource

from bridge.cli.ending import CannotReach, Refused
from bridge.cli.ends import ending_of, keap_of, way_of, wordpress_of
from bridge.cli.options import config_option, load_config, role_option
from bridge.config import Config
from bridge.delivery import Action, Delivery, NewDelivery
from bridge.explanations import explain
from bridge.intent import Intent, fold
from bridge.passwords import new_password
from bridge.plan import Plan, for_missing, plan_for
from bridge.preview import Preview, preview_of
from bridge.preview_lines import lines_of
from bridge.reading import NO_MODEL, Reading, Wanted, read_contact, read_tag_news
from bridge.store import Reader, StoreError, StoreMissing
from bridge.surroundings import Surroundings
from bridge.verdicts import ConfigurationAtFault
from keap_client.errors import KeapError
from keap_client.http_post import Form, UnreadablePost, read_http_post
from keap_client.model import contact_model
from wp_client import by_companion
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
        preview = _preview(config, delivery, surroundings)
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
    """Give the delivery that an HTTP Post with these values would become."""
    if contact_id is None:
        message = "Say whom: CONTACT_ID, or --post deliveries:ID."
        raise click.UsageError(message)
    pairs = (
        ("contactId", contact_id),
        ("wpf_action", action),
        ("role", role),
        ("send_notification", str(notify).lower()),
    )
    try:
        post = read_http_post(Form(pairs))
    except UnreadablePost as error:
        raise click.UsageError(str(error)) from None
    return NewDelivery(
        id=surroundings.new_id(),
        contact=cast("str", post.contact),  # only the action test has none,
        action=cast("Action", post.action),  # and that is none of the choices
        received_at=surroundings.clock(),
        roles=post.roles,
        notify=post.send_notification,
    )


def _preview(
    config: Config, delivery: NewDelivery | Delivery, surroundings: Surroundings
) -> Preview:
    """Do what an attempt does, up to the point where it writes."""
    user_id = _linked_user(config, delivery.contact)
    reading = _read(config, delivery.contact)
    intent = fold([delivery])

    def plan_of(intent: Intent) -> Plan:
        return plan_for(
            reading.contact,
            intent,
            config,
            reading.mapping,
            delivery=delivery.id,
            user_id=user_id,
            password=new_password(surroundings.choose),
            tags=reading.tags,
        )

    plan = plan_of(intent)
    with wordpress_of(config) as unexplored:
        wordpress, way = way_of(unexplored, config.wordpress.url)
        result = wordpress.converse(way.dry_run(plan.document))
        if result.state == "missing" and (creating := for_missing(intent, config)):
            plan = plan_of(creating)
            result = wordpress.converse(way.dry_run(plan.document))
    return preview_of(result, plan, config, reading, delivery.action, companion=way is by_companion)


def _linked_user(config: Config, contact: str) -> int | None:
    try:
        return Reader.open(config.server.store).user_of(contact)
    except StoreMissing:
        return None  # the bridge has not run yet


def _read(config: Config, contact: str) -> Reading:
    # Tags are named in any case: nobody knows them by their ids.
    wanted = replace(Wanted.by(config), tag_names=True)
    with keap_of(config) as keap:
        model = keap.send(contact_model()) if wanted.needs_model else NO_MODEL
        reading = keap.converse(read_contact(contact, wanted, model))
        return replace(reading, tags=keap.converse(read_tag_news(contact, wanted)))


def _json(preview: Preview) -> str:
    warnings = [{**asdict(each), "sentence": explain(each)} for each in preview.warnings]
    return json.dumps(asdict(preview) | {"warnings": warnings}, ensure_ascii=False, indent=2)
