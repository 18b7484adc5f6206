"""How many Posts a second are kept on disk and answered, and how soon."""

from pathlib import Path
from statistics import median

from tests.bench import servers
from tests.bench.figures import Figure
from tests.bench.load import Load, Order, load
from tests.bench.processes import cpu_seconds, peak_megabytes

ROUNDS = 3
SECONDS = 2.5
PLAIN = "an aiohttp handler that keeps nothing"
_CONDITIONS = "serve with its log in a file, SQLite on disk, load from another process"


async def accepting(folder: Path) -> list[Figure]:
    """Measure 64 senders that each wait for their answers, then 1,000 Posts a second whatever."""
    closed: dict[str, list[Load]] = {"bridge": [], "plain": []}
    opened: dict[str, list[Load]] = {"bridge": [], "plain": []}
    used = {"bridge": 0.0, "plain": 0.0}
    with servers.silent_keap() as keap:
        async with (
            servers.plain(folder) as plain,
            servers.bridge(servers.write_config(folder, keap)) as bridge,
        ):
            both = (("plain", plain), ("bridge", bridge))
            for _ in range(ROUNDS):  # by turns: what disturbs one disturbs the other
                for name, each in both:
                    before = cpu_seconds(each.process.pid)
                    closed[name].append(await load(Order(each.port, SECONDS)))
                    used[name] += cpu_seconds(each.process.pid) - before
                for name, each in both:
                    opened[name].append(await load(Order(each.port, SECONDS, rate=1000)))
            kept = sum(each.answered for each in (*closed["bridge"], *opened["bridge"]))
            megabytes = peak_megabytes(bridge.process.pid)
    each_post = {
        name: 1000 * seconds / sum(each.answered for each in closed[name])
        for name, seconds in used.items()
    }
    rate = {name: median(each.per_second for each in loads) for name, loads in closed.items()}
    full = f"64 connections, {ROUNDS} rounds of {SECONDS:g} s, median; {_CONDITIONS}"
    even = f"1,000 a second, from the scheduled time, {ROUNDS} rounds, median; {_CONDITIONS}"
    return [
        Figure(
            "durable Posts accepted",
            rate["bridge"],
            "1/s",
            PLAIN,
            rate["plain"],
            full,
            "ratio ≥ 0.3",
        ),
        Figure("processor time a Post", each_post["bridge"], "ms", PLAIN, each_post["plain"], full),
        _time("median answer, full load", closed, "p50", full),
        _time("p99 answer, full load", closed, "p99", full),
        _time("median answer, 1,000 Posts/s", opened, "p50", even),
        _time("p99 answer, 1,000 Posts/s", opened, "p99", even, "ratio ≤ 3"),
        Figure(
            "peak memory after accepting",
            megabytes,
            "MB",
            "goal",
            120,
            f"with {kept:,} Posts waiting",
            "≤ 120 MB",
        ),
    ]


def _time(
    figure: str, loads: dict[str, list[Load]], name: str, conditions: str, goal: str = ""
) -> Figure:
    times = {server: median(getattr(each, name) for each in them) for server, them in loads.items()}
    return Figure(figure, times["bridge"], "ms", PLAIN, times["plain"], conditions, goal)
