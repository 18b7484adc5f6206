"""``keap-bridge backup``: a copy from which a bridge goes on."""

import asyncio
import sqlite3
import stat
from pathlib import Path

import pytest

from bridge.delivery import NewDelivery, Verdict
from bridge.store import Reader, Store
from bridge.surroundings import now
from tests.bridge.cli.calling import call, write_config


async def _keep(store: Store, *names: str) -> None:
    for name in names:
        await store.put(NewDelivery(name, "1", "add", now()))


def test_a_bridge_goes_on_from_the_copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The copy would be torn, or lack what was kept just before."""
    config, copy = write_config(tmp_path), tmp_path / "copy.db"

    async def copied_while_open() -> None:
        where = f"sqlite:///{tmp_path / 'bridge.db'}"
        async with await Store.open(where, clock=now, owner="test") as store:
            await _keep(store, "D1", "D2")
            ended = await asyncio.to_thread(call, capsys, "backup", copy, "--config", config)
            assert (ended.code, ended.err) == (0, "")
            await _keep(store, "D3")

    asyncio.run(copied_while_open())

    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert {each.id for each in Reader.open(copy).deliveries()} == {"D1", "D2"}

    async def goes_on() -> None:
        async with await Store.open(copy, clock=now, owner="test") as store:
            (work,) = await store.take(9)
            await store.finish(work, Verdict("done"))

    asyncio.run(goes_on())
    assert {each.state for each in Reader.open(copy).deliveries()} == {"done"}


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Yesterday's backup would be gone before today's is whole."""
    config, copy = write_config(tmp_path), tmp_path / "copy.db"
    copy.write_text("yesterday")

    ended = call(capsys, "backup", copy, "--config", config)

    assert (ended.code, copy.read_text()) == (5, "yesterday")


def test_no_store_is_no_backup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty file would be taken for a backup."""
    config, copy = write_config(tmp_path), tmp_path / "copy.db"

    ended = call(capsys, "backup", copy, "--config", config)

    assert (ended.code, copy.exists()) == (4, False)
    assert "There is no store" in ended.err


def test_a_broken_store_is_no_backup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A broken copy would be found out on the day that it is needed."""
    config, copy, store = write_config(tmp_path), tmp_path / "copy.db", tmp_path / "bridge.db"

    async def fill() -> None:
        async with await Store.open(store, clock=now, owner="test") as opened:
            await _keep(opened, *(f"D{number}" for number in range(2000)))

    asyncio.run(fill())
    with sqlite3.connect(store) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (root,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'deliveries_by_state'"
        ).fetchone()
    connection.close()
    with store.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)

    ended = call(capsys, "backup", copy, "--config", config)

    assert (ended.code, copy.exists()) == (4, False)
