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

ROUNDS = 5


async def starting(folder: Path) -> list[Figure]:
    """Start each of them several times, by turns."""
    served: list[float] = []
    bare: list[float] = []
    version: list[float] = []
    python: list[float] = []
    config = servers.write_config(folder, servers.NOWHERE)
    for _ in range(ROUNDS):
        began = perf_counter()
        async with servers.bridge(config):
            served.append(perf_counter() - began)
        began = perf_counter()
        async with servers.plain(folder):
            bare.append(perf_counter() - began)
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
