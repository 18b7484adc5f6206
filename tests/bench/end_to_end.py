"""How long one Post takes from its first byte to the finished user."""

import asyncio
import json
from collections.abc import Awaitable
from datetime import datetime
from pathlib import Path
from statistics import median
from time import perf_counter, time

import aiohttp

from bridge.demo.wordpress import RunningWordPress
from keap_client.sandbox import Limits, Quirks, Sandbox, running_sandbox
from tests.bench import servers
from tests.bench.figures import Figure, percentile
from tests.bench.load import FIRST_CONTACT, request_for
from tests.bench.wordpress import COMPANION, ask, document, wordpress

ROUNDS = 80
APART = 0.26
"""Seconds at least from Post to Post: four Keap calls a second are what the bridge takes."""

FIELDS = "id,given_name,family_name,email_addresses,tag_ids"


async def end_to_end(folder: Path) -> list[Figure]:
    """Send single Posts, each followed by the two bare requests that are its work."""
    unlimited = Limits(per_second=None, per_minute=None, per_day=None)
    async with (
        wordpress("6.8") as site,
        running_sandbox(quirks=Quirks(limits=unlimited)) as keap,
        aiohttp.ClientSession() as client,
    ):
        for number in range(2 * ROUNDS + 2):
            name = f"ann{number}"
            keap.tenant.add_contact(
                contact_id=str(FIRST_CONTACT + number),
                email=f"{name}@example.com",
                given_name="Ann",
                family_name=name,
            )
        config = servers.write_config(
            folder,
            keap.url,
            token=keap.token,
            wordpress=site.url,
            user=site.service.login,
            password=site.service.application_password,
        )
        async with servers.bridge(config) as bridge:
            sent, gets, posts = await _by_turns(bridge, keap, site, client)
        whole = _whole(bridge.log, sent)
    bare = [get + post for get, post in zip(gets, posts, strict=True)]
    conditions = (
        f"{ROUNDS} new users one after another on WordPress {site.version} with the companion"
        " and a local Keap that answers at once, from the Post's first byte to the verdict on disk"
    )
    bare_requests = "the bare Keap GET and companion POST, one after the other"
    return [
        Figure(
            f"one Post to a finished user, {name}",
            1000 * of(whole),
            "ms",
            bare_requests,
            1000 * of(bare),
            conditions,
        )
        for name, of in (("median", median), ("p99", lambda times: percentile(times, 99)))
    ] + [
        Figure(
            "what the bridge adds to a Post",
            1000 * (median(whole) - median(bare)),
            "ms",
            "goal",
            15,
            "the difference of the two medians",
            "≤ 15 ms",
        )
    ]


async def _by_turns(
    bridge: servers.Served, keap: Sandbox, site: RunningWordPress, client: aiohttp.ClientSession
) -> tuple[dict[str, float], list[float], list[float]]:
    """Give when each contact's Post was sent, and the seconds of the bare requests."""
    reader, writer = await asyncio.open_connection("127.0.0.1", bridge.port)
    sent: dict[str, float] = {}
    gets: list[float] = []
    posts: list[float] = []
    signed = {"Authorization": f"Bearer {keap.token}"}
    for number in range(ROUNDS + 1):
        contact = str(FIRST_CONTACT + 2 * number)
        sent[contact] = time()
        writer.write(request_for(int(contact)))
        await reader.readuntil(b"}")
        await asyncio.sleep(APART)
        other = f"ann{2 * number + 1}"
        address = f"{keap.url}/contacts/{FIRST_CONTACT + 2 * number + 1}?fields={FIELDS}"
        gets.append(await _timed(_get(client, address, signed)))
        content = document(str(FIRST_CONTACT + 2 * number + 1), other)
        posts.append(await _timed(ask(client, site.url + COMPANION, site.service, content)))
    writer.close()
    del sent[str(FIRST_CONTACT)]  # the first one of each finds the site, and opens connections
    return sent, gets[1:], posts[1:]


async def _get(client: aiohttp.ClientSession, address: str, headers: dict[str, str]) -> None:
    async with client.get(address, headers=headers) as answer:
        answer.raise_for_status()
        await answer.json()


async def _timed(request: Awaitable[object]) -> float:
    began = perf_counter()
    await request
    return perf_counter() - began


def _whole(log: Path, sent: dict[str, float]) -> list[float]:
    """Give the seconds from each Post to the line of its verdict.

    Raises:
        RuntimeError: A Post did not end in a user.
    """
    events = [json.loads(line) for line in log.read_text().splitlines()]
    ended = [each for each in events if each["event"] == "attempt_finished"]
    done = {
        each["contact"]: datetime.fromisoformat(each["timestamp"]).timestamp()
        for each in ended
        if each["outcome"] == "done"
    }
    if missing := set(sent) - set(done):
        message = f"{len(missing)} Posts did not end in a user: {ended[-1]}"
        raise RuntimeError(message)
    return [done[contact] - began for contact, began in sent.items()]
