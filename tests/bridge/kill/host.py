"""A machine on which the bridge runs, dies, and is started again."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from bridge.delivery import Delivery
from bridge.store import Reader
from tests.bridge.kill.starter import Order
from tests.bridge.running import ACCESS_KEY


class Running:
    """A bridge that was started; a process of its own."""

    def __init__(self, pid: int, starter: Process) -> None:
        self.pid = pid
        self.returncode: int | None = None
        """How it ended: a status, or minus the signal; ``None``: it runs."""
        self._ended = asyncio.create_task(self._end_of(starter))

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def wait(self) -> int:
        """Wait until it has ended; say how."""
        return await asyncio.shield(self._ended)

    async def _end_of(self, starter: Process) -> int:
        self.returncode = await _number_from(starter)
        return self.returncode


class Host:
    """A machine on which the bridge runs, dies, and is started again by its supervisor."""

    def __init__(self, config_file: Path, port: int) -> None:
        self._config_file = config_file
        self._url = f"http://127.0.0.1:{port}"
        self.folder = config_file.parent
        self.died_at = self.folder / "died-at"
        self.log = self.folder / "bridge.log"
        self._starter: Process | None = None

    @asynccontextmanager
    async def many_starts(self) -> AsyncIterator[None]:
        """Inside, only the first start takes the time that Python's imports take."""
        self._starter = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bridge.kill.starter"), stdin=PIPE, stdout=PIPE
        )
        try:
            yield
        finally:
            starter, self._starter = self._starter, None
            assert starter.stdin
            starter.stdin.close()  # it ends with its input
            await starter.wait()

    @asynccontextmanager
    async def bridge(self, die_at: str = "", nth: int = 1) -> AsyncIterator[Running]:
        """Run the bridge until the block ends, unless it dies before.

        Args:
            die_at: The boundary to be killed at.
            nth: When it is reached for the so-manieth time from :meth:`arm` on.
        """
        if self._starter is None:
            async with self.many_starts(), self.bridge(die_at, nth) as running:
                yield running
            return
        running = await self._start(
            self._starter, Order(str(self._config_file), str(self.log), die_at, nth)
        )
        try:
            await self._well(running)
            yield running
        finally:
            running.send_signal(signal.SIGTERM)
            await running.wait()

    async def post(self, contact: str, action: str = "add", **more: str) -> bool:
        """Send a Post that asks for everything; say whether it was answered with 200."""
        return await self.status(contact, action, **more) == 200

    async def status(self, contact: str, action: str = "add", **more: str) -> int | None:
        """Send such a Post; give the status of the answer, ``None`` where none came."""
        pairs = {
            "contactId": contact,
            "wpf_action": action,
            "access_key": ACCESS_KEY,
            "role": "member_a",
            "send_notification": "true",
            **more,
        }
        async with aiohttp.ClientSession() as client:
            try:
                async with client.post(f"{self._url}/keap", data=pairs) as answer:
                    return answer.status
            except aiohttp.ClientError:
                return None

    def arm(self) -> None:
        """Let the boundaries be counted from the next Post on."""
        (self.folder / "armed").touch()

    async def over(self, running: Running) -> None:
        """Wait until the bridge has died, or has nothing left to do."""
        await self.until(running, _all_finished)

    async def until(self, running: Running, is_so: Callable[[list[Delivery]], bool]) -> None:
        """Wait until the bridge has died, or the deliveries (oldest first) are as wanted."""
        async with asyncio.timeout(60):
            while running.returncode is None and not is_so(self.deliveries()[::-1]):  # noqa: ASYNC110 - from outside
                await asyncio.sleep(0.02)

    def deliveries(self) -> list[Delivery]:
        """Give all deliveries, newest first."""
        return Reader.open(self.folder / "bridge.db").deliveries(limit=100_000)

    def on_disk(self) -> bytes:
        """Give everything that the store has on disk."""
        files = [each.read_bytes() for each in self.folder.glob("bridge.db*")]
        assert files
        return b"".join(files)

    async def _start(self, starter: Process, order: Order) -> Running:
        assert starter.stdin
        starter.stdin.write(order.line())
        return Running(await _number_from(starter), starter)

    async def _well(self, running: Running) -> None:
        async with aiohttp.ClientSession() as client, asyncio.timeout(30):
            while running.returncode is None:
                try:
                    async with client.get(f"{self._url}/healthz") as answer:
                        assert answer.status == 200
                        return
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.02)
        pytest.fail(self.log.read_text()[-3000:])


async def _number_from(starter: Process) -> int:
    assert starter.stdout
    return int(await starter.stdout.readline())


def _all_finished(deliveries: list[Delivery]) -> bool:
    return all(each.state not in ("waiting", "running") for each in deliveries)
