"""Statements by which an attempt that holds its lane says what it did and how it ended."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from bridge.delivery import Delivery, State, Step, Verdict, Work
from bridge.store.engines import Upsert
from bridge.store.errors import LaneLost
from bridge.store.rows import caveats_as_json
from bridge.store.schema import (
    attempts,
    carried,
    deliveries,
    lanes,
    links,
    steps,
    sync_runs,
)

# Made once: to build a statement takes longer than to execute it.
_held_lane = (
    select(lanes.c.open)
    .where(lanes.c.contact == bindparam("contact"), lanes.c.attempt == bindparam("attempt"))
    # Nobody takes the lane away between this look and the end of the transaction.
    .with_for_update()
)
_add_step = insert(steps)
_end_attempt = update(attempts).where(attempts.c.number == bindparam("this"))
_set_delivery = update(deliveries).where(deliveries.c.number == bindparam("this"))
_delete_lane = delete(lanes).where(lanes.c.contact == bindparam("this"))
_free_lane = update(lanes).where(lanes.c.contact == bindparam("this"))
_delete_other_links = delete(links).where(
    links.c.user_id == bindparam("user"), links.c.contact != bindparam("contact")
)
_contact_of = (
    select(links.c.contact)
    .where(links.c.user_id == bindparam("user"))
    .order_by(links.c.linked_at.desc())
    .limit(1)
)
_count_change = update(sync_runs).values(changed=sync_runs.c.changed + 1)
_upsert_link = Upsert(
    links,
    links.c.contact,
    lambda new: {"user_id": new.user_id, "linked_at": new.linked_at},
)


@dataclass(frozen=True, slots=True)
class Finished:
    """What the end of an attempt changed."""

    attempt: int
    ended: int
    """How many deliveries are finished."""


def add_steps(connection: Connection, work: Work, done: Sequence[Step]) -> None:
    """The attempt's timeline has the steps.

    Raises:
        LaneLost: the attempt does not hold the lane.
    """
    _open_deliveries(connection, work)
    _add(connection, work, done)


def link(connection: Connection, contact: str, user_id: int, now: datetime) -> None:
    """The WordPress user stands for the contact from now on, and for nobody else."""
    connection.execute(_delete_other_links, {"contact": contact, "user": user_id})
    row = {"contact": contact, "user_id": user_id, "linked_at": now}
    connection.execute(_upsert_link.on(connection), row)


def contact_of(connection: Connection, user_id: int) -> str | None:
    """The contact that the WordPress user stands for."""
    contact: str | None = connection.scalar(_contact_of, {"user": user_id})
    return contact


def finish(
    connection: Connection, work: Work, verdict: Verdict, done: Sequence[Step], now: datetime
) -> Finished:
    """Every delivery of the work ends, or waits again, as the verdict says; the lane is free.

    Raises:
        LaneLost: the attempt does not hold the lane.
    """
    open_before = _open_deliveries(connection, work)
    _add(connection, work, done)
    states = [_state(delivery, verdict) for delivery in work.deliveries]
    connection.execute(
        _set_delivery,
        [
            {
                "this": delivery.number,
                "state": state,
                "finished_at": None if state == "waiting" else now,
                "reason": verdict.reason,
                "caveats": caveats_as_json(verdict.caveats),
                "user_id": verdict.user_id,
                "cause": verdict.cause,
            }
            for delivery, state in zip(work.deliveries, states, strict=True)
        ],
    )
    connection.execute(
        _end_attempt,
        {
            "this": work.attempt,
            "finished_at": now,
            # Where all was given up, nothing waits.
            "outcome": verdict.state if verdict.state in states else "failed",
            "reason": verdict.reason,
        },
    )
    if verdict.changed and (runs := {each.sync_run for each in work.deliveries} - {None}):
        connection.execute(_count_change.where(sync_runs.c.number.in_(runs)))
    if verdict.state == "done" and verdict.user_id not in (None, work.user_id):
        link(connection, work.contact, verdict.user_id, now)
    ended = len(states) - states.count("waiting")
    # What was handed over waits in another contact's lane.
    left = len(states) if verdict.successor is not None else ended
    _leave_lane(connection, work, verdict, now, remaining=open_before - left)
    return Finished(work.attempt, ended)


def recover(connection: Connection, working: AbstractSet[int], now: datetime) -> None:
    """What attempts other than ``working`` carried waits again; their lanes are free."""
    held = connection.scalars(select(lanes.c.attempt).where(lanes.c.attempt.is_not(None)))
    interrupt(connection, set(held) - working, now)


def interrupt(connection: Connection, lost: AbstractSet[int], now: datetime) -> None:
    """What these attempts carry waits again, where they still hold their lanes; those are free."""
    held = select(lanes.c.attempt).where(lanes.c.attempt.in_(lost))
    load = select(carried.c.delivery).where(carried.c.attempt.in_(held))
    connection.execute(
        update(deliveries)
        .where(deliveries.c.number.in_(load), deliveries.c.state == "running")
        .values(state="waiting")
    )
    connection.execute(
        update(attempts)
        .where(attempts.c.number.in_(held))
        .values(finished_at=now, outcome="interrupted")
    )
    connection.execute(
        update(lanes).where(lanes.c.attempt.in_(lost)).values(attempt=None, lease_until=None)
    )


def _open_deliveries(connection: Connection, work: Work) -> int:
    """How many deliveries of the contact are not finished.

    Raises:
        LaneLost: the attempt does not hold the lane.
    """
    count: int | None = connection.scalar(
        _held_lane, {"contact": work.contact, "attempt": work.attempt}
    )
    if count is None:
        msg = f"Attempt {work.attempt} no longer holds its contact's lane."
        raise LaneLost(msg)
    return count


def _add(connection: Connection, work: Work, done: Sequence[Step]) -> None:
    if done:
        connection.execute(
            _add_step,
            [
                {"attempt": work.attempt, "at": step.at, "name": step.name, "detail": step.detail}
                for step in done
            ],
        )


def _state(delivery: Delivery, verdict: Verdict) -> State:
    gives_up = verdict.state == "waiting" and delivery.id in verdict.give_up
    return "failed" if gives_up else verdict.state


def _leave_lane(
    connection: Connection, work: Work, verdict: Verdict, now: datetime, *, remaining: int
) -> None:
    if remaining == 0:
        connection.execute(_delete_lane, {"this": work.contact})
        return
    waits = verdict.state == "waiting"
    connection.execute(
        _free_lane,
        {
            "this": work.contact,
            "open": remaining,
            # What arrived during an attempt that has ended is due at once.
            "due_at": verdict.due_at if waits else now,
            "attempt": None,
            "lease_until": None,
            "failures": work.failures + 1 if waits else 0,
        },
    )
