"""Statements by which processes that share a store trust each other to be alive: leases, wakes.

A lease runs by the database's clock, and nobody else's: hosts whose clocks differ would otherwise
take each other's work away. An attempt without a lease is its process's until that ends.
"""

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, literal, select, update

from bridge.store import finishing
from bridge.store.engines import CHANNEL, SERVER_TIME, is_shared, microseconds
from bridge.store.schema import lanes

LEASE = timedelta(seconds=60)
"""Longer than a machine stands still for a snapshot, shorter than people's patience."""

WAKE = f"SELECT pg_notify({CHANNEL}, '')"


def wake_others(connection: Connection) -> None:
    """Every process looks at the store once this transaction is committed."""
    if is_shared(connection):
        connection.exec_driver_sql(WAKE)


def lock_lanes(connection: Connection, contacts: Collection[str]) -> None:
    """The lanes are this transaction's, in an order that all transactions keep.

    Two that wait for each other's rows would be undone; SQLite has one transaction at a time.
    """
    if contacts and is_shared(connection):
        wanted = lanes.c.contact.in_(contacts)
        in_order = select(lanes.c.contact).where(wanted).order_by(lanes.c.contact)
        connection.execute(in_order.with_for_update())


def renew(connection: Connection, working: AbstractSet[int], lease: timedelta) -> None:
    """These attempts hold their lanes for one lease more, unless they have lost them."""
    until = SERVER_TIME + literal(microseconds(lease), BigInteger)
    connection.execute(update(lanes).where(lanes.c.attempt.in_(working)).values(lease_until=until))


def take_over(connection: Connection, now: datetime) -> int:
    """What attempts carried whose lease has run out waits again; gives how many there were."""
    run_out = (
        select(lanes.c.attempt)
        .where(lanes.c.lease_until < SERVER_TIME)
        .with_for_update(skip_locked=True)
    )
    lost = set(connection.scalars(run_out))
    if lost:
        finishing.interrupt(connection, lost, now)
        wake_others(connection)
    return len(lost)
