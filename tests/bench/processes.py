"""Programs that a measurement starts: each is waited for, measured from outside, and ended."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter

PATIENCE = 60.0
"""Seconds that a program has to start or to end."""

_TICK = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """Give a port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def program(module: str, *arguments: str) -> str:
    """Run a module of Python to its end, and give what it printed.

    Raises:
        RuntimeError: It failed.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, stdin=DEVNULL, stdout=PIPE
    )
    out, _ = await process.communicate()
    if process.returncode:
        message = f"{module} ended with {process.returncode}."
        raise RuntimeError(message)
    return out.decode()


@asynccontextmanager
async def server(
    arguments: list[str],
    port: int,
    log: Path,
    *,
    path: str = "/healthz",
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Process]:
    """Run a server with Python until the block ends; it has answered 200 when the block begins."""
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            stdin=DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, **(environment or {})},
        )
    try:
        await answers(process, port, path, log)
        yield process
    finally:
        await end(process)


async def answers(process: Process, port: int, path: str, log: Path) -> None:
    """Return as soon as a server answers 200.

    Raises:
        RuntimeError: It ended, or did not answer in time.
    """
    gives_up = perf_counter() + PATIENCE
    while process.returncode is None and perf_counter() < gives_up:
        if await _status(port, path) == b"200":
            return
        await asyncio.sleep(0.005)
    said = await asyncio.to_thread(log.read_text)
    message = f"The server did not start: {said[-2000:]}"
    raise RuntimeError(message)


async def _status(port: int, path: str) -> bytes:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return b""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    try:
        return (await reader.read(12))[9:]
    finally:
        writer.close()


async def end(process: Process) -> None:
    """End a process, by force if it does not go."""
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()


def cpu_seconds(pid: int) -> float:
    """Give the processor time that a process has used: its own and the system's for it."""
    # https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: fields 14 and 15
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / _TICK


def peak_megabytes(pid: int) -> float:
    """Give the most memory that a process has held at once (its resident set)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    message = f"Process {pid} has no memory."
    raise RuntimeError(message)
