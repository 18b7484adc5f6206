"""A sync of thousands of contacts is killed half-way, and goes on where it was."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import Counter
from pathlib import Path

import pytest

from bridge.demo.wordpress import RunningWordPress
from bridge.store import Reader, StoreError
from bridge.sync_run import Standing
from keap_client.sandbox import Sandbox
from tests.bridge.running import write_config

pytestmark = pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)

CONTACTS = 5000


async def begin(config: Path, *arguments: str) -> Process:
    """Run ``keap-bridge sync`` as a process of its own."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bridge.cli", "sync", *arguments, "--config", str(config)),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )


async def standing_of(config: Path) -> Standing | None:
    """Give how far the sync in the store has come; ``None``: there is none yet."""
    try:
        reader = await asyncio.to_thread(Reader.open, config.with_name("bridge.db"))
        return await asyncio.to_thread(reader.sync)
    except StoreError:
        return None


def readings(sandbox: Sandbox) -> Counter[str]:
    """Count how often the sandbox gave each contact's data, in lists or alone."""
    counted: Counter[str] = Counter()
    for request in sandbox.record.to("GET contacts"):
        for said in request.values("filter"):
            if said.startswith("ids=="):
                counted.update(said.removeprefix("ids==").split(","))
    alone = sandbox.record.to("GET contacts/{contact_id}")
    counted.update(request.path.rpartition("/")[2] for request in alone)
    return counted


def pages(sandbox: Sandbox) -> int:
    """Count the pages of ids that were read."""
    return sum("order_by" in dict(each.query) for each in sandbox.record.to("GET contacts"))


async def test_five_thousand_contacts_killed_half_way(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """What a sync had done would be read again, or what it had not would be left out."""
    for number in range(CONTACTS - len(sandbox.tenant.contacts)):
        sandbox.tenant.add_contact(email=f"many{number}@example.com", given_name="Many")
    config = write_config(tmp_path, sandbox.url, sandbox.token, wordpress_with_companion)
    text = config.read_text().replace("wordpress:\n", "wordpress:\n  requests_in_flight: 8\n")
    config.write_text(text.replace("keap:\n", "keap:\n  calls_per_minute: 240\n"))
    what = ("--all", "--action", "update_tags")

    process = await begin(config, *what)
    async with asyncio.timeout(60):
        while (at := await standing_of(config)) is None or at.finished < CONTACTS // 2:
            assert process.returncode is None, await process.communicate()
            await asyncio.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    await process.communicate()
    killed = await standing_of(config)
    assert killed is not None
    under_way = killed.in_hand - killed.untried
    assert killed.finished < CONTACTS
    before = readings(sandbox)

    process = await begin(config, *what)
    out, err = await asyncio.wait_for(process.communicate(), 60)

    assert process.returncode == 0, (out, err)
    done = await standing_of(config)
    assert done is not None
    assert (done.run.number, done.run.state, done.finished) == (1, "done", CONTACTS)
    counted = readings(sandbox)
    again = {contact for contact, times in counted.items() if times > 1}
    assert set(counted) == set(sandbox.tenant.contacts)
    assert len(again) <= under_way
    assert sum(counted.values()) <= CONTACTS + under_way
    assert sum(before.values()) <= killed.finished + under_way
    assert pages(sandbox) == CONTACTS // 1000
