"""Which rows belong to a contact, and how they go. docs/privacy.md lists every column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select, update

from bridge.delivery import State
from bridge.store.errors import ContactBusy
from bridge.store.schema import (
    alarms,
    attempts,
    carried,
    deliveries,
    grants,
    key_uses,
    lanes,
    links,
    paces,
    removals,
    steps,
    sync_contacts,
    sync_runs,
)

OF_NOBODY = (alarms, grants, key_uses, paces, sync_runs)
"""Tables in which nothing is about a contact."""

AT_ONCE = 200
"""Deliveries that go in one transaction, so that Posts which arrive meanwhile hardly wait."""


@dataclass(frozen=True, slots=True)
class Page:
    """What one look at the oldest deliveries of a state found."""

    swept: int
    after: int | None
    """The number to go on from; ``None``: no others are old enough."""


def rows_of(contact: str) -> Mapping[Table, ColumnElement[bool]]:
    """Give the condition by which rows of each table belong to a contact."""
    # One that is carried out for the contact into which this one was merged is both contacts'.
    named = (deliveries.c.contact == contact) | (deliveries.c.formerly == contact)
    numbers = select(deliveries.c.number).where(named)
    ids = select(deliveries.c.id).where(named)
    tried = select(carried.c.attempt).where(carried.c.delivery.in_(numbers))
    return {
        deliveries: named,
        attempts: attempts.c.number.in_(tried),
        carried: carried.c.delivery.in_(numbers),
        steps: steps.c.attempt.in_(tried),
        lanes: lanes.c.contact == contact,
        links: links.c.contact == contact,
        removals: removals.c.delivery.in_(ids),
        sync_contacts: sync_contacts.c.contact == contact,
    }


def all_of(connection: Connection, contact: str) -> dict[str, list[dict[str, Any]]]:
    """Give every row that belongs to a contact, by the table's name."""
    return {
        table.name: [
            dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public way to read a row by names
            for row in connection.execute(select(table).where(condition))
        ]
        for table, condition in rows_of(contact).items()
    }


def forget(connection: Connection, contact: str) -> tuple[int, int]:
    """Delete every row that belongs to a contact.

    Returns:
        How many deliveries there were, and how many of them waited.

    Raises:
        ContactBusy: An attempt is at work on the contact.
    """
    lane = connection.execute(select(lanes).where(lanes.c.contact == contact)).first()
    elsewhere = select(deliveries.c.number).where(
        deliveries.c.formerly == contact,
        deliveries.c.contact != contact,
        deliveries.c.state.in_(("waiting", "running")),
    )
    under_way = connection.execute(elsewhere.limit(1)).first()
    if under_way or (lane is not None and lane.attempt is not None):
        msg = "The bridge is at work on this contact just now: try again in a moment."
        raise ContactBusy(msg)
    _overwrite(connection)
    theirs = rows_of(contact)
    for table in (removals, sync_contacts, links, lanes):
        connection.execute(delete(table).where(theirs[table]))
    numbers = connection.scalars(select(deliveries.c.number).where(theirs[deliveries])).all()
    for start in range(0, len(numbers), AT_ONCE):
        _drop(connection, numbers[start : start + AT_ONCE])
    return len(numbers), 0 if lane is None else lane.open


def sweep(connection: Connection, state: State, before: datetime, after: int) -> Page:
    """Delete the finished deliveries of a state that ended before a time.

    Args:
        connection: To the store.
        state: Those in this state.
        before: Those that ended earlier than this.
        after: The number that an earlier page ended with; 0: from the oldest on.
    """
    oldest = (
        select(deliveries.c.number, deliveries.c.received_at, deliveries.c.finished_at)
        .where(deliveries.c.state == state, deliveries.c.number > after)
        .order_by(deliveries.c.number)
        .limit(AT_ONCE)
        # What another process sends again just now is passed over.
        .with_for_update(skip_locked=True)
    )
    page = connection.execute(oldest).all()
    # What was sent again ended later than its neighbours.
    gone = [row.number for row in page if row.finished_at is not None and row.finished_at < before]
    if gone:
        _overwrite(connection)
        _drop(connection, gone)
    goes_on = len(page) == AT_ONCE and page[-1].received_at < before
    return Page(len(gone), page[-1].number if goes_on else None)


def _drop(connection: Connection, numbers: Sequence[int]) -> None:
    """Delete deliveries, and the attempts that carried nothing else."""
    ours = carried.c.delivery.in_(numbers)
    tried = connection.scalars(select(carried.c.attempt).where(ours).distinct()).all()
    connection.execute(delete(carried).where(ours))
    left = select(carried.c.attempt, func.min(carried.c.delivery).label("first")).where(
        carried.c.attempt.in_(tried)
    )
    others = {
        row.attempt: row.first for row in connection.execute(left.group_by(carried.c.attempt))
    }
    gone = [attempt for attempt in tried if attempt not in others]
    connection.execute(delete(steps).where(steps.c.attempt.in_(gone)))
    connection.execute(delete(attempts).where(attempts.c.number.in_(gone)))
    for attempt, first in others.items():
        stays = update(attempts).where(attempts.c.number == attempt)
        connection.execute(stays.where(attempts.c.first.in_(numbers)).values(first=first))
    connection.execute(delete(deliveries).where(deliveries.c.number.in_(numbers)))


def _overwrite(connection: Connection) -> None:
    """Have SQLite overwrite what is deleted; left to itself it only marks the place as free.

    https://www.sqlite.org/pragma.html#pragma_secure_delete
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
