"""The power goes while the store writes: what the disk had confirmed is there, and nothing broken.

A copy of the database and its write-ahead log is taken while the writer works, and the copy is torn
as a disk may tear it: everything that came before the last confirmed flush is as it was written,
everything after it is there, missing, empty or rubbish, sector by sector.
https://www.sqlite.org/atomiccommit.html#_hardware_assumptions
"""

import asyncio
import random
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bridge.delivery import NewDelivery, Verdict
from bridge.store import Reader, Store

SECTOR = 512
WAL_HEADER = 32
FRAME_HEADER = 24


@dataclass(frozen=True, slots=True)
class Written:
    """How far a write-ahead log is written; https://www.sqlite.org/fileformat2.html#walformat."""

    salt: bytes
    """Another one since the last checkpoint that began the log anew."""
    end: int
    """Where its last whole transaction ends."""
    pages: frozenset[int]
    """The database's pages that it has."""

    @classmethod
    def of(cls, wal: bytes) -> "Written":
        """Read a log's frames, up to the first of an older generation."""
        salt = wal[16:24]
        frame = FRAME_HEADER + int.from_bytes(wal[8:12], "big")
        end, place, pages = WAL_HEADER, WAL_HEADER, set[int]()
        while place + frame <= len(wal) and wal[place + 8 : place + 16] == salt:
            pages.add(int.from_bytes(wal[place : place + 4], "big"))
            is_last = int.from_bytes(wal[place + 4 : place + 8], "big") > 0
            place += frame
            end = place if is_last else end
        return cls(salt, end, frozenset(pages))


@dataclass(frozen=True, slots=True)
class Moment:
    """What was on the disk, and how much of what was done had been confirmed."""

    database: bytes = field(repr=False)
    wal: bytes = field(repr=False)
    written: Written
    kept: int
    done: int


@dataclass(slots=True)
class Watcher:
    """Stands in the writer's thread, and copies the files before each commit writes."""

    file: Path
    kept: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    watching: bool = False

    def __call__(self, point: str) -> None:
        """The store's ``at``; what is confirmed by now was flushed before this moment."""
        if point != "store_before_commit" or not self.watching:
            return
        kept, done = len(self.kept), len(self.done)
        wal = self.file.with_name(self.file.name + "-wal").read_bytes()
        written = Written.of(wal)
        self.moments.append(Moment(self.file.read_bytes(), wal, written, kept, done))


async def written_on(file: Path, commits: int) -> Watcher:
    """Put, take and finish in a busy store until so many commits were watched."""
    watcher = Watcher(file)
    store = await Store.open(file, clock=lambda: datetime.now(UTC), owner="cut", at=watcher)
    async with store:
        # Many checkpoints, so that logs are begun anew while we watch.
        await store._writer.run(
            lambda it: it.exec_driver_sql("PRAGMA wal_autocheckpoint=60").close()
        )
        watcher.watching = True

        async def put_on() -> None:
            while len(watcher.moments) < commits:
                name = f"{random.getrandbits(64):x}"
                await store.put(NewDelivery(name, name, "add", datetime.now(UTC)))
                watcher.kept.append(name)

        async def work_on() -> None:
            while len(watcher.moments) < commits:
                for work in await store.take(4):
                    await store.finish(work, Verdict("done", user_id=1))
                    watcher.done.extend(each.id for each in work.deliveries)

        await asyncio.gather(*(put_on() for _ in range(8)), work_on())
    return watcher


def judge(folder: Path, watcher: Watcher, confirmed: Moment) -> None:
    """Hold a torn copy, opened as a bridge would, against what had been confirmed."""
    file = folder / "bridge.db"

    async def open_again() -> None:
        now = datetime.now(UTC)
        async with await Store.open(file, clock=lambda: now, owner="after") as store:
            await store.put(NewDelivery("after", "after", "add", now))

    asyncio.run(open_again())
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    states = {each.id: each.state for each in Reader.open(file).deliveries(limit=1_000_000)}
    assert set(watcher.kept[: confirmed.kept]) <= states.keys()
    assert {states[each] for each in watcher.done[: confirmed.done]} <= {"done"}
    assert "running" not in states.values()


def torn(wal: bytes, end: int, chance: random.Random) -> bytes:
    """Tear a log behind ``end`` in one of the ways in which disks do."""
    end = min(end, len(wal))  # a log that nothing was written to yet has not even a header
    match chance.choice(["cut", "zeros", "rubbish", "sectors"]):
        case "cut":
            return wal[: chance.randint(end, len(wal))]
        case "zeros":
            place = chance.randint(end, len(wal))
            return wal[:place] + bytes(len(wal) - place)
        case "rubbish":
            place = chance.randint(end, len(wal))
            return wal[:place] + chance.randbytes(len(wal) - place)
    whole = bytearray(wal)
    for place in range(end, len(wal), SECTOR):
        size = min(SECTOR, len(wal) - place)
        instead = chance.choice([None, bytes(size), chance.randbytes(size)])
        if instead is not None:
            whole[place : place + size] = instead
    return bytes(whole)


def lay(folder: Path, database: bytes, wal: bytes) -> Path:
    """Lay a copy down, as a machine finds it when the power is back."""
    folder.mkdir()
    (folder / "bridge.db").write_bytes(database)
    (folder / "bridge.db-wal").write_bytes(wal)
    return folder


def test_a_power_cut_loses_nothing_that_was_confirmed(tmp_path: Path) -> None:
    """A Post that was answered with 200 would be gone, or the bridge not start again."""
    chance = random.Random(3)  # noqa: S311 - the same tears each time
    watcher = asyncio.run(written_on(tmp_path / "busy.db", commits=150))
    generations = {moment.written.salt for moment in watcher.moments}
    lost_something = 0
    for number in range(60):
        place = chance.randrange(len(watcher.moments))
        later = watcher.moments[place]
        earlier = [
            moment
            for moment in watcher.moments[: place + 1]
            if moment.written.salt == later.written.salt
        ]
        confirmed = chance.choice(earlier[-3:])
        wal = torn(later.wal, confirmed.written.end, chance)
        judge(lay(tmp_path / f"{number}", confirmed.database, wal), watcher, confirmed)
        lost_something += wal[: later.written.end] != later.wal[: later.written.end]

    assert len(generations) > 3
    assert lost_something > 10


def test_a_power_cut_during_a_checkpoint_loses_nothing(tmp_path: Path) -> None:
    """A database half brought up to date from its log would stay so, and be broken."""
    chance = random.Random(4)  # noqa: S311 - the same tears each time
    watcher = asyncio.run(written_on(tmp_path / "busy.db", commits=150))
    for number in range(20):
        moment = chance.choice([each for each in watcher.moments if each.written.pages])
        database = bytearray(moment.database)
        size = int.from_bytes(database[16:18], "big")
        for page in moment.written.pages:
            place = (page - 1) * size
            if place < len(database) and chance.random() < 0.5:
                database[place : place + size] = chance.randbytes(size)
        judge(lay(tmp_path / f"{number}", bytes(database), moment.wal), watcher, moment)
