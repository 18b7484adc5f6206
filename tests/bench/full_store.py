"""Whether accepting slows down as finished deliveries pile up in the store."""

import asyncio
import os
import sqlite3
from pathlib import Path
from statistics import median

from bridge.store import Store
from bridge.surroundings import now
from tests.bench import servers
from tests.bench.figures import Figure
from tests.bench.load import Order, load

FINISHED = int(os.environ.get("BENCH_FINISHED", "200000"))
ROUNDS = 3

FILL = """
WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < {finished})
INSERT INTO deliveries (id, contact, action, roles, notify, received_at, state, attempts,
                        finished_at, reason, caveats, user_id)
SELECT printf('01K%023d', n), 2000000000 + n % 50000, 'add', '["subscriber"]', 1,
       1700000000000000 + n, 'done', 1, 1700000001000000 + n, '', '[]', n
FROM count;
INSERT INTO attempts (first, owner, config_version, started_at, finished_at, outcome, reason)
SELECT number, 'bench:1', '1', received_at, finished_at, 'done', '' FROM deliveries;
INSERT INTO carried (delivery, attempt) SELECT first, number FROM attempts;
INSERT INTO steps (attempt, at, name, detail)
SELECT number, started_at, 'contact_read', '' FROM attempts;
INSERT INTO steps (attempt, at, name, detail)
SELECT number, finished_at, 'user_created', 'first_name' FROM attempts;
INSERT OR IGNORE INTO links (contact, user_id, linked_at)
SELECT contact, number, finished_at FROM deliveries;
PRAGMA wal_checkpoint(TRUNCATE);
"""


async def full_store(folder: Path) -> list[Figure]:
    """Send 1,000 Posts a second to an empty store and to one that has seen years of them."""
    empty, full = folder / "empty", folder / "full"
    await _fill(full)
    times: dict[Path, list[float]] = {empty: [], full: []}
    with servers.silent_keap() as keap:
        async with (
            servers.bridge(servers.write_config(empty, keap)) as with_nothing,
            servers.bridge(servers.write_config(full, keap)) as with_years,
        ):
            for _ in range(ROUNDS):
                for where, each in ((empty, with_nothing), (full, with_years)):
                    done = await load(Order(each.port, 2.0, rate=1000))
                    times[where].append(done.p99)
    return [
        Figure(
            "p99 answer with a full store, 1,000 Posts/s",
            median(times[full]),
            "ms",
            "an empty store",
            median(times[empty]),
            f"{FINISHED:,} finished deliveries with attempts and steps, {ROUNDS} rounds, median",
            "ratio ≤ 1.2",
        )
    ]


async def _fill(folder: Path) -> None:
    store = await Store.open(folder / "bridge.db", clock=now, owner="bench")
    await store.close()
    await asyncio.to_thread(_write, folder / "bridge.db")


def _write(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.executescript(FILL.format(finished=FINISHED))
    connection.close()
