"""New deliveries kept and committed by as few words with the database as there can be.

At 1,000 Posts a second nearly every Post has a commit of its own, and what counts is what a commit
costs. The general way, :func:`bridge.store.arrivals.keep` within a transaction of SQLAlchemy's, is
half a dozen statements. After each of them SQLite's thread has to wait until the event loop hands
Python back to it, and PostgreSQL's for an answer from the server.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from bridge.store import arrivals
from bridge.store.arrivals import Arrival
from bridge.store.engines import is_shared
from bridge.store.leases import WAKE
from bridge.store.many_rows import as_rows
from bridge.store.schema import as_number

_PREPARE_ON_SQLITE = (
    # Of this connection, and gone with it: the file knows nothing of them.
    """
    CREATE TEMP VIEW arriving AS
    SELECT id, contact, action, roles, notify, received_at, received_at AS at FROM main.deliveries
    """,
    # As arrivals.keep does for deliveries of Posts.
    """
    CREATE TEMP TRIGGER arrive INSTEAD OF INSERT ON arriving
    BEGIN
      INSERT INTO deliveries (
        id, contact, action, roles, notify, received_at, state, attempts, reason, caveats
      ) VALUES (
        new.id, new.contact, new.action, new.roles, new.notify, new.received_at,
        'waiting', 0, '', '[]'
      );
      INSERT INTO lanes (contact, open, due_at, failures) VALUES (new.contact, 1, new.at, 0)
      ON CONFLICT (contact) DO UPDATE SET
        open = lanes.open + excluded.open, rank = min(lanes.rank, excluded.rank);
    END
    """,
)
_KEEP_ON_SQLITE = """
INSERT INTO arriving (id, contact, action, roles, notify, received_at, at)
SELECT
  json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
  json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]'),
  json_extract(value, '$[6]')
FROM json_each(?) ORDER BY key
"""

_LET_WAIT_ON_POSTGRESQL = """
WITH released AS (
  UPDATE deliveries SET state = 'waiting', finished_at = NULL, reason = '', cause = ''
  WHERE state = 'held' AND contact = ANY(%s)
  RETURNING contact, CASE WHEN sync_run IS NULL THEN 0 ELSE 1 END AS rank
), opened AS (
  INSERT INTO lanes (contact, open, due_at, failures, rank)
  SELECT contact, count(*), %s, 0, min(rank) FROM released GROUP BY contact ORDER BY contact
  ON CONFLICT (contact) DO UPDATE SET
    open = lanes.open + excluded.open, rank = least(lanes.rank, excluded.rank)
)
SELECT count(*) FROM released
"""


def prepare(connection: Connection) -> None:
    """The connection can :func:`keep`; called once, outside a transaction."""
    if is_shared(connection):
        return
    driver: Any = connection.connection.driver_connection
    for statement in _PREPARE_ON_SQLITE:
        driver.execute(statement)


def keep(connection: Connection, arrived: Sequence[Arrival]) -> int | None:
    """The deliveries are committed as :func:`bridge.store.arrivals.keep` would; outside any.

    Returns:
        How many were held and wait again. ``None``: nothing was done, since it takes more than
        this; ask :func:`~bridge.store.arrivals.keep`.

    Raises:
        Exception: The driver's own; perhaps all of it is committed, else nothing.
    """
    driver: Any = connection.connection.driver_connection
    if is_shared(connection):
        return _keep_on_postgresql(driver, connection, arrived)
    # Nobody else writes, so that nothing comes to be held before the next statement.
    if driver.execute(arrivals.IS_ANY_HELD).fetchone() is not None:
        return None
    driver.execute(_KEEP_ON_SQLITE, (as_rows([_row(each) for each in arrived]),))
    return 0


def _keep_on_postgresql(driver: Any, connection: Connection, arrived: Sequence[Arrival]) -> int:
    given = arrivals.rows_of(arrived)
    add_deliveries = arrivals.add_deliveries.statement(connection, given.deliveries)
    open_lanes = arrivals.open_lanes_of_new.statement(connection, given.lanes)
    # All leave together, and the answers are waited for once:
    # https://www.psycopg.org/psycopg3/docs/advanced/pipeline.html
    with driver.pipeline():
        driver.execute(*add_deliveries)
        driver.execute(*open_lanes)
        # Only now: who holds one of these contacts' lanes has ended, and may have left it held.
        released = driver.execute(
            _LET_WAIT_ON_POSTGRESQL, ([row[0] for row in given.lanes], given.latest)
        )
        driver.execute(WAKE)
        driver.commit()
    number: int = released.fetchone()[0]
    return number


def _row(arrival: Arrival) -> tuple[object, ...]:
    """The values of ``_KEEP_ON_SQLITE``."""
    new, at = arrival.delivery, as_number(arrival.at)
    received_at = as_number(new.received_at)
    return (new.id, new.contact, new.action, new.roles, new.notify, received_at, at)
