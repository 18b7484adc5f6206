"""How SQLite is told to keep what the store promises."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from bridge.store import Store
from bridge.store.sqlite_file import SqliteFile


@pytest.mark.parametrize("where", ["sqlite"], indirect=True)
async def test_commit_survives_a_power_cut(store: Store) -> None:
    """Otherwise a Post could be answered while it was only in the machine's memory."""

    def settings(connection: Connection) -> dict[str, object]:
        return {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "wal_autocheckpoint", "foreign_keys")
        }

    # https://www.sqlite.org/pragma.html#pragma_synchronous: 2 is FULL
    assert await store._writer.run(settings) == {
        "journal_mode": "wal",
        "synchronous": 2,
        "wal_autocheckpoint": 10_000,
        "foreign_keys": 1,
    }


def test_writing_locks_from_the_start(file: Path) -> None:
    """Otherwise a transaction could fail in its middle because of what another one wrote."""
    with (
        SqliteFile(file).writing_engine().begin(),
        sqlite3.connect(file, timeout=0) as other,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("BEGIN IMMEDIATE")


def test_reading_makes_no_file(file: Path) -> None:
    """Otherwise looking at a store could leave an empty one behind."""
    with pytest.raises(OperationalError, match="unable to open"):
        SqliteFile(file).reading_engine().connect()

    assert not file.exists()


def test_reading_refuses_to_write_by_itself(file: Path) -> None:
    """Otherwise only the file system would stand between a question and the store."""
    with SqliteFile(file).writing_engine().begin() as connection:
        connection.execute(text("CREATE TABLE words (word)"))

    with SqliteFile(file).reading_engine().connect() as connection:
        assert connection.exec_driver_sql("PRAGMA query_only").scalar_one() == 1
