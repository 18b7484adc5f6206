"""What goes wrong around the store: kills, full disks, locks, second processes."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError

from bridge.delivery import Step, Verdict
from bridge.store import (
    LaneLost,
    Reader,
    Store,
    StoreRefused,
    StoreUnavailable,
    at_once,
)
from bridge.store.arrivals import Arrival
from tests.bridge.store.conftest import OpenStore
from tests.bridge.store.examples import DONE, NOON, Clock, post

HERE = Path(__file__).parent

only_sqlite = pytest.mark.parametrize("where", ["sqlite"], indirect=True)


def run_program(name: str, where: str | Path) -> "subprocess.Popen[str]":
    """One of the programs beside this file, at work on a store."""
    return subprocess.Popen(  # noqa: S603  our own program
        [sys.executable, "-m", f"tests.bridge.store.{name}", str(where)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=HERE.parents[2],
    )


def test_kill_loses_nothing_that_was_kept(where: str) -> None:
    """Otherwise a Post that Keap was told is kept would be gone."""
    acknowledged: list[str] = []
    for _ in range(3):
        process = run_program("program_burst", where)
        assert process.stdout is not None
        acknowledged += [process.stdout.readline().strip() for _ in range(200)]
        process.send_signal(signal.SIGKILL)
        acknowledged += [line.strip() for line in process.stdout]
        process.wait()
        process.stdout.close()

    kept = {each.id for each in Reader.open(where).deliveries(limit=1_000_000)}

    assert len(set(acknowledged)) >= 600
    assert set(acknowledged) <= kept


def test_full_disk_is_said_and_got_over(file: Path) -> None:
    """Otherwise a Post would be answered 200 and lost, or the bridge would need a restart."""
    process = run_program("program_full_disk", file)
    out, _ = process.communicate()
    assert process.returncode == 0
    told = json.loads(out)

    kept = {each.id for each in Reader.open(file).deliveries(limit=1_000_000)}

    assert "still full" in told["refused"]
    assert told["kept"][-1] == "after"
    assert set(told["kept"]) <= kept
    assert all(said.startswith("The store cannot write: ") for said in told["said"])
    assert told["retaken"] == 0
    # One of those kept is finished; what was refused, but is there, counts too.
    assert told["unfinished"] == len(kept) - 1


@only_sqlite
async def test_full_database_is_said_and_got_over(store: Store, file: Path) -> None:
    """Otherwise what SQLite undoes by itself would be undone twice, and the writer be confused."""
    await store.put(post("a"))
    # The file may not grow, on this connection or a new one.
    event.listen(store._engine, "connect", _may_not_grow)
    await store._writer.run(lambda it: it.exec_driver_sql("PRAGMA max_page_count = 1").close())
    long = "x" * 100_000

    with pytest.raises(StoreUnavailable, match="database or disk is full"):
        await asyncio.gather(store.put(post("b", roles=(long,))), store.put(post("c")))
    event.remove(store._engine, "connect", _may_not_grow)

    await store.put(post("d", roles=(long,)))
    assert {each.id for each in Reader.open(file).deliveries()} == {"a", "d"}
    assert store.unfinished == 2


async def test_what_a_lost_answer_had_committed_is_kept_once(
    store: Store, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a connection that breaks in the middle of a commit would refuse what is kept."""
    await store.put(post("a"))
    keep = at_once.keep

    def keep_and_break(connection: Connection, arrived: Sequence[Arrival]) -> int | None:
        keep(connection, arrived)
        message = "the answer to the commit was lost"
        raise ConnectionError(message)

    monkeypatch.setattr(at_once, "keep", keep_and_break)
    await asyncio.gather(store.put(post("b")), store.put(post("c", "8")))

    assert {each.id for each in Reader.open(where).deliveries()} == {"a", "b", "c"}
    assert store.unfinished == 3
    assert {len(work.deliveries) for work in await store.take(9)} == {1, 2}


def _may_not_grow(connection: sqlite3.Connection, record: object) -> None:
    del record
    connection.execute("PRAGMA max_page_count = 1")


@pytest.fixture
def locked(file: Path) -> Iterator[sqlite3.Connection]:
    """A foreign program that can lock the store's file."""
    connection = sqlite3.connect(file, isolation_level=None)
    yield connection
    connection.close()


@only_sqlite
async def test_foreign_lock_is_said_and_got_over(
    store: Store, locked: sqlite3.Connection, file: Path
) -> None:
    """Otherwise somebody's SQL shell would stop the bridge for good."""
    await store.put(post("a"))
    (work,) = await store.take(1)
    locked.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable, match="database is locked"):
        await store.put(post("b"))
    locked.execute("ROLLBACK")

    await store.put(post("c"))
    await store.step(work, Step(NOON, "contact_read"))
    await store.finish(work, DONE)
    assert {each.id: each.state for each in Reader.open(file).deliveries()} == {
        "c": "waiting",
        "a": "done",
    }


@dataclass
class FailingDisk:
    """Fails just before or after the commit, as SQLite would say it."""

    fails_at: str = ""

    def __call__(self, point: str) -> None:
        """The store's ``at``."""
        if point == self.fails_at:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            statement = "COMMIT"
            raise DBAPIError(statement, None, error)


@only_sqlite
async def test_take_that_was_not_confirmed_is_taken_back(open_store: OpenStore, file: Path) -> None:
    """Otherwise a delivery would stay running for ever, with nobody working on it."""
    disk = FailingDisk()
    store = await open_store(at=disk)
    await store.put(post("a", "7"))
    (mine,) = await store.take(1)
    await store.put(post("b", "8"))
    disk.fails_at = "store_after_commit"
    with pytest.raises(StoreUnavailable):
        await store.take(1)
    disk.fails_at = ""

    (work,) = await store.take(9)

    assert [each.id for each in work.deliveries] == ["b"]
    await store.finish(mine, DONE)
    assert [each.outcome for each in Reader.open(file).timeline("b")] == ["interrupted", None]


async def test_verdict_that_was_not_confirmed_may_be_repeated(
    open_store: OpenStore, where: str
) -> None:
    """Otherwise a caller that does as it is told would write over a newer attempt."""
    disk = FailingDisk()
    store = await open_store(at=disk)
    await store.put(post("a", "7"))
    (work,) = await store.take(1)
    disk.fails_at = "store_before_commit"
    with pytest.raises(StoreUnavailable):
        await store.finish(work, DONE)
    disk.fails_at = "store_after_commit"
    with pytest.raises(StoreUnavailable):
        await store.finish(work, DONE)
    disk.fails_at = ""

    with pytest.raises(LaneLost):
        await store.finish(work, DONE)

    assert Reader.open(where).deliveries()[0].state == "done"
    assert store.unfinished == 0


@only_sqlite
async def test_second_process_is_refused(store: Store, file: Path, open_store: OpenStore) -> None:
    """Otherwise two processes would work on one contact, or break the file."""
    with pytest.raises(StoreRefused, match=rf"pid {os.getpid()}.*bridge\.db\.lock"):
        await open_store()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bridge.store.program_burst",
        str(file),
        cwd=HERE.parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await process.communicate()

    assert out == b""
    assert b"Another process (pid" in err
    await store.put(post("a"))


async def test_store_opens_again_after_the_last_was_closed(open_store: OpenStore) -> None:
    """Otherwise a restart would meet the lock that the last run has left."""
    await (await open_store()).close()

    await open_store()


async def test_closed_store_refuses(store: Store) -> None:
    """Otherwise a Post during shutdown would wait for ever."""
    await store.close()

    with pytest.raises(StoreUnavailable, match="closed"):
        await store.put(post("a"))


async def test_closing_finishes_what_was_asked(store: Store, where: str) -> None:
    """Otherwise a Post accepted during shutdown would be lost, or never be answered."""
    putting = [asyncio.ensure_future(store.put(post(f"{number}"))) for number in range(20)]
    await asyncio.sleep(0)

    await store.close()

    await asyncio.gather(*putting)
    assert len(Reader.open(where).deliveries()) == 20


async def test_what_was_running_waits_again_after_a_restart(
    open_store: OpenStore, where: str, clock: Clock
) -> None:
    """Otherwise an interrupted delivery would be stuck in running."""
    store = await open_store()
    await store.put(post("a", "7"))
    await store.put(post("b", "8"))
    seven, eight = await store.take(9)
    await store.step(seven, Step(NOON, "user_created"))
    await store.finish(eight, Verdict("waiting", due_at=NOON))
    await store.put(post("c", "7"))
    clock.pass_(9)
    await store.close()

    store = await open_store()

    assert Reader.open(where).counts()["running"] == 0
    assert store.unfinished == 3
    eight, seven = sorted(await store.take(9), key=lambda work: work.contact, reverse=True)
    assert [each.id for each in seven.deliveries] == ["a", "c"]
    assert [each.attempts for each in seven.deliveries] == [2, 1]
    assert seven.steps == ("user_created",)
    assert (seven.failures, eight.failures) == (0, 1)
    first, _ = Reader.open(where).timeline("a")
    assert (first.outcome, first.finished_at) == ("interrupted", clock.now)
