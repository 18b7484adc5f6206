"""Statements by which deliveries of a contact that Keap no longer has go on as another one's.

They move into the other contact's lane, rather than being carried out from their own: so it stays
true without any further lock that no two attempts at a contact ever run at once, or overtake each
other, also where the other contact's own Posts are being worked on by another process.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, select, update

from bridge.delivery import Step, Successor, Verdict, Work
from bridge.store import finishing
from bridge.store.engines import Upsert
from bridge.store.finishing import Finished
from bridge.store.leases import wake_others
from bridge.store.schema import deliveries, lanes, links

LOOK_AGAIN = timedelta(seconds=30)
"""After this time it is seen whether the other contact's lane is idle."""

_lane = select(lanes.c.contact).where(lanes.c.contact == bindparam("contact"))
_move = update(deliveries).where(deliveries.c.number == bindparam("this"))
_open_lane = Upsert(lanes, lanes.c.contact, lambda new: {"open": lanes.c.open + new.open})
_keep_link = Upsert(links, links.c.contact, lambda _: {"user_id": links.c.user_id})


def finish(
    connection: Connection, work: Work, verdict: Verdict, done: Sequence[Step], now: datetime
) -> Finished:
    """As :func:`bridge.store.finishing.finish`, where the verdict names a successor or not.

    While the successor has unfinished work of its own the deliveries wait where they are: come
    among those that an attempt has begun with, the oldest of them would pass for what made a user.

    Raises:
        LaneLost: the attempt does not hold the lane.
    """
    successor = verdict.successor
    if successor is not None and connection.scalar(_lane, {"contact": successor.contact}):
        verdict = replace(verdict, successor=None, due_at=now + LOOK_AGAIN)
    elif successor is not None:
        verdict = replace(verdict, due_at=now)
        _hand_over(connection, work, successor, now)
    return finishing.finish(connection, work, verdict, done, now)


def _hand_over(connection: Connection, work: Work, to: Successor, now: datetime) -> None:
    moved = {"contact": to.contact, "formerly": work.contact, "former_user": to.user_id}
    connection.execute(_move, [moved | {"this": each.number} for each in work.deliveries])
    lane = {"contact": to.contact, "open": len(work.deliveries), "due_at": now, "failures": 0}
    connection.execute(_open_lane.on(connection), lane)
    # A user whom the successor has already stays the successor's.
    connection.execute(delete(links).where(links.c.contact == work.contact))
    row = {"contact": to.contact, "user_id": to.user_id, "linked_at": now}
    connection.execute(_keep_link.on(connection), row)
    wake_others(connection)
