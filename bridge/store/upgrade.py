"""A database brought to the schema that this program reads and writes."""

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateSchema

from bridge.store.engines import is_shared, is_storage_trouble, name_of, said_by
from bridge.store.errors import StoreMissing, StoreRefused, StoreUnavailable
from bridge.store.schema import VERSION, metadata

VERSION_TABLE = "bridge_schema"
"""Where alembic keeps the number of the last migration; the name marks a database as ours."""

_versions = Table(
    VERSION_TABLE,
    MetaData(),
    Column("version_num", String(32)),
    PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
)
"""As alembic makes it, so that a new file needs no alembic, which is slow to import."""

_UPGRADING = 0x6B656170
"""PostgreSQL's number for the lock of whoever brings a store up to date."""


_KIND = {"sqlite": "file", "postgresql": "database"}


def bring_up_to_date(engine: Engine) -> None:
    """The database has the schema :data:`~bridge.store.schema.VERSION`; all or nothing changes.

    Raises:
        StoreRefused: the database is newer than the program, or is not the bridge's.
        StoreUnavailable: the disk is full, read-only, locked or broken.
    """
    try:
        with engine.begin() as connection:
            if is_shared(connection):
                # Several processes may start at once, and one of them does it.
                connection.execute(select(func.pg_advisory_xact_lock(_UPGRADING)))
                _make_schema(connection)
            version = _version(connection, engine)
            if version is None:
                _create(connection)
            elif version < VERSION:
                _migrate(connection)
    except DBAPIError as error:
        raise _explained(error, engine) from error


def refuse_other_versions(engine: Engine) -> None:
    """The database has the schema that this program reads.

    Raises:
        StoreMissing: it has none yet.
        StoreRefused: it has another one, or is not the bridge's.
        StoreUnavailable: the file cannot be read.
    """
    try:
        with engine.begin() as connection:
            version = _version(connection, engine)
    except DBAPIError as error:
        raise _explained(error, engine) from error
    if version is None:
        msg = f"There is no store in {name_of(engine)} yet: it is made when the bridge starts."
        raise StoreMissing(msg)
    if version != VERSION:
        msg = (
            f"The store {name_of(engine)} has an older schema than this program reads: "
            "start the bridge once, which brings it up to date."
        )
        raise StoreRefused(msg)


def _version(connection: Connection, engine: Engine) -> str | None:
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if VERSION_TABLE not in tables:
        msg = (
            f"The database {name_of(engine)} holds tables of another program: "
            f"give server.store a {_KIND[engine.dialect.name]} of its own."
        )
        raise StoreRefused(msg)
    # Without a row alembic stands before its first migration.
    version: str = connection.scalar(select(_versions.c.version_num)) or ""
    if version > VERSION:
        msg = (
            f"The store {name_of(engine)} was written by a newer version of the bridge "
            f"(schema {version}; this one knows {VERSION}): install that version again."
        )
        raise StoreRefused(msg)
    return version


def _make_schema(connection: Connection) -> None:
    """The schema is there that the address of the store names; PostgreSQL makes none by itself."""
    if connection.scalar(select(func.current_schema())) is None:
        path: str = connection.execute(text("SHOW search_path")).scalar_one()
        name = path.split(",", maxsplit=1)[0].strip().strip('"')
        connection.execute(CreateSchema(name, if_not_exists=True))


def _create(connection: Connection) -> None:
    metadata.create_all(connection, checkfirst=False)
    _versions.create(connection)
    connection.execute(insert(_versions).values(version_num=VERSION))


def _migrate(connection: Connection, to: str = "head") -> None:
    # A third of a second, and hardly ever needed.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "bridge.store:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["version_table"] = VERSION_TABLE
    command.upgrade(config, to)


def _explained(error: DBAPIError, engine: Engine) -> Exception:
    reason = f"The store {name_of(engine)} cannot be used: {said_by(error)}."
    if getattr(error.orig, "sqlite_errorname", "") == "SQLITE_NOTADB":
        return StoreRefused(f"{reason} Give server.store a file of its own.")
    return StoreUnavailable(reason) if is_storage_trouble(error) else error
