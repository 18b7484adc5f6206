"""What is done before a store works, and each time that it has to connect anew."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, Engine

from bridge.store import arrivals, at_once, finishing
from bridge.store.engines import Claim, Database
from bridge.store.occupancy import Occupancy
from bridge.store.upgrade import bring_up_to_date


def prepare(database: Database, engine: Engine) -> Claim:
    """The store is this process's to write, and its schema is up to date.

    Raises:
        StoreRefused: another process has it, it is not the bridge's, or it is newer.
        StoreUnavailable: the disk is full, read-only, locked or broken; no server answers.
    """
    claim = database.claim()
    try:
        bring_up_to_date(engine)
    except BaseException:
        claim.release()
        raise
    return claim


def connect(
    engine: Engine, occupancy: Occupancy, *, shared: bool, clock: Callable[[], datetime]
) -> Connection:
    """A connection, and the occupancy as the database has it; called in the writer's thread.

    Where no other process works with the store, what an attempt that is not of this one carried
    waits again.
    """
    connection = engine.connect()
    try:
        with connection.begin():
            if not shared:
                finishing.recover(connection, occupancy.working, clock())
            occupancy.unfinished = arrivals.count_open(connection)
        at_once.prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection
