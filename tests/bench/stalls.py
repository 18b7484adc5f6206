"""How long the event loop leaves others waiting while Posts are accepted."""

from pathlib import Path
from statistics import median
from time import time

from tests.bench import servers
from tests.bench.accepting import PLAIN
from tests.bench.figures import Figure
from tests.bench.heartbeat import EVERY, longest_stall
from tests.bench.load import Order, load

ROUNDS = 3
SECONDS = 2.0


async def stalls(folder: Path) -> list[Figure]:
    """Let a task beat in the loop of both servers while 1,000 Posts a second come in."""
    beats = {"bridge": folder / "bridge.beats", "plain": folder / "plain.beats"}
    periods: dict[str, list[tuple[float, float]]] = {"bridge": [], "plain": []}
    with servers.silent_keap() as keap:
        async with (
            servers.plain(folder, beats=beats["plain"]) as plain,
            servers.bridge(servers.write_config(folder, keap), beats=beats["bridge"]) as bridge,
        ):
            for _ in range(ROUNDS):
                for name, each in (("plain", plain), ("bridge", bridge)):
                    began = time()
                    await load(Order(each.port, SECONDS, rate=1000))
                    periods[name].append((began, time()))
    longest = {
        name: median(longest_stall(beats[name], *period) for period in periods[name])
        for name in beats
    }
    return [
        Figure(
            "longest stall of the event loop",
            longest["bridge"],
            "ms",
            PLAIN,
            longest["plain"],
            f"a task that asks for every {1000 * EVERY:g} ms, 1,000 Posts/s, the longest of each"
            f" of {ROUNDS} rounds of {SECONDS:g} s, median",
        )
    ]
