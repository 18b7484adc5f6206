"""Statements by which an attempt gets its work: a lane that is due, and all that waits in it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Connection,
    bindparam,
    func,
    insert,
    literal,
    null,
    select,
    true,
    type_coerce,
    update,
)

from bridge.delivery import Delivery, Work
from bridge.store import syncing
from bridge.store.engines import SERVER_TIME, is_shared, microseconds
from bridge.store.rows import delivery_of
from bridge.store.schema import (
    POST_WAITS,
    SYNC_WAITS,
    WAITING,
    attempts,
    carried,
    deliveries,
    lanes,
    links,
    steps,
)

MOST_DELIVERIES = 500
"""How many waiting deliveries of one contact an attempt carries; the next carries the others."""

_free = lanes.c.attempt.is_(None)
_soonest = select(func.min(lanes.c.due_at)).where(_free, lanes.c.rank == bindparam("rank"))

_waiting = deliveries.alias()
_oldest_waiting = (
    select(_waiting.c.number)
    .where(_waiting.c.contact == lanes.c.contact, _waiting.c.state == WAITING)
    .order_by(_waiting.c.number)
    .limit(MOST_DELIVERIES)
    .correlate(lanes)
)
# As the attempt will carry them; a lane with thousands waiting costs no more than five hundred.
_carried = select(
    *(column for column in deliveries.c if column.name not in {"state", "attempts"}),
    literal("running").label("state"),
    (deliveries.c.attempts + 1).label("attempts"),
    null().label("due_at"),
).order_by(deliveries.c.number)
_to_carry = _carried.join_from(lanes, deliveries, deliveries.c.number.in_(_oldest_waiting))
# Without the word LATERAL, which SQLite does not have, PostgreSQL would look at all deliveries.
_each_oldest = _oldest_waiting.lateral()
_to_carry_laterally = _carried.join_from(lanes, _each_oldest, true()).join(
    deliveries, deliveries.c.number == _each_oldest.c.number
)
_set_running = (
    update(deliveries)
    .where(deliveries.c.number == bindparam("delivery"))
    .values(state="running", attempts=deliveries.c.attempts + 1)
)
_hold_lane = (
    update(lanes)
    .where(lanes.c.contact == bindparam("held_contact"))
    .values(attempt=bindparam("held_by"))
)
_hold_lane_for_a_lease = _hold_lane.values(
    lease_until=SERVER_TIME + bindparam("held_for", type_=BigInteger)
)
_start_attempt = insert(attempts).returning(attempts.c.number, sort_by_parameter_order=True)


def next_due(connection: Connection, *, behind: bool) -> datetime | None:
    """When the next lane that nobody holds is due; it may be already.

    Args:
        connection: To the store.
        behind: Whether what only a sync asks for counts, as far as the sync may go on.
    """
    due: datetime | None = connection.scalar(_soonest, {"rank": POST_WAITS})
    if not behind:
        return due
    after: datetime | None = connection.scalar(_soonest, {"rank": SYNC_WAITS})
    if after is None or syncing.room(connection) == 0:
        return due
    return after if due is None else min(due, after)


def hasten(connection: Connection, by: timedelta, now: datetime) -> None:
    """Whatever is not due yet is due sooner by that much."""
    earlier = type_coerce(lanes.c.due_at, BigInteger) - by // timedelta(microseconds=1)
    connection.execute(update(lanes).where(_free, lanes.c.due_at > now).values(due_at=earlier))


def take(
    connection: Connection,
    now: datetime,
    limit: int,
    *,
    behind: int,
    lease: timedelta,
    owner: str,
    config_version: str,
) -> tuple[Work, ...]:
    """Up to ``limit`` lanes that were due are held by new attempts, longest due first.

    Those in which a Post waits come first; of the others there are at most ``behind``.
    """
    failures = _due(connection, now, POST_WAITS, limit)
    after = min(limit - len(failures), behind)
    if after > 0 and connection.scalar(_soonest, {"rank": SYNC_WAITS}) is not None:
        after = min(after, syncing.room(connection))
        failures |= _due(connection, now, SYNC_WAITS, after)
    if not failures:
        return ()
    loads = _loads(connection, failures)
    firsts = {contact: loads[contact][0].number for contact in failures}
    start = {
        "owner": owner,
        "config_version": config_version,
        "started_at": now,
        "outcome": "",
        "reason": "",
    }
    begun = connection.scalars(_start_attempt, [start | {"first": firsts[c]} for c in failures])
    numbers = dict(zip(failures, begun, strict=True))
    load = [
        {"delivery": delivery.number, "attempt": numbers[contact]}
        for contact in failures
        for delivery in loads[contact]
    ]
    connection.execute(insert(carried), load)
    connection.execute(_set_running, load)
    _hold(connection, numbers, lease)
    users = _users(connection, failures)
    done = _steps(connection, list(firsts.values()))
    return tuple(
        Work(
            contact=contact,
            deliveries=tuple(loads[contact]),
            user_id=users.get(contact),
            failures=failed,
            steps=tuple(done[firsts[contact]]),
            attempt=numbers[contact],
        )
        for contact, failed in failures.items()
    )


def _due(connection: Connection, now: datetime, rank: int, limit: int) -> dict[str, int]:
    """The lanes of a rank that are due, with how often attempts at them have failed."""
    due = (
        select(lanes.c.contact, lanes.c.failures)
        .where(_free, lanes.c.rank == rank, lanes.c.due_at <= now)
        .order_by(lanes.c.due_at)
        .limit(limit)
        # Where another process is about to take a lane, or a Post to open one, this one goes on.
        .with_for_update(skip_locked=True)
    )
    return dict(connection.execute(due).all())


def _hold(connection: Connection, numbers: Mapping[str, int], lease: timedelta) -> None:
    held = [{"held_contact": contact, "held_by": number} for contact, number in numbers.items()]
    if not is_shared(connection):
        connection.execute(_hold_lane, held)
        return
    span = {"held_for": microseconds(lease)}
    connection.execute(_hold_lane_for_a_lease, [each | span for each in held])


def _loads(connection: Connection, contacts: Mapping[str, int]) -> Mapping[str, list[Delivery]]:
    loads = defaultdict(list)
    waiting = _to_carry_laterally if is_shared(connection) else _to_carry
    for row in connection.execute(waiting.where(lanes.c.contact.in_(contacts))):
        loads[row.contact].append(delivery_of(row))
    return loads


def _users(connection: Connection, contacts: Mapping[str, int]) -> Mapping[str, int]:
    linked = select(links.c.contact, links.c.user_id).where(links.c.contact.in_(contacts))
    return dict(connection.execute(linked).all())


def _steps(connection: Connection, firsts: Sequence[int]) -> Mapping[int, list[str]]:
    """The names of the steps, in order, of all attempts that these deliveries stood for."""
    recorded = (
        select(attempts.c.first, steps.c.name)
        .join_from(attempts, steps, steps.c.attempt == attempts.c.number)
        .where(attempts.c.first.in_(firsts))
        .order_by(steps.c.number)
    )
    names = defaultdict(list)
    for first, name in connection.execute(recorded):
        names[first].append(name)
    return names
