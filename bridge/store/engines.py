"""What differs between database engines: where a store is, upserting, telling a disk's trouble."""

import sqlite3
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import BigInteger, Column, Connection, Engine, Insert, Table, literal_column
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

from bridge.store.errors import StoreRefused
from bridge.store.neighbours import Neighbours

NO_STORE = "server.store is not a URL like sqlite:///data/bridge.db or postgresql://user@host/db"

_PROGRAM_ERRORS = frozenset(
    {
        sqlite3.SQLITE_ERROR,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_MISUSE,
        sqlite3.SQLITE_RANGE,
        sqlite3.SQLITE_TOOBIG,
    }
)
"""SQLite's primary result codes that a program causes; all others are the file's or the disk's.

https://www.sqlite.org/rescode.html
"""

_SERVER_TROUBLE = frozenset({"08", "25", "28", "40", "42501", "53", "55", "57", "58", "XX"})
"""PostgreSQL's codes, or their classes, that are the server's doing and no statement's: no
connection, read-only, no access, a conflict, no room, locked, shutting down, broken.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

_CONFLICTS = frozenset({"40001", "40P01"})
"""Two transactions were in each other's way, and PostgreSQL has undone this one of them."""

SERVER_TIME = literal_column(
    "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)", BigInteger
)
"""PostgreSQL's own clock, as moments are kept: leases of several hosts are told by one clock."""

CHANNEL = "left('keap_bridge ' || current_schema(), 63)"
"""Names where PostgreSQL tells every process that deliveries have come to wait. Notifications and
locks are a database's; several sites may each have a schema in it, and do not wake each other."""


class Claim(Protocol):
    """The right to write to a store."""

    def release(self) -> None:
        """Let others have it."""


class Database(Protocol):
    """Where a store is: :class:`~bridge.store.sqlite_file.SqliteFile` or
    :class:`~bridge.store.postgresql.PostgresqlDatabase`."""  # noqa: D205, D209  two names are long

    @property
    def shared(self) -> bool:
        """Whether several processes may write."""

    def claim(self) -> Claim:
        """The right to write, before anything is opened.

        Raises:
            StoreRefused: somebody else has it, or there can be no store.
        """

    def must_exist(self) -> None:
        """Nothing, where a store may be.

        Raises:
            StoreMissing: there is none for certain.
        """

    def writing_engine(self) -> Engine:
        """An engine whose transactions end on the disk."""

    def reading_engine(self) -> Engine:
        """An engine that cannot write."""

    def neighbours(self) -> Neighbours:
        """The other processes that work with the store; called on the event loop."""


def database_at(where: str | Path) -> Database:
    """The database that ``where`` names: a path, a ``sqlite:///`` or a ``postgresql://`` URL.

    Raises:
        StoreRefused: it is none of these, or a package for it is missing.
    """
    # Each engine's module is imported where it is used: the other one's would slow the start.
    from bridge.store.sqlite_file import SqliteFile  # noqa: PLC0415

    if isinstance(where, Path):
        return SqliteFile(where)
    if "://" not in where:
        return SqliteFile(Path(where))
    try:
        url = make_url(where)
    except ArgumentError:
        url = URL.create("unreadable")
    if url.get_backend_name() == "postgresql" and url.database:
        try:
            from bridge.store.postgresql import PostgresqlDatabase  # noqa: PLC0415
        except ImportError as error:
            msg = (
                "server.store is a PostgreSQL database, and a package for that is missing: "
                "pip install 'keap-wordpress-bridge[postgresql]'."
            )
            raise StoreRefused(msg) from error
        return PostgresqlDatabase(url)
    if url.get_backend_name() == "sqlite" and url.database:
        return SqliteFile(Path(url.database))
    raise StoreRefused(NO_STORE)


def name_of(engine: Engine) -> str:
    """A database as a person knows it, without user and password."""
    url = engine.url
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{url.host or ''}{port}/{url.database}"


class Upsert:
    """An ``INSERT`` of rows that changes those which are there already.

    Args:
        table: Whose rows.
        key: By this column it is told whether a row is there.
        changes: The new values, given the columns of the row that was to be inserted.
    """

    def __init__(
        self, table: Table, key: Column[Any], changes: Callable[[Any], Mapping[str, Any]]
    ) -> None:
        self._table = table
        self._key = key
        self._changes = changes
        self._made: dict[str, Insert] = {}

    def on(self, connection: Connection) -> Insert:
        """The statement; made once, since to build one takes longer than to execute it."""
        dialect = connection.dialect.name
        if dialect not in self._made:
            self._made[dialect] = self._make(dialect)
        return self._made[dialect]

    def _make(self, dialect: str) -> Insert:
        if dialect == "sqlite":
            on_sqlite = sqlite.insert(self._table)
            return on_sqlite.on_conflict_do_update(
                index_elements=[self._key], set_=self._changes(on_sqlite.excluded)
            )
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415  as in database_at

        on_postgresql = postgresql.insert(self._table)
        return on_postgresql.on_conflict_do_update(
            index_elements=[self._key], set_=self._changes(on_postgresql.excluded)
        )


def is_shared(connection: Connection) -> bool:
    """Whether several processes may write to the database."""
    return connection.dialect.name == "postgresql"


def is_storage_trouble(error: Exception) -> bool:
    """Whether the disk, the file or the server is to blame, not the statement."""
    if not isinstance(error, DBAPIError):
        return False
    code: Any = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        # The low byte is the primary code.
        return code & 0xFF not in _PROGRAM_ERRORS
    if isinstance(error.orig, sqlite3.Error):
        return False
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # the client's own errors: the connection is gone
        return isinstance(error, OperationalError | InterfaceError)
    return state in _SERVER_TROUBLE or state[:2] in _SERVER_TROUBLE


def is_conflict(error: Exception) -> bool:
    """Whether another transaction was in the way, so that the same may succeed if repeated."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _CONFLICTS


def said_by(error: DBAPIError) -> str:
    """The database's own words, on one line, without a stop; PostgreSQL adds lines with data."""
    return f"{error.orig}".partition("\n")[0].rstrip(". ")


def microseconds(span: timedelta) -> int:
    """A span as moments are kept."""
    return span // timedelta(microseconds=1)
