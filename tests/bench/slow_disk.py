"""What a disk that takes longer to flush costs: group commit shares each flush among many Posts."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

from tests.bench import servers
from tests.bench.figures import Figure
from tests.bench.load import Order, load

ROUNDS = 3
SECONDS = 1.5
GOALS = {0: "", 2: "ratio ≥ 0.5", 10: "ratio ≥ 0.2"}
"""Milliseconds that a flush takes longer, and what is to be left of the rate."""


async def slow_disk(folder: Path) -> list[Figure]:
    """Send with 64 connections to stores on disks of different speed."""
    library = await _library(folder)
    rates: dict[int, list[float]] = {slower: [] for slower in GOALS}
    async with AsyncExitStack() as stack:
        keap = stack.enter_context(servers.silent_keap())
        bridges = {
            slower: await stack.enter_async_context(
                servers.bridge(
                    servers.write_config(folder / str(slower), keap),
                    {"LD_PRELOAD": str(library), "SLOW_FSYNC_US": str(1000 * slower)},
                )
            )
            for slower in GOALS
        }
        for _ in range(ROUNDS):
            for slower, each in bridges.items():
                rates[slower].append((await load(Order(each.port, SECONDS))).per_second)
    return [
        Figure(
            f"durable Posts accepted, {slower} ms slower per flush",
            median(rates[slower]),
            "1/s",
            "the same disk without the delay",
            median(rates[0]),
            f"64 connections, {ROUNDS} rounds of {SECONDS:g} s, median; LD_PRELOAD sleeps after"
            " fsync and fdatasync",
            goal,
        )
        for slower, goal in GOALS.items()
        if slower
    ]


async def _library(folder: Path) -> Path:
    library = folder / "slow_fsync.so"
    source = Path(__file__).with_name("slow_fsync.c")
    compiler = await asyncio.create_subprocess_exec(
        "gcc", "-shared", "-fPIC", "-O2", "-o", str(library), str(source), "-ldl"
    )
    if await compiler.wait():
        message = "gcc could not compile slow_fsync.c."
        raise RuntimeError(message)
    return library
