"""What carrying out an HTTP Post would change, asked of both ends; nothing is written.

For commands, and for the page in a thread: every question waits for its answer.
"""

from dataclasses import replace
from typing import cast

from bridge.config import Config
from bridge.delivery import Action, Delivery, NewDelivery
from bridge.ends import way_of, wordpress_of
from bridge.intent import Intent, fold
from bridge.passwords import new_password
from bridge.plan import Plan, for_missing, plan_for
from bridge.preview import Preview, preview_of
from bridge.reading import NO_MODEL, Reading, Wanted, read_contact, read_tag_news
from bridge.store import Reader, StoreMissing
from bridge.surroundings import Surroundings
from keap_client.form import Form
from keap_client.http_post import read_http_post
from keap_client.model import contact_model
from keap_client.over_requests import Keap
from wp_client import by_companion


def as_posted(
    contact_id: str,
    action: str,
    role: str = "",
    *,
    notify: bool = False,
    surroundings: Surroundings,
) -> NewDelivery:
    """Give the delivery that an HTTP Post with these values would become.

    Args:
        contact_id: Whom.
        action: Any but ``test``, which concerns nobody.
        role: As the Post would name it.
        notify: Whether it would ask for the new-user notification.
        surroundings: The time, and an id.

    Raises:
        UnreadablePost: No Post can say this.
    """
    pairs = (
        ("contactId", contact_id),
        ("wpf_action", action),
        ("role", role),
        ("send_notification", str(notify).lower()),
    )
    post = read_http_post(Form(pairs))
    return NewDelivery(
        id=surroundings.new_id(),
        contact=cast("str", post.contact),  # only the action test has none,
        action=cast("Action", post.action),  # and that is not meant here
        received_at=surroundings.clock(),
        roles=post.roles,
        notify=post.send_notification,
    )


def dry_run(
    config: Config, keap: Keap, delivery: NewDelivery | Delivery, surroundings: Surroundings
) -> Preview:
    """Do what an attempt does, up to the point where it writes.

    Args:
        config: The site's configuration.
        keap: The carrier to the site's Keap; it is closed at the end.
        delivery: What an HTTP Post asks for.
        surroundings: Chance, for a password that nobody gets.

    Raises:
        StoreError: The store cannot be asked whom the contact is linked to.
        KeapError, WordPressError, ConfigurationAtFault: As for an attempt.
    """
    user_id = _linked_user(config, delivery.contact)
    with keap:
        reading = _read(config, keap, delivery.contact)
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


def _read(config: Config, keap: Keap, contact: str) -> Reading:
    # Tags are named in any case: nobody knows them by their ids.
    wanted = replace(Wanted.by(config), tag_names=True)
    model = keap.send(contact_model()) if wanted.needs_model else NO_MODEL
    reading = keap.converse(read_contact(contact, wanted, model))
    return replace(reading, tags=keap.converse(read_tag_news(contact, wanted)))
