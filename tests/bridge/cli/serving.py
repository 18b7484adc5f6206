"""``keap-bridge serve`` as a process of its own."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

PATIENCE = 30.0
"""Seconds after which a process that does nothing has failed; a good one needs a few."""


@dataclass(slots=True)
class Serving:
    """A bridge that answers."""

    process: Process
    url: str
    log: Path

    async def post(self, contact: str, access_key: str) -> str:
        """Send an HTTP Post; give the id of its delivery."""
        pairs = {"contactId": contact, "wpf_action": "add", "access_key": access_key}
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"{self.url}/keap", data=pairs) as answer,
        ):
            answer.raise_for_status()
            said = await answer.json()
        return str(said["delivery"])

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, and give the exit code."""
        self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), PATIENCE)

    def events(self) -> list[dict[str, Any]]:
        """Give the lines of the log, each of which has to be JSON."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    async def logged(self, event: str) -> dict[str, Any]:
        """Wait for an event in the log."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for each in self.events():
                    if each["event"] == event:
                        return each
                await asyncio.sleep(0.02)


def free_port() -> int:
    """Give a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def serving(config_file: Path, port: int) -> AsyncIterator[Serving]:
    """Run ``serve`` until the block ends; it has answered /healthz when the block begins."""
    log = config_file.with_name("bridge.log")
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *_command(config_file), stdin=DEVNULL, stdout=out, stderr=out
        )
    try:
        url = f"http://127.0.0.1:{port}"
        if not await _is_well(process, f"{url}/healthz"):
            raise AssertionError(_text(log))
        yield Serving(process, url, log)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
            await process.wait()


async def serve_in_vain(config_file: Path) -> tuple[int, str]:
    """Run ``serve`` where it cannot; give the exit code and what it says."""
    process = await asyncio.create_subprocess_exec(
        *_command(config_file), stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode is not None
    return process.returncode, (out + err).decode()


def _command(config_file: Path) -> tuple[str, ...]:
    return (sys.executable, "-m", "bridge.cli", "serve", "--config", str(config_file))


async def _is_well(process: Process, address: str) -> bool:
    async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as client:
        while process.returncode is None:
            with suppress(aiohttp.ClientConnectionError):
                async with client.get(address) as answer:
                    return answer.status == 200 and bool((await answer.json())["ok"])
            await asyncio.sleep(0.02)
    return False


def _text(file: Path) -> str:
    return file.read_text()
