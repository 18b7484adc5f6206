"""Whether one contact with thousands of waiting Posts slows anybody else's down."""

import asyncio
import json
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from keap_client.sandbox import Fault, Limits, Quirks, running_sandbox
from tests.bench import servers
from tests.bench.figures import Figure
from tests.bench.load import FIRST_CONTACT, Order, load
from tests.bench.wordpress import wordpress

WAITING = 3000
OTHERS = 12
APART = 0.5
"""Seconds between two of the others' Posts, so that Keap's pace holds nobody up."""


async def hot_contact(folder: Path) -> list[Figure]:
    """Measure other contacts' attempts, from the kept Post to the end, without and with a hot one.

    Nobody is in Keap, or in WordPress: an attempt is one call to each, and a verdict.
    """
    unlimited = Limits(per_second=None, per_minute=None, per_day=None)
    async with (
        wordpress("6.8") as site,
        running_sandbox(quirks=Quirks(limits=unlimited)) as keap,
    ):
        config = servers.write_config(
            folder,
            keap.url,
            token=keap.token,
            wordpress=site.url,
            user=site.service.login,
            password=site.service.application_password,
        )
        async with servers.bridge(config) as bridge:
            await _others(bridge, first=FIRST_CONTACT + 1_000_000)
            keap.faults.add(Fault("slow", 1000, path=f"contacts/{FIRST_CONTACT}", seconds=2.0))
            posts = load(Order(bridge.port, WAITING / 1500, rate=1500, one_contact=True))
            await posts
            await _others(bridge, first=FIRST_CONTACT + 2_000_000)
            await asyncio.sleep(1)
        took = _took([json.loads(line) for line in bridge.log.read_text().splitlines()])
    alone = [seconds for contact, seconds in took.items() if contact < FIRST_CONTACT + 2_000_000]
    beside = [seconds for contact, seconds in took.items() if contact >= FIRST_CONTACT + 2_000_000]
    return [
        Figure(
            "another contact's attempt beside a hot one",
            1000 * median(beside),
            "ms",
            "the same without the hot one",
            1000 * median(alone),
            f"{WAITING:,} Posts of one contact waiting, whose Keap calls take 2 s; {OTHERS} others"
            f" at {1 / APART:g}/s, median from kept to finished",
            "ratio about 1",
        )
    ]


async def _others(bridge: servers.Served, first: int) -> None:
    for number in range(OTHERS):
        await load(Order(bridge.port, 0.001, 1, rate=1000, first_contact=first + number))
        await asyncio.sleep(APART)


def _took(events: list[dict[str, Any]]) -> dict[int, float]:
    """Give the seconds from the Post to the verdict for each of the others."""
    kept = {int(e["contact"]): _at(e) for e in events if e["event"] == "post_kept"}
    return {
        int(event["contact"]): _at(event) - kept[int(event["contact"])]
        for event in events
        if event["event"] == "attempt_finished" and int(event["contact"]) != FIRST_CONTACT
    }


def _at(event: dict[str, Any]) -> float:
    return datetime.fromisoformat(event["timestamp"]).timestamp()
