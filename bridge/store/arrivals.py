"""Statements by which deliveries come to wait: new ones, and held ones that are tried afresh."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, literal, null, select, update

from bridge.delivery import NewDelivery
from bridge.store.engines import upsert
from bridge.store.schema import WAITING, Moment, deliveries, lanes


@dataclass(frozen=True, slots=True)
class Arrival:
    """A delivery to be kept, and when it arrived at the store."""

    delivery: NewDelivery
    at: datetime


_open_lane = upsert(lanes)
_open_lane = _open_lane.on_conflict_do_update(
    index_elements=[lanes.c.contact],
    # When a lane is due stays: a new Post does not cut short what Retry-After asked for.
    set_={"open": lanes.c.open + _open_lane.excluded.open},
)


def keep(connection: Connection, arrivals: Sequence[Arrival]) -> None:
    """The deliveries wait, in this order; a lane that was idle is due now."""
    connection.execute(insert(deliveries), [_row(arrival.delivery) for arrival in arrivals])
    numbers = Counter(arrival.delivery.contact for arrival in arrivals)
    first = {arrival.delivery.contact: arrival.at for arrival in reversed(arrivals)}
    connection.execute(
        _open_lane,
        [
            {"contact": contact, "open": numbers[contact], "due_at": at, "failures": 0}
            for contact, at in first.items()
        ],
    )


def is_kept(connection: Connection, delivery_id: str) -> bool:
    """Whether a delivery with this id is there."""
    found = select(deliveries.c.number).where(deliveries.c.id == delivery_id)
    return connection.scalar(found) is not None


def count_open(connection: Connection) -> int:
    """How many deliveries are not finished."""
    number: int = connection.scalars(select(func.coalesce(func.sum(lanes.c.open), 0))).one()
    return number


def release_held(connection: Connection, now: datetime) -> int:
    """All held deliveries wait again; gives how many there were."""
    held = deliveries.c.state == "held"
    opened = (
        select(deliveries.c.contact, func.count(), literal(now, Moment), literal(0))
        .where(held)
        .group_by(deliveries.c.contact)
    )
    connection.execute(_open_lane.from_select(["contact", "open", "due_at", "failures"], opened))
    released = update(deliveries).where(held).values(state=WAITING, finished_at=null(), reason="")
    return connection.execute(released).rowcount


def _row(new: NewDelivery) -> dict[str, object]:
    return {
        "id": new.id,
        "contact": new.contact,
        "action": new.action,
        "roles": list(new.roles),
        "notify": new.notify,
        "received_at": new.received_at,
        "state": "waiting",
        "attempts": 0,
        "reason": "",
        "caveats": [],
    }
