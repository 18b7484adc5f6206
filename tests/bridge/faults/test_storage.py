"""The disk is full, the file is locked, the clock is set back: through the front door."""

import asyncio
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.demo.wordpress import RunningWordPress
from bridge.surroundings import Surroundings
from keap_client.sandbox import Sandbox
from tests.bridge.kill.host import Host, Running
from tests.bridge.running import bridge_between, free_port, write_config
from tests.bridge.test_trouble import Clock, until

pytestmark = [
    pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True),
    pytest.mark.parametrize("wordpress", ["companion"], indirect=True),
]


@contextmanager
def full_disk(running: Running) -> Iterator[None]:
    """Inside, no file of the process may grow: not the database's, not the log's."""
    before = resource.prlimit(running.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, before)


@pytest.fixture
def host(sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path) -> Host:
    """A machine with a bridge."""
    port = free_port()
    file = write_config(tmp_path, sandbox.url, sandbox.token, wordpress, port=port)
    return Host(file, port)


async def test_a_full_disk_is_said_and_got_over(host: Host, wordpress: RunningWordPress) -> None:
    """A Post would be answered 200 and lost, or the bridge would not work on when there is room."""
    async with host.bridge() as running:
        assert await host.post("1001")
        await host.over(running)
        with full_disk(running):
            refused = [await host.status("1002") for _ in range(3)]
        kept = await host.status("1002")
        await host.over(running)
        assert running.returncode is None

    assert refused == [503, 503, 503]
    assert kept == 200
    assert {each.state for each in host.deliveries()} == {"done"}
    assert len(wordpress.users()) == 2


async def test_a_disk_that_fills_up_in_the_middle_of_work(
    host: Host, sandbox: Sandbox, wordpress: RunningWordPress
) -> None:
    """What was done could not be noted: it would be done again, or stay running for ever."""
    async with host.bridge() as running:
        sandbox.quirks = replace(sandbox.quirks, latency=1.0)
        # Without a role: one that names a role waits until losses of roles can be counted.
        assert await host.post("1001", role="")
        await host.until(running, lambda all_: all_[0].state == "running")
        with full_disk(running):
            assert await host.status("1002") == 503
            await _until(lambda: len(wordpress.mails()) == 1)
        await host.over(running)
        assert running.returncode is None

    (delivery,) = host.deliveries()
    assert (delivery.state, delivery.attempts) == ("done", 1)
    assert len(wordpress.mails()) == 1


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not is_so():  # noqa: ASYNC110 - from outside
            await asyncio.sleep(0.02)


async def test_a_foreign_lock_is_said_and_got_over(host: Host, wordpress: RunningWordPress) -> None:
    """Somebody's SQL shell would cost Posts, or stop the bridge for good."""
    async with host.bridge() as running:
        assert await host.post("1001")
        await host.over(running)
        with closing(sqlite3.connect(host.folder / "bridge.db", isolation_level=None)) as shell:
            shell.execute("BEGIN IMMEDIATE")
            refused = await host.status("1002")
        kept = await host.status("1002")
        await host.over(running)

    assert (refused, kept) == (503, 200)
    assert {each.state for each in host.deliveries()} == {"done"}
    assert len(wordpress.users()) == 2


async def test_a_clock_that_is_set_back(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """Posts would wait until the clock is where it was, or overtake each other."""
    clock = Clock()
    clock.advance(days=1)
    surroundings = Surroundings(clock=clock)
    async with bridge_between(sandbox, wordpress, tmp_path, surroundings=surroundings) as bridge:
        with wordpress.down():
            await bridge.post()
            await until(bridge, lambda all_: all_[0].attempts > 0 and all_[0].state == "waiting")
        clock.advance(days=-1)
        await bridge.post("1002")
        await until(bridge, lambda all_: all_[1].state == "done")
        clock.advance(days=1, seconds=10)
        await bridge.post("1004")  # wakes the worker
        deliveries = await bridge.settled()

    assert [each.state for each in deliveries][:2] == ["done", "done"]
    assert deliveries[1].received_at < deliveries[0].received_at - timedelta(hours=23)
