"""A store in a PostgreSQL database, which several processes on several hosts share."""

from dataclasses import dataclass, field
from typing import Any

import psycopg  # noqa: TC002  its absence is to be noticed here
from sqlalchemy import Engine, NullPool, create_engine, event
from sqlalchemy.engine import URL

from bridge.store.postgresql_neighbours import PostgresqlNeighbours
from bridge.store.schema import PARTIAL

for _index, _where in PARTIAL.items():
    _index.kwargs["postgresql_where"] = _where

_CONNECTING = {
    "application_name": "keap-bridge",
    "connect_timeout": "10",
    # A host that has gone without a word is noticed within a minute, not within two hours.
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""What libpq is told, unless the URL says otherwise.

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
"""

_PREPARE_WRITING = (
    # An answered Post is on the disk, whatever the server does for others; more is left alone.
    "SELECT set_config('synchronous_commit', 'on', false)"  # noqa: ISC004  one statement
    " WHERE current_setting('synchronous_commit') = 'off'",
    # A host that stops in the middle of a transaction keeps the others waiting no longer.
    "SET idle_in_transaction_session_timeout = '30s'",
    "SET lock_timeout = '10s'",
)


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """Any process may write: nothing to hold, nothing to release."""

    def release(self) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class PostgresqlDatabase:
    """The database with this URL."""

    url: URL = field(repr=False)

    @property
    def shared(self) -> bool:
        """Several processes write."""
        return True

    def claim(self) -> Unclaimed:
        """Nothing is claimed."""
        return Unclaimed()

    def must_exist(self) -> None:
        """Only the server can say."""

    def writing_engine(self) -> Engine:
        """An engine whose transactions end on the server's disk."""
        engine = self._engine("READ COMMITTED")
        event.listen(engine, "connect", _prepare_writing)
        return engine

    def reading_engine(self) -> Engine:
        """An engine that cannot write; a transaction sees one moment."""
        engine = self._engine("REPEATABLE READ")
        event.listen(engine, "connect", _prepare_reading)
        return engine

    def neighbours(self) -> PostgresqlNeighbours:
        """All who use this database."""
        parts = self.url.translate_connect_args(username="user", database="dbname")
        return PostgresqlNeighbours(_CONNECTING | dict(self.url.query) | parts)

    def _engine(self, isolation: str) -> Engine:
        defaults = {key: said for key, said in _CONNECTING.items() if key not in self.url.query}
        return create_engine(
            self.url.set(drivername="postgresql+psycopg"),
            poolclass=NullPool,
            connect_args=defaults,
            isolation_level=isolation,
            # A message of SQLAlchemy would otherwise quote the row.
            hide_parameters=True,
        )


def _prepare_writing(connection: "psycopg.Connection[Any]", record: object) -> None:
    del record
    for statement in _PREPARE_WRITING:
        connection.execute(statement)
    connection.commit()


def _prepare_reading(connection: "psycopg.Connection[Any]", record: object) -> None:
    del record
    connection.execute("SET default_transaction_read_only = on")
    connection.commit()
