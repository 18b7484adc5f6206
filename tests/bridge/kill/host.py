"""A machine on which the bridge runs, dies, and is started again."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from bridge.delivery import Delivery
from bridge.store import Reader
from tests.bridge.running import ACCESS_KEY


class Host:
    """A machine on which the bridge runs, dies, and is started again by its supervisor."""

    def __init__(self, config_file: Path, port: int) -> None:
        self._config_file = config_file
        self._url = f"http://127.0.0.1:{port}"
        self._folder = config_file.parent
        self.died_at = self._folder / "died-at"
        self.log = self._folder / "bridge.log"

    @asynccontextmanager
    async def bridge(self, *, die_at: int = 0) -> AsyncIterator[Process]:
        """Run the bridge until the block ends, unless it dies before."""
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.bridge.kill.dying"),
                *(str(self._config_file), str(die_at)),
                stdout=log,
                stderr=log,
            )
        try:
            await self._well(process)
            yield process
        finally:
            # Not process.terminate(): it would reap a process that has just died, and asyncio
            # would not learn how.
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGTERM)
            await process.wait()

    async def post(self, contact: str, **more: str) -> bool:
        """Send the Post of an ``add``; say whether it was answered with 200."""
        pairs = {
            "contactId": contact,
            "wpf_action": "add",
            "access_key": ACCESS_KEY,
            "role": "member_a",
            "send_notification": "true",
            **more,
        }
        async with aiohttp.ClientSession() as client:
            try:
                async with client.post(f"{self._url}/keap", data=pairs) as answer:
                    return answer.status == 200
            except aiohttp.ClientError:
                return False

    def arm(self) -> None:
        """Let the boundaries be counted from the next Post on."""
        (self._folder / "armed").touch()

    async def over(self, process: Process) -> None:
        """Wait until the bridge has died, or has nothing left to do."""
        await self.until(process, _all_finished)

    async def until(self, process: Process, is_so: Callable[[list[Delivery]], bool]) -> None:
        """Wait until the bridge has died, or the deliveries (oldest first) are as wanted."""
        async with asyncio.timeout(60):
            while process.returncode is None and not is_so(self.deliveries()[::-1]):  # noqa: ASYNC110 - from outside
                await asyncio.sleep(0.02)

    def deliveries(self) -> list[Delivery]:
        """Give all deliveries."""
        return Reader.open(self._folder / "bridge.db").deliveries(limit=1000)

    async def _well(self, process: Process) -> None:
        async with aiohttp.ClientSession() as client, asyncio.timeout(30):
            while process.returncode is None:
                try:
                    async with client.get(f"{self._url}/healthz") as answer:
                        assert answer.status == 200
                        return
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.02)
        pytest.fail(self.log.read_text()[-3000:])


def _all_finished(deliveries: list[Delivery]) -> bool:
    return all(each.state not in ("waiting", "running") for each in deliveries)
