"""A whole bridge in this process, between a local Keap and a real WordPress."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer

from bridge.config import load
from bridge.delivery import Attempt, Delivery
from bridge.demo.wordpress import RunningWordPress
from bridge.reload import Reload
from bridge.server import make_app
from bridge.site import open_site
from bridge.store import Reader
from bridge.surroundings import Surroundings
from keap_client.sandbox import Sandbox

ACCESS_KEY = "f3a9c1d27b5e4086a1c4e2b9"

CONFIG = """\
server:
  listen: 127.0.0.1:{port}
  access_keys: [{access_key}]
  store: sqlite:///bridge.db
keap:
  url: {keap_url}
  token: {keap_token}
wordpress:
  url: {wordpress_url}
  user: {wordpress_user}
  application_password: "{application_password}"
users:
  roles: {{allowed: [subscriber, member_a, member_b]}}
{users}
{more}
"""
"""Secrets stand in the open: the folder is the test's own."""


def write_config(
    folder: Path,
    sandbox_url: str,
    sandbox_token: str,
    wordpress: RunningWordPress,
    *,
    users: Mapping[str, str] | None = None,
    more: str = "",
    port: int = 8080,
) -> Path:
    """Write a configuration that leads to both ends; ``users`` are further lines of ``users:``."""
    file = folder / "config.yaml"
    file.write_text(
        CONFIG.format(
            port=port,
            access_key=ACCESS_KEY,
            keap_url=sandbox_url,
            keap_token=sandbox_token,
            wordpress_url=wordpress.url,
            wordpress_user=wordpress.service.login,
            application_password=wordpress.service.application_password,
            users="\n".join(f"  {key}: {value}" for key, value in (users or {}).items()),
            more=more,
        )
    )
    file.chmod(0o600)
    return file


def free_port() -> int:
    """Give a port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass(frozen=True, slots=True)
class RunningBridge:
    """A bridge that listens on loopback."""

    url: str
    store_url: str
    client: aiohttp.ClientSession = field(repr=False)
    _unfinished: Any

    async def post(
        self, contact: str | None = "1001", action: str = "add", **more: str
    ) -> tuple[int, dict[str, Any]]:
        """Send an HTTP Post with the right key; give the status and the JSON of the answer."""
        pairs = {"wpf_action": action, "access_key": ACCESS_KEY, **more}
        if contact is not None:
            pairs["contactId"] = contact
        return await self.send(data=pairs)

    async def send(self, method: str = "POST", **request: Any) -> tuple[int, dict[str, Any]]:
        """Send any request to the bridge's path."""
        async with self.client.request(method, self.url, **request) as answer:
            return answer.status, await answer.json()

    async def settled(self, seconds: float = 60.0) -> list[Delivery]:
        """Wait until nothing is left to do; give all deliveries, oldest first."""
        async with asyncio.timeout(seconds):
            while self._unfinished():  # noqa: ASYNC110 - it looks from outside, as a person would
                await asyncio.sleep(0.02)
        return await self.deliveries()

    async def deliveries(self) -> list[Delivery]:
        """Give all deliveries as they are now, oldest first."""
        reader = await asyncio.to_thread(Reader.open, self.store_url)
        return (await asyncio.to_thread(reader.deliveries))[::-1]

    async def timeline(self, delivery: str) -> list[Attempt]:
        """Give the attempts at a delivery."""
        reader = await asyncio.to_thread(Reader.open, self.store_url)
        return await asyncio.to_thread(reader.timeline, delivery)


@asynccontextmanager
async def running_bridge(
    config_file: Path, surroundings: Surroundings | None = None, *, reloads: bool = False
) -> AsyncIterator[RunningBridge]:
    """Run a bridge with this configuration; ``reloads``: it follows the file as that changes."""
    loaded = load(config_file, {})
    async with (
        open_site(
            loaded.config, version=loaded.version, surroundings=surroundings or Surroundings()
        ) as site,
        TestServer(make_app(site)) as server,
        aiohttp.ClientSession() as client,
    ):
        stop = asyncio.Event()
        tasks = [asyncio.create_task(site.worker.run(stop, grace=5.0))]
        if reloads:
            reload = Reload(config_file, loaded, lambda file: load(file, {}))
            tasks.append(asyncio.create_task(reload.run({"": site.renew}, stop)))
        try:
            yield RunningBridge(
                str(server.make_url(loaded.config.server.path)),
                loaded.config.server.store,
                client,
                lambda: site.store.unfinished,
            )
        finally:
            stop.set()
            await asyncio.gather(*tasks)


@asynccontextmanager
async def bridge_between(
    sandbox: Sandbox,
    wordpress: RunningWordPress,
    folder: Path,
    *,
    users: Mapping[str, str] | None = None,
    more: str = "",
    surroundings: Surroundings | None = None,
) -> AsyncIterator[RunningBridge]:
    """Run a bridge between these two."""
    file = write_config(folder, sandbox.url, sandbox.token, wordpress, users=users, more=more)
    async with running_bridge(file, surroundings) as bridge:
        yield bridge
