"""The tables: the same whether made or migrated, and indexed for a million deliveries."""

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError

from bridge.store import Reader, Store, StoreRefused, StoreUnavailable, schema, upgrade
from bridge.store.engines import writing_engine
from tests.bridge.store.conftest import OpenStore
from tests.bridge.store.examples import DONE, post

PREVIOUS_DELIVERIES = """
INSERT INTO deliveries VALUES
(1, 'a', '7', 'add', '[]', NULL, 4, 'held', 1, 6, 'Wrong password.', '[]', NULL),
(2, 'b', '8', 'add', '["gold"]', NULL, 5, 'waiting', 2, NULL, 'Down.', '[]', NULL)
"""


def tables(file: Path) -> dict[str, str]:
    """The text of every table and index."""
    with sqlite3.connect(file) as connection:
        return dict(connection.execute("SELECT name, sql FROM sqlite_master").fetchall())


def structure(file: Path) -> dict[str, object]:
    """Columns in their order, keys and indexes of every table."""
    found = inspect(writing_engine(file))
    return {
        table: (
            [{**each, "type": str(each["type"])} for each in found.get_columns(table)],
            found.get_pk_constraint(table),
            found.get_unique_constraints(table),
            found.get_foreign_keys(table),
            [
                {**each, "dialect_options": {k: str(v) for k, v in each["dialect_options"].items()}}
                for each in found.get_indexes(table)
            ],
        )
        for table in found.get_table_names()
    }


def migrate(file: Path) -> None:
    """An empty file brought up by the migrations, from the very first."""
    with writing_engine(file).begin() as connection:
        upgrade._migrate(connection)


def set_version(file: Path, version: str) -> None:
    """The store as another version of the program would leave it."""
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE bridge_schema SET version_num = ?", (version,))


async def test_migrated_and_made_are_the_same(store: Store, file: Path, tmp_path: Path) -> None:
    """Otherwise a store would work differently by the version that it began with."""
    await store.close()
    migrated = tmp_path / "migrated.db"
    migrate(migrated)

    # Not their text: a column that was added stands at its end there.
    assert structure(migrated) == structure(file)


def test_migrations_lead_to_the_tables_as_written(file: Path) -> None:
    """Otherwise a change of schema.py would reach new stores only."""
    migrate(file)

    with writing_engine(file).connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": upgrade.VERSION_TABLE}
        )
        assert compare_metadata(context, schema.metadata) == []


def test_version_is_the_last_migration() -> None:
    """Otherwise a store would be migrated at each start, or never."""
    config = Config()
    config.set_main_option("script_location", "bridge.store:migrations")

    assert ScriptDirectory.from_config(config).get_heads() == [schema.VERSION]


async def test_older_store_is_migrated(file: Path, open_store: OpenStore) -> None:
    """Otherwise an update of the bridge would need a person."""
    with writing_engine(file).begin() as connection:
        upgrade._versions.create(connection)

    store = await open_store()

    await store.put(post("a"))
    assert [each.id for each in Reader.open(file).deliveries()] == ["a"]
    assert schema.metadata.tables.keys() <= tables(file).keys()


async def test_store_of_the_previous_release_keeps_what_it_has(
    file: Path, open_store: OpenStore
) -> None:
    """Otherwise an update of the bridge would lose deliveries, or what was done for them."""
    with writing_engine(file).begin() as connection:
        upgrade._migrate(connection, to="0001")
        connection.exec_driver_sql(PREVIOUS_DELIVERIES)
        connection.exec_driver_sql(
            "INSERT INTO attempts VALUES (1, 1, 'there', 'v1', 5, 6, 'held', 'Wrong password.')"
        )
        connection.exec_driver_sql("INSERT INTO carried VALUES (1, 1)")
        connection.exec_driver_sql("INSERT INTO steps VALUES (1, 1, 5, 'contact_read', '')")
        connection.exec_driver_sql("INSERT INTO lanes VALUES ('8', 1, 7, NULL, NULL, 2)")
        connection.exec_driver_sql("INSERT INTO links VALUES ('7', 12, 6)")

    store = await open_store()

    reader = Reader.open(file)
    waiting, held = reader.deliveries()
    assert (held.id, held.state, held.reason, held.cause) == ("a", "held", "Wrong password.", "")
    assert (waiting.id, waiting.state, waiting.roles) == ("b", "waiting", ("gold",))
    assert [step.name for step in reader.timeline("a")[0].steps] == ["contact_read"]
    assert reader.user_of("7") == 12
    (work,) = await store.take(9)
    assert (work.contact, work.failures) == ("8", 2)
    await store.finish(work, DONE)
    assert await store.release_held() == 1


async def test_failed_migration_leaves_nothing_behind(file: Path, open_store: OpenStore) -> None:
    """Otherwise the next start would meet half a schema."""
    with writing_engine(file).begin() as connection:
        upgrade._versions.create(connection)
        # The last table that the migration makes is in its way.
        schema.links.create(connection)
    before = tables(file)

    with pytest.raises(OperationalError, match="already exists"):
        await open_store()

    assert tables(file) == before


async def test_newer_store_is_refused(store: Store, file: Path, open_store: OpenStore) -> None:
    """Otherwise an older program would write what the newer one cannot read."""
    await store.close()
    set_version(file, "9999")

    with pytest.raises(StoreRefused, match="newer version of the bridge"):
        await open_store()
    with pytest.raises(StoreRefused, match="newer version of the bridge"):
        Reader.open(file)


async def test_older_store_is_not_read(store: Store, file: Path) -> None:
    """Otherwise a list would end in an error about a column."""
    await store.close()
    set_version(file, "0000")

    with pytest.raises(StoreRefused, match="start the bridge once"):
        Reader.open(file)


async def test_database_of_another_program_is_refused(file: Path, open_store: OpenStore) -> None:
    """Otherwise the bridge would write its tables among somebody else's."""
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE orders (number)")
    before = tables(file)

    with pytest.raises(StoreRefused, match="tables of another program"):
        await open_store()

    assert tables(file) == before


@pytest.fixture
def text_file(file: Path) -> bytes:
    """Something else where the store should be."""
    file.write_text("server:\n  listen: 127.0.0.1:8080\n" * 99)
    return file.read_bytes()


@pytest.fixture
def folder(file: Path) -> None:
    """A folder where the store should be."""
    file.mkdir()


async def test_file_that_is_no_database_is_refused(
    text_file: bytes, file: Path, open_store: OpenStore
) -> None:
    """Otherwise a mistyped path would end in a stack trace, or in a file overwritten."""
    with pytest.raises(StoreRefused, match=r"not a database.*file of its own"):
        await open_store()
    with pytest.raises(StoreRefused, match="not a database"):
        Reader.open(file)

    assert await asyncio.to_thread(file.read_bytes) == text_file


@pytest.mark.usefixtures("folder")
async def test_folder_instead_of_a_file_is_said(open_store: OpenStore) -> None:
    """Otherwise a person would see a stack trace."""
    with pytest.raises(StoreUnavailable, match=r"bridge\.db cannot be used"):
        await open_store()


def test_start_needs_no_alembic(file: Path) -> None:
    """Otherwise every start would take a third of a second longer."""
    program = (
        "import asyncio, datetime, sys\n"
        "from bridge.store import Reader, Store\n"
        "def clock(): return datetime.datetime.now(datetime.UTC)\n"
        "async def main():\n"
        "    for _ in range(2):\n"
        "        async with await Store.open(sys.argv[1], clock=clock, owner='x'): pass\n"
        "asyncio.run(main())\n"
        "Reader.open(sys.argv[1])\n"
        "print('alembic' in sys.modules)\n"
    )

    said = subprocess.run(  # noqa: S603  the program above
        [sys.executable, "-c", program, file], check=True, capture_output=True, text=True
    )

    assert said.stdout == "False\n"


def test_moments_are_whole_numbers(file: Path) -> None:
    """Otherwise the due times of two engines would not compare alike."""
    migrate(file)

    columns = {
        str(column["type"])
        for table in ("deliveries", "lanes", "attempts", "steps", "links")
        for column in inspect(writing_engine(file)).get_columns(table)
        if column["name"].endswith(("_at", "_until"))
    }

    assert columns == {"BIGINT"}
