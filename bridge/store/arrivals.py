"""Statements by which deliveries come to wait: new ones, and held ones that are tried afresh."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    func,
    insert,
    literal,
    null,
    select,
    update,
)

from bridge.delivery import Action, NewDelivery, State
from bridge.store.engines import Upsert
from bridge.store.leases import wake_others
from bridge.store.many_rows import ManyRows
from bridge.store.schema import (
    POST_WAITS,
    SYNC_WAITS,
    WAITING,
    Moment,
    as_number,
    deliveries,
    lanes,
)

_IS_ANY_HELD = "SELECT 1 FROM deliveries WHERE state = 'held' LIMIT 1"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A delivery to be kept, and when it arrived at the store."""

    delivery: NewDelivery
    at: datetime


RESENT: tuple[State, ...] = ("held", "failed", "ignored", "done")
"""The states that a resend begins in; what waits or runs is on its way already."""


@dataclass(frozen=True, slots=True)
class Resend:
    """Which deliveries are sent again: those to which all that is given applies."""

    ids: Collection[str] | None = None
    state: State | None = None
    since: datetime | None = None
    """Received at this time or later."""
    contact: str | None = None
    until: datetime | None = None
    """Received before this time."""
    action: Action | None = None


def _foremost(new: Any) -> ColumnElement[int]:
    # A Post takes what waits for its contact along to the front.
    return case((new.rank < lanes.c.rank, new.rank), else_=lanes.c.rank)


_KEPT = (
    deliveries.c.id,
    deliveries.c.contact,
    deliveries.c.action,
    deliveries.c.roles,
    deliveries.c.notify,
    deliveries.c.received_at,
    deliveries.c.state,
    deliveries.c.attempts,
    deliveries.c.reason,
    deliveries.c.caveats,
)
_add_deliveries = ManyRows(lambda _: insert(deliveries), *_KEPT)
_add_deliveries_of_sync = ManyRows(lambda _: insert(deliveries), *_KEPT, deliveries.c.sync_run)
_open_lane = Upsert(
    lanes,
    lanes.c.contact,
    # When a lane is due stays: a new Post does not cut short what Retry-After asked for.
    lambda new: {"open": lanes.c.open + new.open, "rank": _foremost(new)},
)
_open_lanes_of_new = ManyRows(
    _open_lane.on, lanes.c.contact, lanes.c.open, lanes.c.due_at, lanes.c.failures
)
_open_lanes_of_sync = ManyRows(
    _open_lane.on,
    lanes.c.contact,
    lanes.c.open,
    lanes.c.due_at,
    lanes.c.failures,
    lanes.c.rank,
)
_open_lane_at_once = Upsert(
    lanes,
    lanes.c.contact,
    # A person has asked: what waits for the contact anyway comes with it.
    lambda new: {
        "open": lanes.c.open + new.open,
        "due_at": new.due_at,
        "failures": 0,
        "rank": _foremost(new),
    },
)


_rank = case((deliveries.c.sync_run.is_(None), POST_WAITS), else_=SYNC_WAITS)


def keep(connection: Connection, arrivals: Sequence[Arrival]) -> int:
    """The deliveries wait, in this order; a lane that was idle is due now.

    What is held of the same contacts waits with them: done later by itself, it would put back what
    a newer Post has changed.

    Returns:
        How many were held and wait again.
    """
    _add_deliveries.add(connection, [_row(arrival.delivery) for arrival in arrivals])
    numbers = Counter(arrival.delivery.contact for arrival in arrivals)
    first = {arrival.delivery.contact: arrival.at for arrival in reversed(arrivals)}
    # In order, as in leases.lock_lanes.
    opened = [
        (contact, numbers[contact], as_number(first[contact]), 0) for contact in sorted(first)
    ]
    _open_lanes_of_new.add(connection, opened)
    wake_others(connection)
    # Nearly always nothing at all is held, and that costs less to see.
    if connection.exec_driver_sql(_IS_ANY_HELD).first() is None:
        return 0
    held = and_(deliveries.c.state == "held", deliveries.c.contact.in_(numbers))
    if connection.scalar(select(deliveries.c.number).where(held).limit(1)) is None:
        return 0
    _open_lanes(connection, _open_lane, held, max(first.values()))
    return _let_wait(connection, held)


def keep_for_sync(
    connection: Connection, news: Sequence[NewDelivery], sync_run: int, now: datetime
) -> None:
    """The deliveries of a sync wait, one a contact; Posts go before them."""
    _add_deliveries_of_sync.add(connection, [(*_row(new), sync_run) for new in news])
    due = as_number(now)
    contacts = sorted(new.contact for new in news)
    opened = [(contact, 1, due, 0, SYNC_WAITS) for contact in contacts]
    _open_lanes_of_sync.add(connection, opened)
    wake_others(connection)


def is_kept(connection: Connection, delivery_id: str) -> bool:
    """Whether a delivery with this id is there."""
    found = select(deliveries.c.number).where(deliveries.c.id == delivery_id)
    return connection.scalar(found) is not None


def count_open(connection: Connection) -> int:
    """How many deliveries are not finished."""
    number: int = connection.scalars(select(func.coalesce(func.sum(lanes.c.open), 0))).one()
    return number


def release_held(connection: Connection, causes: Collection[str] | None, now: datetime) -> int:
    """Held deliveries, of these causes or all, wait again; gives how many there were."""
    held = deliveries.c.state == "held"
    # What the brake on roles holds waits for a person, and a start may be anything but one.
    chosen = held & (
        deliveries.c.cause != "brake" if causes is None else deliveries.c.cause.in_(causes)
    )
    _open_lanes(connection, _open_lane, chosen, now)
    return _let_wait(connection, chosen)


def resend(connection: Connection, wanted: Resend, now: datetime) -> int:
    """Finished deliveries wait again as if they had just arrived; gives how many there were."""
    chosen = meant_by(wanted)
    _open_lanes(connection, _open_lane_at_once, chosen, now)
    # Whoever sends again what the brake holds has looked at it; what else is sent again has not.
    return _let_wait(connection, chosen, attempts=0, passes_brake=deliveries.c.cause == "brake")


def meant_by(wanted: Resend) -> ColumnElement[bool]:
    """The condition that a delivery is one of those."""
    return and_(deliveries.c.state.in_(RESENT), *conditions(wanted))


def conditions(wanted: Resend) -> Iterator[ColumnElement[bool]]:
    """Each thing that is given, as a condition."""
    if wanted.ids is not None:
        yield deliveries.c.id.in_(wanted.ids)
    if wanted.state is not None:
        yield deliveries.c.state == wanted.state
    if wanted.since is not None:
        yield deliveries.c.received_at >= wanted.since
    if wanted.contact is not None:
        yield deliveries.c.contact == wanted.contact
    if wanted.until is not None:
        yield deliveries.c.received_at < wanted.until
    if wanted.action is not None:
        yield deliveries.c.action == wanted.action


def _open_lanes(
    connection: Connection, upsert: Upsert, chosen: ColumnElement[bool], now: datetime
) -> None:
    opened = (
        select(
            deliveries.c.contact, func.count(), literal(now, Moment), literal(0), func.min(_rank)
        )
        .where(chosen)
        .group_by(deliveries.c.contact)
        .order_by(deliveries.c.contact)
    )
    into = ["contact", "open", "due_at", "failures", "rank"]
    connection.execute(upsert.on(connection).from_select(into, opened))


def _let_wait(connection: Connection, chosen: ColumnElement[bool], **more: object) -> int:
    waiting = {"state": WAITING, "finished_at": null(), "reason": "", "cause": "", **more}
    number = connection.execute(update(deliveries).where(chosen).values(waiting)).rowcount
    if number:
        wake_others(connection)
    return number


def _row(new: NewDelivery) -> tuple[object, ...]:
    """The values of ``_add_deliveries``."""
    received_at = as_number(new.received_at)
    waiting = ("waiting", 0, "", ())
    return (new.id, new.contact, new.action, new.roles, new.notify, received_at, *waiting)
