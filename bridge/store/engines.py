"""What differs between database engines: connecting, upserting, telling a disk's trouble."""

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, Table, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from bridge.store.errors import StoreRefused

_LOCK_WAIT = 2.0
"""Seconds that a write waits for a foreign program to unlock the file."""

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


def sqlite_file(where: str | Path) -> Path:
    """The database file that ``where`` names: a path or a ``sqlite:///`` URL.

    Raises:
        StoreRefused: it is neither.
    """
    if isinstance(where, Path):
        return where
    if "://" not in where:
        return Path(where)
    try:
        url = make_url(where)
    except ArgumentError:
        url = URL.create("unreadable")
    if url.get_backend_name() != "sqlite" or not url.database:
        msg = "server.store is not a URL like sqlite:///data/bridge.db"
        raise StoreRefused(msg)
    return Path(url.database)


def writing_engine(file: Path) -> Engine:
    """An engine whose one connection writes: its transactions lock at once and end on the disk."""
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        poolclass=NullPool,
        # Without an isolation level sqlite3 opens no transactions by itself, see _begin.
        connect_args={"timeout": _LOCK_WAIT, "isolation_level": None},
        # A message of SQLAlchemy would otherwise quote the row.
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_writing)
    event.listen(engine, "begin", _begin_writing)
    return engine


def reading_engine(file: Path) -> Engine:
    """An engine that cannot write, usable while another process writes."""
    engine = create_engine(
        URL.create(
            "sqlite",
            database=f"file:{quote(str(file.absolute()))}",
            query={"mode": "ro", "uri": "true"},
        ),
        poolclass=NullPool,
        connect_args={"timeout": _LOCK_WAIT, "isolation_level": None},
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_reading)
    event.listen(engine, "begin", _begin_reading)
    return engine


def _prepare_writing(connection: sqlite3.Connection, record: object) -> None:
    del record
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        msg = (
            "The store's file system cannot share memory, which SQLite's write-ahead log needs: "
            "put server.store on a local disk."
        )
        raise StoreRefused(msg)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _prepare_reading(connection: sqlite3.Connection, record: object) -> None:
    del record
    connection.execute("PRAGMA query_only = ON")


# https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#sqlite-transactions
def _begin_writing(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def upsert(table: Table) -> sqlite.Insert:
    """An ``INSERT`` that can be told what to do when the row is there already."""
    return sqlite.insert(table)


def is_storage_trouble(error: Exception) -> bool:
    """Whether the disk or the file is to blame, not the statement."""
    if not isinstance(error, DBAPIError):
        return False
    code: Any = getattr(error.orig, "sqlite_errorcode", None)
    # The low byte is the primary code.
    return code is not None and code & 0xFF not in _PROGRAM_ERRORS
