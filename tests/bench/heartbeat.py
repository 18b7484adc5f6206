"""How long an event loop leaves a task waiting that asks to go on every few milliseconds."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import perf_counter, time

EVERY = 0.005
"""Seconds between two beats."""


@asynccontextmanager
async def heartbeat(into: Path) -> AsyncIterator[None]:
    """Beat until the block ends, then write when each beat came and how late, in seconds."""
    beats: list[tuple[float, float]] = []
    task = asyncio.create_task(_beat(beats))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        into.write_text(json.dumps(beats))  # noqa: ASYNC240 - the loop has nothing else to do


async def _beat(beats: list[tuple[float, float]]) -> None:
    while True:
        due = perf_counter() + EVERY
        await asyncio.sleep(EVERY)
        beats.append((time(), perf_counter() - due))


def longest_stall(file: Path, since: float, until: float) -> float:
    """Give the latest beat of a period, in milliseconds."""
    beats: list[tuple[float, float]] = json.loads(file.read_text())
    return 1000 * max(late for at, late in beats if since <= at <= until)
