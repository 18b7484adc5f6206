"""The servers that are measured: the bridge's ``serve`` as in production, and a bare one."""

import socket
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.load import ACCESS_KEY
from tests.bench.processes import free_port, server

CONFIG = """\
server:
  listen: 127.0.0.1:{port}
  access_keys: [{access_key}]
  store: {store}
  waiting_limit: 10000000
  stop_seconds: {stop_seconds}
keap:
  url: {keap}
  token: {token}
  calls_per_minute: 240
  seconds: 3600
wordpress:
  url: {wordpress}
  user: {user}
  application_password: "{password}"
"""
"""Secrets stand in the open: what they open is this machine's own, and gone after the run."""

NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers."""

    process: Process
    port: int
    log: Path


def write_config(
    folder: Path,
    keap: str,
    *,
    token: str = "KeapAK-5e1f7c3a9d",  # noqa: S107 - it opens nothing
    wordpress: str = NOWHERE,
    user: str = "keap-bridge",
    password: str = "abcd EFGH 1234 ijkl MNOP 5678",  # noqa: S107 - it opens nothing
    stop_seconds: float = 0.1,
    store: str = "sqlite:///bridge.db",
) -> tuple[Path, int]:
    """Write a configuration; give its file, and the port that it listens at."""
    folder.mkdir(parents=True, exist_ok=True)
    file, port = folder / "config.yaml", free_port()
    file.write_text(
        CONFIG.format(
            port=port,
            access_key=ACCESS_KEY,
            keap=keap,
            token=token,
            wordpress=wordpress,
            user=user,
            password=password,
            stop_seconds=stop_seconds,
            store=store,
        )
    )
    file.chmod(0o600)
    return file, port


@asynccontextmanager
async def bridge(
    config: tuple[Path, int],
    environment: Mapping[str, str] | None = None,
    *,
    beats: Path | None = None,
) -> AsyncIterator[Served]:
    """Run ``serve``, its log as JSON in a file; with a heartbeat if ``beats`` names its file."""
    file, port = config
    log = file.with_name("bridge.log")
    arguments = ["-m", "bridge.cli", "serve", "--log-format", "json", "--config", str(file)]
    if beats is not None:
        arguments = ["-m", "tests.bench.beating_bridge", str(file), str(beats)]
    async with server(arguments, port, log, environment=environment) as process:
        yield Served(process, port, log)


@asynccontextmanager
async def plain(folder: Path, *, beats: Path | None = None) -> AsyncIterator[Served]:
    """Run the handler that keeps nothing; ``folder`` is there and takes its log."""
    log, port = folder / "plain.log", free_port()
    arguments = ["-m", "tests.bench.plain", str(port), *([str(beats)] if beats else [])]
    async with server(arguments, port, log) as process:
        yield Served(process, port, log)


@contextmanager
def silent_keap() -> Iterator[str]:
    """Give the address of a Keap that takes calls and never answers.

    So the bridge accepts, and carries nothing out meanwhile.
    """
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)  # the kernel takes the connections
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
