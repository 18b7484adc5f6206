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
from bridge.store.many_rows import insert_rows
from bridge.store.schema import (
    POST_WAITS,
    SYNC_WAITS,
    WAITING,
    Moment,
    deliveries,
    lanes,
)


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


_add_delivery = insert(deliveries)
_open_lane = Upsert(
    lanes,
    lanes.c.contact,
    # When a lane is due stays: a new Post does not cut short what Retry-After asked for.
    lambda new: {"open": lanes.c.open + new.open, "rank": _foremost(new)},
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
    insert_rows(connection, _add_delivery, [_row(arrival.delivery) for arrival in arrivals])
    numbers = Counter(arrival.delivery.contact for arrival in arrivals)
    first = {arrival.delivery.contact: arrival.at for arrival in reversed(arrivals)}
    insert_rows(
        connection,
        _open_lane.on(connection),
        [
            {"contact": contact, "open": numbers[contact], "due_at": at, "failures": 0}
            # In order, as in leases.lock_lanes.
            for contact, at in sorted(first.items())
        ],
    )
    wake_others(connection)
    held = and_(deliveries.c.state == "held", deliveries.c.contact.in_(numbers))
    if connection.scalar(select(deliveries.c.number).where(held).limit(1)) is None:
        return 0
    _open_lanes(connection, _open_lane, held, max(first.values()))
    return _let_wait(connection, held)


def keep_for_sync(
    connection: Connection, news: Sequence[NewDelivery], sync_run: int, now: datetime
) -> None:
    """The deliveries of a sync wait, one a contact; Posts go before them."""
    insert_rows(connection, _add_delivery, [_row(new) | {"sync_run": sync_run} for new in news])
    opened = [
        {"contact": contact, "open": 1, "due_at": now, "failures": 0, "rank": SYNC_WAITS}
        for contact in sorted(new.contact for new in news)
    ]
    insert_rows(connection, _open_lane.on(connection), opened)
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
    chosen = held if causes is None else held & deliveries.c.cause.in_(causes)
    _open_lanes(connection, _open_lane, chosen, now)
    return _let_wait(connection, chosen)


def resend(connection: Connection, wanted: Resend, now: datetime) -> int:
    """Finished deliveries wait again as if they had just arrived; gives how many there were."""
    chosen = meant_by(wanted)
    _open_lanes(connection, _open_lane_at_once, chosen, now)
    return _let_wait(connection, chosen, attempts=0)


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
