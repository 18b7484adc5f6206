"""How many Posts a second are kept where hosts share a PostgreSQL database."""

from pathlib import Path
from statistics import median

from bridge.demo.wordpress import default_cache, own_folder
from tests.bench import servers
from tests.bench.accepting import PLAIN, ROUNDS, SECONDS
from tests.bench.figures import Figure
from tests.bench.load import Order, load
from tests.postgresql import running_postgresql


async def accepting_on_postgresql(folder: Path) -> list[Figure]:
    """Measure 64 senders that each wait for their answers, against a server on this machine."""
    rates: dict[str, list[float]] = {"bridge": [], "plain": []}
    with (
        own_folder(default_cache() / "postgresql") as home,
        running_postgresql(home) as database,
        servers.silent_keap() as keap,
    ):
        config = servers.write_config(folder, keap, store=database.create())
        async with servers.plain(folder) as plain, servers.bridge(config) as bridge:
            for _ in range(ROUNDS):  # by turns: what disturbs one disturbs the other
                for name, each in (("plain", plain), ("bridge", bridge)):
                    rates[name].append((await load(Order(each.port, SECONDS))).per_second)
    return [
        Figure(
            "durable Posts accepted on PostgreSQL",
            median(rates["bridge"]),
            "1/s",
            PLAIN,
            median(rates["plain"]),
            f"64 connections, {ROUNDS} rounds of {SECONDS:g} s, median; serve with its log in a"
            " file, the database and the load on the same two cores, fsync on",
            "ratio ≥ 0.35",
        )
    ]
