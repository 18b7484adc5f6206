"""The tables: the same whether made or migrated, and indexed for a million deliveries."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, update
from sqlalchemy.exc import DBAPIError

from bridge.store import Reader, StoreRefused, StoreUnavailable, schema, upgrade
from bridge.store.engines import database_at
from tests.bridge.store.conftest import OpenStore
from tests.bridge.store.examples import DONE, post
from tests.postgresql import PASSWORD, PostgresqlServer

PREVIOUS = (
    """
    INSERT INTO deliveries
    (id, contact, action, roles, received_at, state, attempts, finished_at, reason, caveats)
    VALUES ('a', '7', 'add', '[]', 4, 'held', 1, 6, 'Wrong password.', '[]'),
    ('b', '8', 'add', '["gold"]', 5, 'waiting', 2, NULL, 'Down.', '[]')
    """,
    """
    INSERT INTO attempts (first, owner, config_version, started_at, finished_at, outcome, reason)
    VALUES (1, 'there', 'v1', 5, 6, 'held', 'Wrong password.')
    """,
    "INSERT INTO carried VALUES (1, 1)",
    "INSERT INTO steps VALUES (1, 1, 5, 'contact_read', '')",
    "INSERT INTO lanes VALUES ('8', 1, 7, NULL, NULL, 2)",
    "INSERT INTO links VALUES ('7', 12, 6)",
)
"""What the previous release, whose last migration is 0001, may have left."""


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, file: Path) -> str:
    """Where a store may be made, on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{file}"
    url: str = request.getfixturevalue("empty_postgresql_url")
    return url


only_sqlite = pytest.mark.parametrize("where", ["sqlite"], indirect=True)


def engine_of(where: str) -> Engine:
    """An engine that writes to the store."""
    return database_at(where).writing_engine()


def execute(where: str, *statements: str) -> None:
    """Carry out statements, past the store."""
    with engine_of(where).begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def migrate(where: str, to: str = "head") -> None:
    """An empty database brought up by the migrations, from the very first."""
    with engine_of(where).begin() as connection:
        upgrade._migrate(connection, to)


def structure(where: str) -> dict[str, object]:
    """Columns in their order, keys and indexes of every table."""
    found = inspect(engine_of(where))
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


def set_version(where: str, version: str) -> None:
    """The store as another version of the program would leave it."""
    statement = update(upgrade._versions).values(version_num=version)
    with engine_of(where).begin() as connection:
        connection.execute(statement)


async def test_migrated_and_made_are_the_same(
    open_store: OpenStore, where: str, tmp_path: Path, postgresql: PostgresqlServer
) -> None:
    """Otherwise a store would work differently by the version that it began with."""
    await (await open_store()).close()
    on_sqlite = where.startswith("sqlite")
    migrated = f"sqlite:///{tmp_path}/migrated.db" if on_sqlite else postgresql.create()
    migrate(migrated)

    # Not the text of SQLite's tables: a column that was added stands at its end there.
    assert structure(migrated) == structure(where)


def test_migrations_lead_to_the_tables_as_written(where: str) -> None:
    """Otherwise a change of schema.py would reach new stores only."""
    migrate(where)

    with engine_of(where).connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": upgrade.VERSION_TABLE}
        )
        assert compare_metadata(context, schema.metadata) == []


def test_version_is_the_last_migration() -> None:
    """Otherwise a store would be migrated at each start, or never."""
    config = Config()
    config.set_main_option("script_location", "bridge.store:migrations")

    assert ScriptDirectory.from_config(config).get_heads() == [schema.VERSION]


async def test_unfinished_migration_is_taken_up(where: str, open_store: OpenStore) -> None:
    """Otherwise a store that alembic had begun would need a person."""
    with engine_of(where).begin() as connection:
        upgrade._versions.create(connection)

    store = await open_store()

    await store.put(post("a"))
    assert [each.id for each in Reader.open(where).deliveries()] == ["a"]
    assert schema.metadata.tables.keys() <= structure(where).keys()


async def test_store_of_the_previous_release_keeps_what_it_has(
    where: str, open_store: OpenStore
) -> None:
    """Otherwise an update of the bridge would lose deliveries, or what was done for them."""
    migrate(where, to="0001")
    execute(where, *PREVIOUS)

    store = await open_store()

    reader = Reader.open(where)
    waiting, held = reader.deliveries()
    assert (held.id, held.state, held.reason, held.cause) == ("a", "held", "Wrong password.", "")
    assert (waiting.id, waiting.state, waiting.roles) == ("b", "waiting", ("gold",))
    assert [step.name for step in reader.timeline("a")[0].steps] == ["contact_read"]
    assert reader.user_of("7") == 12
    (work,) = await store.take(9)
    assert (work.contact, work.failures) == ("8", 2)
    await store.finish(work, DONE)
    assert await store.release_held() == 1


async def test_failed_migration_leaves_nothing_behind(where: str, open_store: OpenStore) -> None:
    """Otherwise the next start would meet half a schema."""
    with engine_of(where).begin() as connection:
        upgrade._versions.create(connection)
        # The last table that the migrations make is in their way.
        schema.paces.create(connection)
    before = structure(where)

    with pytest.raises(DBAPIError, match="already exists"):
        await open_store()

    assert structure(where) == before


async def test_newer_store_is_refused(where: str, open_store: OpenStore) -> None:
    """Otherwise an older program would write what the newer one cannot read."""
    await (await open_store()).close()
    set_version(where, "9999")

    with pytest.raises(StoreRefused, match="newer version of the bridge") as refused:
        await open_store()
    assert PASSWORD not in str(refused.value)
    with pytest.raises(StoreRefused, match="newer version of the bridge"):
        Reader.open(where)


async def test_older_store_is_not_read(where: str, open_store: OpenStore) -> None:
    """Otherwise a list would end in an error about a column."""
    await (await open_store()).close()
    set_version(where, "0001")

    with pytest.raises(StoreRefused, match="start the bridge once"):
        Reader.open(where)


async def test_database_of_another_program_is_refused(where: str, open_store: OpenStore) -> None:
    """Otherwise the bridge would write its tables among somebody else's."""
    execute(where, "CREATE TABLE orders (number INTEGER)")
    before = structure(where)

    with pytest.raises(StoreRefused, match="tables of another program"):
        await open_store()

    assert structure(where) == before


@pytest.fixture
def text_file(file: Path) -> bytes:
    """Something else where the store should be."""
    file.write_text("server:\n  listen: 127.0.0.1:8080\n" * 99)
    return file.read_bytes()


@pytest.fixture
def folder(file: Path) -> None:
    """A folder where the store should be."""
    file.mkdir()


@only_sqlite
async def test_file_that_is_no_database_is_refused(
    text_file: bytes, file: Path, open_store: OpenStore
) -> None:
    """Otherwise a mistyped path would end in a stack trace, or in a file overwritten."""
    with pytest.raises(StoreRefused, match=r"not a database.*file of its own"):
        await open_store()
    with pytest.raises(StoreRefused, match="not a database"):
        Reader.open(file)

    assert await asyncio.to_thread(file.read_bytes) == text_file


@only_sqlite
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


def test_moments_are_whole_numbers(where: str) -> None:
    """Otherwise the due times of two engines would not compare alike."""
    migrate(where)

    found = inspect(engine_of(where))
    columns = {
        str(column["type"])
        for table in ("deliveries", "lanes", "attempts", "steps", "links", "paces")
        for column in found.get_columns(table)
        if column["name"].endswith(("_at", "_until"))
    }

    assert columns == {"BIGINT"}
