"""How fast a burst of Posts becomes users, beside WordPress's own REST API at its best."""

import asyncio
import itertools
import os
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import aiohttp

from bridge.demo.wordpress import RunningWordPress
from bridge.store import Reader
from keap_client.sandbox import Limits, Quirks, Sandbox, running_sandbox
from tests.bench import servers
from tests.bench.figures import Figure
from tests.bench.load import FIRST_CONTACT, Order, load
from tests.bench.processes import peak_megabytes
from tests.bench.wordpress import CORE, ask, wordpress

POSTS = int(os.environ.get("BENCH_BURST", "1000"))
LIMIT = float(os.environ.get("BENCH_BURST_SECONDS", "20"))
"""Seconds after which a burst is cut short; what was done until then counts."""

BARE = 32
"""Users that the bare API makes at each concurrency."""

BARE_API = "the bare /wp/v2/users, the best of 1, 2 and 4 requests at once"


@dataclass(frozen=True, slots=True)
class Drained:
    """How a burst went."""

    done: int
    seconds: float
    calls: int
    """Keap's, all of them."""
    requests: int
    """WordPress's, all of them."""
    megabytes: float


async def burst(folder: Path) -> list[Figure]:
    """Send bursts that create users and then change them, on both versions of WordPress."""
    figures: list[Figure] = []
    megabytes: list[float] = []
    for version in ("6.8", "6.1"):
        async with wordpress(version) as site, _keap() as keap:
            on_this, most = await _on(site, keap, folder / version)
        figures += on_this
        megabytes.append(most)
    conditions = f"serve, the most of all bursts of {POSTS:,} Posts"
    return [
        *figures,
        Figure("peak memory in bursts", max(megabytes), "MB", "goal", 120, conditions, "≤ 120 MB"),
    ]


def _keap() -> Any:
    unlimited = Limits(per_second=None, per_minute=None, per_day=None)
    return running_sandbox(quirks=Quirks(limits=unlimited))


async def _on(site: RunningWordPress, keap: Sandbox, folder: Path) -> tuple[list[Figure], float]:
    bare_creates, bare_updates = await _bare(site)
    for number in range(POSTS):
        keap.tenant.add_contact(
            contact_id=str(FIRST_CONTACT + number),
            email=f"bob{number}@example.com",
            given_name="Bob",
            family_name=f"Of {number}",
        )
    created = await _drain(site, keap, folder / "created", POSTS)
    for number in range(created.done):
        contact = keap.tenant.contacts[str(FIRST_CONTACT + number)]
        contact.properties["given_name"] = "Robert"
    updated = await _drain(site, keap, folder / "updated", created.done)
    figures = [
        *_figures("created", created, POSTS, bare_creates, site, "ratio ≥ 0.9"),
        *_figures("updated", updated, created.done, bare_updates, site, "ratio ≥ 3"),
    ]
    return figures, max(created.megabytes, updated.megabytes)


def _figures(
    what: str, burst: Drained, posts: int, bare: float, site: RunningWordPress, goal: str
) -> list[Figure]:
    cut = "" if burst.done >= posts else f", cut short after {LIMIT:g} s with {burst.done:,} done"
    where = f"users {what} in a burst, WordPress {site.version}"
    conditions = f"{posts:,} Posts at once, Keap's pace of 240 calls a minute kept{cut}"
    calls, requests = burst.calls / burst.done, burst.requests / burst.done
    alone = "one Post alone"
    return [
        Figure(where, burst.done / burst.seconds, "1/s", BARE_API, bare, conditions, goal),
        Figure(
            f"{where}: until all was done",
            burst.seconds,
            "s",
            "as many at the rate of the bare API",
            burst.done / bare,
            conditions,
        ),
        Figure(f"{where}: Keap calls a Post", calls, "calls", alone, 1, conditions, "≤ 0.03"),
        Figure(f"{where}: requests a contact", requests, "requests", alone, 1, conditions),
    ]


async def _drain(site: RunningWordPress, keap: Sandbox, folder: Path, posts: int) -> Drained:
    """Send Posts for the first contacts, and wait until all is done, or time is up."""
    config = servers.write_config(
        folder,
        keap.url,
        token=keap.token,
        wordpress=site.url,
        user=site.service.login,
        password=site.service.application_password,
        stop_seconds=40,  # WordPress would go on with what is under way, and disturb what follows
    )
    keap.record.clear()
    requests = _requests(site)
    async with servers.bridge(config) as bridge, aiohttp.ClientSession() as client:
        began = perf_counter()
        sending = asyncio.create_task(load(Order(bridge.port, posts / 1000, rate=1000)))
        health = f"http://127.0.0.1:{bridge.port}/healthz"
        while not sending.done() or await _unfinished(client, health):
            if perf_counter() - began > LIMIT:
                break
            await asyncio.sleep(0.1)
        seconds = perf_counter() - began
        counts = await asyncio.to_thread(Reader.open(folder / "bridge.db").counts)
        await sending
        done = Drained(
            counts["done"],
            seconds,
            len(keap.record.requests),
            _requests(site) - requests,
            peak_megabytes(bridge.process.pid),
        )
    if not done.done or counts["failed"] or counts["held"]:
        message = f"The burst failed: {counts}"
        raise RuntimeError(message)
    return done


async def _unfinished(client: aiohttp.ClientSession, health: str) -> int:
    async with client.get(health) as answer:
        return int((await answer.json())["unfinished"])


def _requests(site: RunningWordPress) -> int:
    """How many requests the web server has answered."""
    return site.folder.log("access").read_text().count("\n")


async def _bare(site: RunningWordPress) -> tuple[float, float]:
    """Give the users a second that core's REST API makes and changes for a plain client."""
    account = site.accounts["svc"]
    creates: list[float] = []
    updates: list[float] = []
    names = itertools.count()
    async with aiohttp.ClientSession() as client:
        for at_once in (1, 2, 4):
            ids: list[int] = []

            async def create(ids: list[int] = ids) -> None:
                name = f"bare{next(names)}"
                made = await ask(
                    client,
                    site.url + CORE,
                    account,
                    {
                        "username": name,
                        "email": f"{name}@example.com",
                        "password": "Kf3-9c1d27b5e4086a1c4e",
                        "first_name": "Ann",
                        "last_name": name,
                        "roles": ["subscriber"],
                    },
                )
                ids.append(made["id"])

            async def change(ids: list[int] = ids) -> None:
                address = f"{site.url}{CORE}/{ids.pop()}"
                await ask(client, address, account, {"first_name": "Anna"})

            creates.append(await _rate(create, at_once))
            updates.append(await _rate(change, at_once))
    return max(creates), max(updates)


async def _rate(request: Any, at_once: int) -> float:
    """Give how many requests a second get done, so many at once."""
    left = itertools.repeat(None, BARE)

    async def one_after_another() -> None:
        for _ in left:
            await request()

    began = perf_counter()
    await asyncio.gather(*(one_after_another() for _ in range(at_once)))
    return BARE / (perf_counter() - began)
