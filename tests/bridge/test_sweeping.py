"""Old deliveries go once a day, as ``server.retention`` says."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bridge.config import Retention
from bridge.delivery import Verdict
from bridge.store import Reader, Store
from bridge.sweeping import sweep, sweep_daily
from tests.bridge.simulated import NOON, post

KEPT = Retention.model_validate({"done": "24h", "ignored": None, "failed": "48h"})


class Days:
    """Tells what day it is."""

    now = NOON

    def __call__(self) -> object:
        """Now."""
        return self.now


@pytest.mark.parametrize(
    ("hours", "swept", "left"),
    [
        (24, {}, {"done", "ignored", "failed", "held"}),
        (25, {"done": 1}, {"ignored", "failed", "held"}),
        (24 * 1000, {"done": 1, "failed": 1}, {"ignored", "held"}),
    ],
)
async def test_each_state_has_its_time(
    tmp_path: Path, hours: int, swept: dict[str, int], left: set[str]
) -> None:
    """Something would be kept for longer or shorter than config.yaml says."""
    days = Days()
    file = tmp_path / "bridge.db"
    async with await Store.open(file, clock=days, owner="test") as store:  # type: ignore[arg-type]  # a clock
        for number, state in enumerate(("done", "ignored", "failed", "held")):
            await post(store, str(number))
            for work in await store.take(9):
                cause = "keap" if state == "held" else ""
                await store.finish(work, Verdict(state, cause=cause))  # type: ignore[arg-type]  # a state
        days.now += timedelta(hours=hours)

        assert await sweep(store, KEPT, pause=0) == swept

    assert {each.state for each in Reader.open(file).deliveries()} == left


async def test_it_goes_on_after_a_day_on_which_the_store_was_in_trouble(tmp_path: Path) -> None:
    """One full disk would end all sweeping until the next start."""
    store = await Store.open(tmp_path / "bridge.db", clock=lambda: NOON, owner="test")
    await store.close()
    with capture_logs() as logs, suppress(TimeoutError):
        async with asyncio.timeout(0.2):
            await sweep_daily(store, KEPT, first=0, every=0.01, pause=0)

    assert [each["event"] for each in logs][:2] == ["sweep_broken_off"] * 2
