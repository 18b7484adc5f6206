"""How soon a bridge that was started answers, and the command line says its version."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.bench import servers
from tests.bench.accepting import PLAIN
from tests.bench.figures import Figure
from tests.bench.processes import cpu_seconds

ROUNDS = 3


async def starting(folder: Path) -> list[Figure]:
    """Start each of them several times, by turns."""
    served: list[float] = []
    bare: list[float] = []
    busy: dict[str, list[float]] = {"bridge": [], "plain": []}
    version: list[float] = []
    python: list[float] = []
    config = servers.write_config(folder, servers.NOWHERE)
    for _ in range(ROUNDS):
        began = perf_counter()
        async with servers.bridge(config) as bridge:
            served.append(perf_counter() - began)
            busy["bridge"].append(cpu_seconds(bridge.process.pid))
        began = perf_counter()
        async with servers.plain(folder) as plain:
            bare.append(perf_counter() - began)
            busy["plain"].append(cpu_seconds(plain.process.pid))
        version.append(await _ran("-m", "bridge.cli", "--version"))
        python.append(await _ran("-c", "pass"))
    return [
        Figure(
            "serve's first answer after its start",
            median(served),
            "s",
            PLAIN,
            median(bare),
            f"from exec to 200 of /healthz, {ROUNDS} times, median; the store exists",
            "< 1 s",
        ),
        Figure(
            "processor time until then",
            median(busy["bridge"]),
            "s",
            PLAIN,
            median(busy["plain"]),
            f"{ROUNDS} times, median: what the start takes where nothing else runs",
        ),
        Figure(
            "keap-bridge --version",
            median(version),
            "s",
            "python -c pass",
            median(python),
            f"{ROUNDS} times, median",
        ),
    ]


async def _ran(*arguments: str) -> float:
    began = perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdin=DEVNULL, stdout=DEVNULL
    )
    await process.wait()
    return perf_counter() - began
