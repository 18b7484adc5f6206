"""What a bridge costs while nothing happens."""

import asyncio
from pathlib import Path

from tests.bench import servers
from tests.bench.accepting import PLAIN
from tests.bench.figures import Figure
from tests.bench.processes import cpu_seconds

SECONDS = 20.0


async def idle(folder: Path) -> list[Figure]:
    """Leave both servers alone, at the same time."""
    async with (
        servers.plain(folder) as plain,
        servers.bridge(servers.write_config(folder, servers.NOWHERE)) as bridge,
    ):
        await asyncio.sleep(1)
        before = [cpu_seconds(each.process.pid) for each in (bridge, plain)]
        await asyncio.sleep(SECONDS)
        after = [cpu_seconds(each.process.pid) for each in (bridge, plain)]
    used = [100 * (end - start) / SECONDS for start, end in zip(before, after, strict=True)]
    return [
        Figure(
            "processor while idle",
            used[0],
            "% of a core",
            PLAIN,
            used[1],
            f"{SECONDS:g} s, after a second's rest; counted in steps of 0.05 %",
            "≤ 0.5 %",
        )
    ]
