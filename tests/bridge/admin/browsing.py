"""The page as Chromium shows it, over a whole bridge between a local Keap and a real WordPress."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from bridge.config import load
from bridge.demo.wordpress import RunningWordPress
from bridge.reload import Reload
from bridge.server import serve
from bridge.surroundings import Surroundings
from keap_client.sandbox import Limits, Quirks, Sandbox, running_sandbox
from tests.bridge.running import ACCESS_KEY, free_port, write_config

PASSWORD = "correct horse battery"
DESKTOP = {"width": 1200, "height": 800}
PHONE = {"width": 360, "height": 740}
PATIENCE = 30.0
"""Seconds; on a busy machine Chromium takes its time."""

expect.set_options(timeout=PATIENCE * 1000)


@dataclass(frozen=True, slots=True)
class World:
    """Everything that runs."""

    sandbox: Sandbox
    keap_door: str
    """Where Keap posts to."""
    page: str
    """The address of the page, with a slash at its end."""

    async def post(self, contact: str = "", *, key: str = ACCESS_KEY, **pairs: str) -> Any:
        """Send an HTTP Post; give the JSON of the answer."""
        given = {"access_key": key, "wpf_action": "add", "contactId": contact, **pairs}
        async with (
            aiohttp.ClientSession() as client,
            client.post(self.keap_door, data=given) as answer,
        ):
            return await answer.json()


@asynccontextmanager
async def bridge_with_page(wordpress: RunningWordPress, folder: Path) -> AsyncIterator[World]:
    """Run the server as ``keap-bridge serve`` does, with its page."""
    unlimited = Limits(per_second=None, per_minute=240, per_day=30_000)
    door, page = free_port(), free_port()
    async with running_sandbox(quirks=Quirks(limits=unlimited)) as sandbox:
        file = write_config(folder, sandbox.url, sandbox.token, wordpress, port=door)
        more = f"server:\n  admin_password: {PASSWORD}\n  admin_listen: 127.0.0.1:{page}\n"
        file.write_text(file.read_text().replace("server:\n", more, 1))
        loaded = load(file, {})
        stop = asyncio.Event()
        reload = Reload(file, loaded, lambda newer: load(newer, {}))
        server = asyncio.create_task(
            serve(
                loaded,
                surroundings=Surroundings(),
                stop=stop,
                reload=reload,
            )
        )
        try:
            await _answers(f"http://127.0.0.1:{page}/admin/login", server)
            yield World(sandbox, f"http://127.0.0.1:{door}/keap", f"http://127.0.0.1:{page}/admin/")
        finally:
            stop.set()
            await server


async def _answers(url: str, server: "asyncio.Task[None]") -> None:
    async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as client:
        while not server.done():
            try:
                async with client.get(url):
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.02)
    await server


@dataclass(frozen=True, slots=True)
class Watched:
    """A window of Chromium; what goes wrong in it is written down."""

    page: Page
    address: str
    faults: list[str] = field(default_factory=list)

    async def open(self, path: str = "") -> None:
        """Open an address below ``/admin/``."""
        await self.page.goto(self.address + path)

    async def log_in(self, password: str = PASSWORD) -> None:
        """Fill in the door's form and send it; return once it is answered."""
        await self.open("login")
        await self.page.get_by_label("Password").fill(password)
        async with self.page.expect_response(lambda answer: answer.request.method == "POST"):
            await self.page.get_by_role("button", name="Log in").click()

    async def text(self) -> str:
        """What a person reads."""
        return await self.page.locator("main").inner_text()


@asynccontextmanager
async def window(browser: Browser, address: str, **options: Any) -> AsyncIterator[Watched]:
    """Open a window of its own; at its end, fail if anything in it was not as it should be.

    Scripts that fail, what the Content Security Policy blocks, and files that do not load are
    errors in the browser's console.
    """
    context: BrowserContext = await browser.new_context(**{"viewport": DESKTOP, **options})
    try:
        page = await context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        watched = Watched(page, address)

        def on_console(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                watched.faults.append(message.text)

        page.on("console", on_console)
        page.on("pageerror", lambda error: watched.faults.append(str(error)))
        yield watched
        assert watched.faults == []
    finally:
        await context.close()
