"""Statements by which an attempt that holds its lane says what it did and how it ended."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, null, select, update

from bridge.delivery import State, Step, Verdict, Work
from bridge.store.engines import upsert
from bridge.store.errors import LaneLostError
from bridge.store.rows import caveats_as_json
from bridge.store.schema import attempts, carried, deliveries, lanes, links, steps

_insert_link = upsert(links)
_upsert_link = _insert_link.on_conflict_do_update(
    index_elements=[links.c.contact],
    set_={
        "user_id": _insert_link.excluded.user_id,
        "linked_at": _insert_link.excluded.linked_at,
    },
)


@dataclass(frozen=True, slots=True)
class Finished:
    """What the end of an attempt changed."""

    attempt: int
    ended: int
    """How many deliveries are finished."""


def add_step(connection: Connection, work: Work, step: Step) -> None:
    """The attempt's timeline has the step.

    Raises:
        LaneLostError: the attempt does not hold the lane.
    """
    _open_deliveries(connection, work)
    connection.execute(
        insert(steps).values(attempt=work.attempt, at=step.at, name=step.name, detail=step.detail)
    )


def link(connection: Connection, contact: str, user_id: int, now: datetime) -> None:
    """The WordPress user stands for the contact from now on."""
    connection.execute(_upsert_link, {"contact": contact, "user_id": user_id, "linked_at": now})


def finish(connection: Connection, work: Work, verdict: Verdict, now: datetime) -> Finished:
    """Every delivery of the work ends, or waits again, as the verdict says; the lane is free.

    Raises:
        LaneLostError: the attempt does not hold the lane.
    """
    open_before = _open_deliveries(connection, work)
    waits = verdict.state == "waiting"
    load = {delivery.number for delivery in work.deliveries}
    given_up = {each.number for each in work.deliveries if each.id in verdict.give_up}
    ended = given_up if waits else load
    _set_state(connection, ended, "failed" if waits else verdict.state, verdict, now)
    _set_state(connection, load - ended, "waiting", verdict, None)
    connection.execute(
        update(attempts)
        .where(attempts.c.number == work.attempt)
        .values(finished_at=now, outcome=verdict.state, reason=verdict.reason)
    )
    if verdict.state == "done" and verdict.user_id is not None:
        link(connection, work.contact, verdict.user_id, now)
    _free_lane(connection, work, verdict, now, open_now=open_before - len(ended))
    return Finished(work.attempt, len(ended))


def recover(connection: Connection, working: AbstractSet[int], now: datetime) -> None:
    """What attempts other than ``working`` carried waits again; their lanes are free."""
    held = connection.scalars(select(lanes.c.attempt).where(lanes.c.attempt.is_not(None)))
    lost = set(held) - working
    load = select(carried.c.delivery).where(carried.c.attempt.in_(lost))
    connection.execute(
        update(deliveries)
        .where(deliveries.c.number.in_(load), deliveries.c.state == "running")
        .values(state="waiting")
    )
    connection.execute(
        update(attempts)
        .where(attempts.c.number.in_(lost))
        .values(finished_at=now, outcome="interrupted")
    )
    connection.execute(
        update(lanes).where(lanes.c.attempt.in_(lost)).values(attempt=null(), lease_until=null())
    )


def _open_deliveries(connection: Connection, work: Work) -> int:
    """How many deliveries of the contact are not finished.

    Raises:
        LaneLostError: the attempt does not hold the lane.
    """
    held = select(lanes.c.open).where(
        lanes.c.contact == work.contact, lanes.c.attempt == work.attempt
    )
    count: int | None = connection.scalar(held)
    if count is None:
        msg = f"Attempt {work.attempt} no longer holds its contact's lane."
        raise LaneLostError(msg)
    return count


def _set_state(
    connection: Connection,
    numbers: AbstractSet[int],
    state: State,
    verdict: Verdict,
    finished_at: datetime | None,
) -> None:
    values = {
        "state": state,
        "finished_at": finished_at,
        "reason": verdict.reason,
        "caveats": caveats_as_json(verdict.caveats),
        "user_id": verdict.user_id,
    }
    connection.execute(update(deliveries).where(deliveries.c.number.in_(numbers)).values(values))


def _free_lane(
    connection: Connection, work: Work, verdict: Verdict, now: datetime, *, open_now: int
) -> None:
    lane = lanes.c.contact == work.contact
    if open_now == 0:
        connection.execute(delete(lanes).where(lane))
        return
    waits = verdict.state == "waiting"
    connection.execute(
        update(lanes)
        .where(lane)
        .values(
            open=open_now,
            attempt=null(),
            lease_until=null(),
            # What arrived during an attempt that ended is due at once.
            due_at=verdict.due_at if waits else now,
            failures=work.failures + 1 if waits else 0,
        )
    )
