"""The bridge as a process of its own, as a site owner would run it."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp

STARTS_WITHIN = 30.0
STOPS_WITHIN = 30.0


class DidNotStart(Exception):
    """The bridge ended, or did not answer in time; the text is the end of its log."""


@asynccontextmanager
async def running_bridge_process(
    config_file: Path, environ: Mapping[str, str], log: Path, health: str
) -> AsyncIterator[None]:
    """Run ``keap-bridge serve`` until the block ends.

    Args:
        config_file: Its configuration.
        environ: Variables for it, besides this process's own.
        log: Where its log goes.
        health: The address that answers 200 once it is well.

    Raises:
        DidNotStart: With the end of its log.
    """
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bridge.cli", "serve", "--config", str(config_file)),
            stdin=DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, **environ},
        )
    try:
        if not await _is_well(process, health):
            raise DidNotStart(_end_of(log))
        yield
    finally:
        await _stop(process)


def _end_of(log: Path) -> str:
    return log.read_text("utf-8", "replace")[-2000:]


async def _is_well(process: Process, health: str) -> bool:
    """Whether it answers before it ends or the time is over."""
    async with aiohttp.ClientSession() as session:
        try:
            async with asyncio.timeout(STARTS_WITHIN):
                while process.returncode is None:
                    try:
                        async with session.get(health) as answer:
                            if answer.ok:
                                return True
                    except aiohttp.ClientConnectionError:
                        await asyncio.sleep(0.05)
        except TimeoutError:
            pass
    return False


async def _stop(process: Process) -> None:
    _signal(process, signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), STOPS_WITHIN)
    except TimeoutError:
        _signal(process, signal.SIGKILL)
        await process.wait()


def _signal(process: Process, number: signal.Signals) -> None:
    # Not process.terminate(): it would reap a process that has just ended by itself, and asyncio
    # would not learn how. Until asyncio has reaped it, its number is nobody else's.
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)
