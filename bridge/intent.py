"""What the waiting deliveries of one contact ask for together. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.delivery import Action, Delivery, NewDelivery

REACH: dict[Action, int] = {"update_tags": 0, "update": 1, "add": 2}
"""Each action does everything that those before it do."""


@dataclass(frozen=True, slots=True)
class Intent:
    """The union of what several deliveries ask."""

    action: Action
    roles: tuple[str, ...]
    notify: bool


def fold(deliveries: Sequence[Delivery | NewDelivery]) -> Intent:
    """Join deliveries, in order of arrival, into one intent; at least one is needed.

    The action that reaches furthest wins, the newest given roles win, and a notification is
    wanted when any delivery asked for one. ``update_tags`` never carries roles, and only ``add``
    carries a notification, as WP Fusion reads them.
    """
    action = max((delivery.action for delivery in deliveries), key=REACH.__getitem__)
    roles: tuple[str, ...] = ()
    for delivery in deliveries:
        if delivery.roles and delivery.action != "update_tags":
            roles = delivery.roles
    notify = any(delivery.notify and delivery.action == "add" for delivery in deliveries)
    return Intent(action, roles, notify)
