"""A real PostgreSQL for one test run: started when a test first asks, stopped at its end."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Composed, Identifier

from bridge.demo.wordpress import default_cache, own_folder
from bridge.demo.wordpress.packages import install, missing
from bridge.store.engines import database_at
from bridge.store.upgrade import bring_up_to_date
from tests.bridge.running import free_port

PACKAGE = "postgresql"

ACCOUNT = "postgres"
"""The server refuses to be root; Debian's package makes this account."""

PASSWORD = "only this run's"

PATIENCE = 30.0
"""Seconds that the server has to come up or to end."""

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    "shared_buffers": "64MB",
    # Otherwise a rival transaction is noticed after a second.
    "deadlock_timeout": "100ms",
}
"""All else as it comes, ``fsync`` and ``synchronous_commit`` above all."""


@dataclass(frozen=True, slots=True)
class PostgresqlServer:
    """A server on loopback."""

    port: int
    _numbers: "count[int]" = field(default_factory=lambda: count(1), repr=False)

    def url(self, database: str) -> str:
        """The address of a database, as ``server.store`` has it."""
        password = PASSWORD.replace(" ", "%20")
        return f"postgresql://{ACCOUNT}:{password}@127.0.0.1:{self.port}/{database}"

    def create(self, template: str = "template1") -> str:
        """The address of a new database, made after another one: as it comes, an empty one."""
        name = f"test_{next(self._numbers)}"
        made = SQL("CREATE DATABASE {} TEMPLATE {}")
        self._run(made.format(Identifier(name), Identifier(template)))
        return self.url(name)

    def drop(self, url: str) -> None:
        """The database is gone, whoever is connected to it."""
        name = Identifier(url.rpartition("/")[2])
        self._run(SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def disconnect(self, url: str) -> None:
        """All connections to a database break, as when the server is started again."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [url.rpartition("/")[2]],
            )

    def _run(self, statement: Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running_postgresql(folder: Path) -> Iterator[PostgresqlServer]:
    """A server whose data are in this folder, until the block ends or this process does."""
    programs = _programs(folder)
    data = folder / "data"
    data.mkdir(mode=0o700)
    shutil.chown(data, ACCOUNT)
    password = folder / "password"
    password.write_text(PASSWORD)
    log = folder / "postgresql.log"
    with log.open("wb") as out:
        subprocess.run(  # noqa: S603  Debian's program
            [
                *(programs / "initdb", "--pgdata", data, f"--pwfile={password}"),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"),
            ],
            user=ACCOUNT,
            group=ACCOUNT,
            extra_groups=[],
            check=True,
            cwd="/",
            stdout=out,
            stderr=out,
        )
        server = PostgresqlServer(free_port())
        settings = {**_SETTINGS, "port": str(server.port), "unix_socket_directories": str(data)}
        process = subprocess.Popen(  # noqa: S603  as above
            [
                # It ends with this process, even if that is killed.
                *("/usr/bin/setpriv", "--pdeathsig=INT"),
                *(f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups"),
                *(str(programs / "postgres"), "-D", str(data)),
                *(f"--{name}={value}" for name, value in settings.items()),
            ],
            cwd="/",
            stdout=out,
            stderr=out,
        )
    try:
        _wait_for(server, process, log)
        yield server
    finally:
        process.send_signal(signal.SIGINT)  # at once, but in order
        process.wait(PATIENCE)


def _programs(folder: Path) -> Path:
    """Where Debian keeps the newest server's programs; installed if there is none."""
    if not _versions():
        install(missing([PACKAGE]), folder / "apt.log", print)
    return max(_versions(), key=lambda path: int(path.parent.name))


def _versions() -> list[Path]:
    return [path for path in Path("/usr/lib/postgresql").glob("[0-9]*/bin") if _whole(path)]


def _whole(path: Path) -> bool:
    return all(os.access(path / name, os.X_OK) for name in ("initdb", "postgres"))


def _wait_for(server: PostgresqlServer, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(server.url("postgres")).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                message = f"PostgreSQL did not come up: {log.read_text()}"
                raise AssertionError(message) from None
            time.sleep(0.05)
        else:
            return


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """The server of this run."""
    try:
        with (
            own_folder(default_cache() / "postgresql") as folder,
            running_postgresql(folder) as server,
        ):
            yield server
    except PermissionError as error:
        pytest.fail(f"The tests run a real PostgreSQL and need root: {error}", pytrace=False)


@pytest.fixture(scope="session")
def postgresql_template(postgresql: PostgresqlServer) -> str:
    """The name of a database that has the tables of a store: copied sooner than made."""
    url = postgresql.create()
    bring_up_to_date(database_at(url).writing_engine())
    return url.rpartition("/")[2]


@pytest.fixture
def postgresql_url(postgresql: PostgresqlServer, postgresql_template: str) -> Iterator[str]:
    """An empty store, as ``server.store`` names it."""
    url = postgresql.create(postgresql_template)
    yield url
    postgresql.drop(url)


@pytest.fixture
def empty_postgresql_url(postgresql: PostgresqlServer) -> Iterator[str]:
    """A database without a table, as ``server.store`` names it."""
    url = postgresql.create()
    yield url
    postgresql.drop(url)
