"""Statements about syncs: what they are to do, their contacts, and how far they have come."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    delete,
    func,
    insert,
    select,
    update,
)

from bridge.delivery import NewDelivery
from bridge.store import arrivals
from bridge.store.errors import SyncUnderWay
from bridge.store.many_rows import ManyRows
from bridge.store.schema import (
    WAITING,
    deliveries,
    lanes,
    links,
    paces,
    sync_contacts,
    sync_runs,
)
from bridge.sync_run import Standing, SyncRun, SyncState, SyncWish

ENDED_EARLY = "The sync was ended before this contact's turn."

UNLIMITED = 1_000_000_000

_add_contacts = ManyRows(
    lambda _: insert(sync_contacts), sync_contacts.c.run, sync_contacts.c.contact
)
_latest = select(sync_runs).order_by(sync_runs.c.number.desc()).limit(1)


def latest(connection: Connection) -> SyncRun | None:
    """The newest sync, over or not; there is never more than one that is not."""
    row = connection.execute(_latest).first()
    return None if row is None else _run_of(row)


def begin(
    connection: Connection, wish: SyncWish, max_changes: int | None, now: datetime
) -> SyncRun:
    """The sync goes on where one with the same wish was cut short, or begins.

    Another one that has stopped is ended.

    Raises:
        SyncUnderWay: another one is not over.
    """
    known = latest(connection)
    if known is not None and known.state in ("open", "stopped"):
        if known.wish == wish:
            _set(connection, known.number, state="open", reason="", max_changes=max_changes)
            return _must(latest(connection))
        if known.state == "open":
            msg = "Another sync is under way: let it finish, or end it with sync --stop."
            raise SyncUnderWay(msg)
        end(connection, known.number, "Another sync was begun.", now)
    connection.execute(
        insert(sync_runs).values(
            kind=wish.kind,
            subject=wish.subject,
            action=wish.action,
            roles=list(wish.roles),
            max_changes=max_changes,
            state="open",
            reason="",
            started_at=now,
            cursor="",
            all_read=False,
            found=0,
            queued_to=0,
            changed=0,
        )
    )
    return _must(latest(connection))


def add_contacts(
    connection: Connection, run: int, contacts: Sequence[str], cursor: str, *, complete: bool
) -> None:
    """The sync has these contacts too, each once, and goes on reading at the cursor.

    One that has been ended meanwhile has no more of them.
    """
    if not _is_open(connection, run):
        return
    of_run = sync_contacts.c.run == run
    known = set(
        connection.scalars(
            select(sync_contacts.c.contact).where(of_run, sync_contacts.c.contact.in_(contacts))
        )
    )
    new = [contact for contact in dict.fromkeys(contacts) if contact not in known]
    if new:
        _add_contacts.add(connection, [(run, contact) for contact in new])
    found = sync_runs.c.found + len(new)
    _set(connection, run, found=found, cursor=cursor, all_read=complete)


def queue(
    connection: Connection, run: SyncRun, most: int, new_id: Callable[[], str], now: datetime
) -> int:
    """The next contacts of the sync have deliveries that wait; gives how many there were."""
    if not _is_open(connection, run.number):
        return 0
    queued_to = select(sync_runs.c.queued_to).where(sync_runs.c.number == run.number)
    following = (
        select(sync_contacts.c.number, sync_contacts.c.contact)
        .where(
            sync_contacts.c.run == run.number,
            sync_contacts.c.number > queued_to.scalar_subquery(),
        )
        .order_by(sync_contacts.c.number)
        .limit(most)
    )
    rows = connection.execute(following).all()
    if not rows:
        return 0
    news = [
        NewDelivery(new_id(), row.contact, run.wish.action, now, run.wish.roles) for row in rows
    ]
    arrivals.keep_for_sync(connection, news, run.number, now)
    _set(connection, run.number, queued_to=rows[-1].number)
    return len(rows)


def standing(connection: Connection) -> Standing | None:
    """How far the newest sync has come."""
    run = latest(connection)
    if run is None:
        return None
    of_run = deliveries.c.sync_run == run.number
    counted = select(deliveries.c.state, func.count()).where(of_run).group_by(deliveries.c.state)
    # What waits after a failure says why; an attempt that was cut short leaves no word.
    untried = select(func.count()).where(
        of_run, deliveries.c.state == WAITING, deliveries.c.reason == ""
    )
    return Standing(run, dict(connection.execute(counted).all()), connection.scalars(untried).one())


def room(connection: Connection) -> int:
    """How many more of the newest sync's contacts may be begun, so that it stops in time.

    Each one under way may change its user.
    """
    allowed = connection.execute(
        _latest.with_only_columns(
            sync_runs.c.number, sync_runs.c.state, sync_runs.c.max_changes, sync_runs.c.changed
        ).with_for_update()  # no other process counts at the same time
    ).first()
    if allowed is None:
        return UNLIMITED
    if allowed.state == "stopped":
        return 0
    if allowed.max_changes is None:
        return UNLIMITED
    running = connection.scalar(
        select(func.count()).where(
            deliveries.c.sync_run == allowed.number, deliveries.c.state == "running"
        )
    )
    left: int = allowed.max_changes - allowed.changed - (running or 0)
    return max(0, left)


def note(connection: Connection, run: int, reason: str) -> None:
    """The sync waits for something, or, with an empty reason, goes on."""
    if _is_open(connection, run):
        _set(connection, run, reason=reason)


def stop(connection: Connection, run: int, reason: str) -> None:
    """Nothing more of the sync is begun until a person lets it go on."""
    if _is_open(connection, run):
        _set(connection, run, state="stopped", reason=reason)


def finish(connection: Connection, run: int, now: datetime) -> None:
    """The sync is done."""
    if _is_open(connection, run):
        _close(connection, run, "done", "", now)


def end(connection: Connection, run: int, reason: str, now: datetime) -> int:
    """The sync is over; gives how many deliveries that were still waiting ended with it."""
    waiting = (deliveries.c.sync_run == run) & (deliveries.c.state == WAITING)
    # A contact has one delivery of a sync, and nobody takes a lane that is locked here.
    contacts = select(deliveries.c.contact).where(waiting)
    mine = lanes.c.contact.in_(contacts) & lanes.c.attempt.is_(None)
    in_order = select(lanes.c.contact).where(mine).order_by(lanes.c.contact)
    free = connection.scalars(in_order.with_for_update()).all()
    _close(connection, run, "ended", reason, now)
    return _drop(connection, free, run, now)


def _close(connection: Connection, run: int, state: SyncState, reason: str, now: datetime) -> None:
    connection.execute(delete(sync_contacts).where(sync_contacts.c.run == run))
    _set(connection, run, state=state, reason=reason, finished_at=now, all_read=True)


def _drop(connection: Connection, contacts: Sequence[str], run: int, now: datetime) -> int:
    for start in range(0, len(contacts), 1000):
        group = contacts[start : start + 1000]
        ended = {"state": "ignored", "finished_at": now, "reason": ENDED_EARLY}
        connection.execute(
            update(deliveries)
            .where(
                deliveries.c.contact.in_(group),
                deliveries.c.state == WAITING,
                deliveries.c.sync_run == run,
            )
            .values(ended)
        )
        connection.execute(
            update(lanes).where(lanes.c.contact.in_(group)).values(open=lanes.c.open - 1)
        )
        connection.execute(delete(lanes).where(lanes.c.contact.in_(group), lanes.c.open == 0))
    return len(contacts)


def linked(connection: Connection, after: str, most: int) -> list[str]:
    """The contacts that are linked to a user, in the order of their ids as texts, from one on."""
    found = select(links.c.contact).where(links.c.contact > after).order_by(links.c.contact)
    return [*connection.scalars(found.limit(most))]


def is_turn(
    connection: Connection, name: str, every: timedelta, first: timedelta, now: datetime
) -> timedelta:
    """How long until something is due; zero: it is due, and for nobody else any more."""
    named = paces.c.name == name
    next_at = connection.scalar(select(paces.c.next_at).where(named).with_for_update())
    if next_at is None:
        connection.execute(insert(paces).values(name=name, next_at=now + first))
        return first
    # Not more than one span ahead: it may have been set while the span was longer.
    wait: timedelta = min(next_at - now, every)
    if wait > timedelta(0):
        return wait
    connection.execute(update(paces).where(named).values(next_at=now + every))
    return timedelta(0)


def _is_open(connection: Connection, run: int) -> bool:
    """Whether nobody has stopped or ended the sync, and nobody does before this is committed."""
    found = select(sync_runs.c.number).where(sync_runs.c.number == run, sync_runs.c.state == "open")
    return connection.scalar(found.with_for_update()) is not None


def _set(connection: Connection, run: int, **values: Any) -> None:
    connection.execute(update(sync_runs).where(sync_runs.c.number == run).values(values))


def _must(run: SyncRun | None) -> SyncRun:
    assert run is not None  # noqa: S101 - for the type checker: it has just been written
    return run


def _run_of(row: Row[*tuple[Any, ...]]) -> SyncRun:
    return SyncRun(
        number=row.number,
        wish=SyncWish(row.kind, row.subject, row.action, tuple(row.roles)),
        max_changes=row.max_changes,
        state=row.state,
        reason=row.reason,
        started_at=row.started_at,
        finished_at=row.finished_at,
        cursor=row.cursor,
        all_read=row.all_read,
        found=row.found,
        changed=row.changed,
    )
