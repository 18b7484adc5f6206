"""A store in an SQLite file, which one process has for itself."""

import os
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.engine import URL

from bridge.store.errors import StoreMissing, StoreRefused
from bridge.store.lock import StoreLock
from bridge.store.neighbours import NoNeighbours

_LOCK_WAIT = 2.0
"""Seconds that a write waits for a foreign program to unlock the file."""

_CHECKPOINT_AFTER = 10_000
"""Pages in the write-ahead log, 40 MB, after which they are carried over to the file.

That holds up the commit that it comes after: with SQLite's own 1,000 pages every hundredth one.
Pages that many commits change are carried once for all of them.
"""


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """The file with this path."""

    path: Path

    @property
    def shared(self) -> bool:
        """One process writes."""
        return False

    def claim(self) -> StoreLock:
        """The lock on the file; it and folders that are missing are made, for this account alone.

        Raises:
            StoreRefused: another process holds it, or the folder or the lock cannot be made.
        """
        try:
            self.path.absolute().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            msg = f"The folder of the store {self.path} cannot be made: {error.strerror}."
            raise StoreRefused(msg) from error
        lock = StoreLock.acquire(self.path)
        # The files that SQLite makes beside it get the same mode.
        with suppress(OSError):  # whatever it is, opening the store will say it better
            os.close(os.open(self.path, os.O_CREAT | os.O_RDONLY, 0o600))
        return lock

    def must_exist(self) -> None:
        """Nothing, where there is a file.

        Raises:
            StoreMissing: there is none.
        """
        if not self.path.exists():
            msg = f"There is no store {self.path} yet: it is made when the bridge starts."
            raise StoreMissing(msg)

    def writing_engine(self) -> Engine:
        """An engine whose one connection writes: its transactions lock at once."""
        engine = create_engine(
            URL.create("sqlite", database=str(self.path)),
            poolclass=NullPool,
            # Without an isolation level sqlite3 opens no transactions by itself, see _begin.
            connect_args={"timeout": _LOCK_WAIT, "isolation_level": None},
            # A message of SQLAlchemy would otherwise quote the row.
            hide_parameters=True,
        )
        event.listen(engine, "connect", _prepare_writing)
        event.listen(engine, "begin", _begin_writing)
        return engine

    def reading_engine(self) -> Engine:
        """An engine that cannot write, usable while another process writes."""
        engine = create_engine(
            URL.create(
                "sqlite",
                database=f"file:{quote(str(self.path.absolute()))}",
                query={"mode": "ro", "uri": "true"},
            ),
            poolclass=NullPool,
            connect_args={"timeout": _LOCK_WAIT, "isolation_level": None},
            hide_parameters=True,
        )
        event.listen(engine, "connect", _prepare_reading)
        event.listen(engine, "begin", _begin_reading)
        return engine

    def neighbours(self) -> NoNeighbours:
        """None."""
        return NoNeighbours()


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
    connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_AFTER}")
    connection.execute("PRAGMA foreign_keys = ON")
    # What bridge.store.at_once prepares is there on a full disk too: work under way needs to read.
    connection.execute("PRAGMA temp_store = MEMORY")


def _prepare_reading(connection: sqlite3.Connection, record: object) -> None:
    del record
    connection.execute("PRAGMA query_only = ON")


# https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#sqlite-transactions
def _begin_writing(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
