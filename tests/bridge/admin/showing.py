"""A page over a real store, without Keap or WordPress: nothing is worked on."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.admin import Shown, make_page
from bridge.config import load
from bridge.reload import Reload
from bridge.site import Site, open_site
from bridge.surroundings import Surroundings
from tests.bridge.running import ACCESS_KEY

PASSWORD = "correct horse battery"

CONFIG = f"""\
server:
  access_keys: [{ACCESS_KEY}]
  store: sqlite:///bridge.db
  admin_password: {PASSWORD}
keap: {{url: "http://127.0.0.1:9", token: KeapAK-0123456789abcdef}}
wordpress: {{url: "http://127.0.0.1:9", application_password: "abcd EFGH ijkl MNOP qrst UVWX"}}
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser got."""

    status: int
    html: str
    headers: dict[str, str]

    @property
    def text(self) -> str:
        """What people read, tags and line breaks taken out."""
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.html)).split())

    def field(self, name: str) -> str:
        """The value of a hidden field."""
        found = re.search(f'name="{name}" value="([^"]*)"', self.html)
        assert found is not None, f"no field {name}"
        return unescape(found[1])


@dataclass(frozen=True, slots=True)
class Browser:
    """Keeps cookies, follows no redirections."""

    client: aiohttp.ClientSession
    site: Site

    async def get(self, path: str) -> Answer:
        """Open an address under ``/admin/``."""
        async with self.client.get(f"/admin/{path}", allow_redirects=False) as answer:
            return Answer(answer.status, await answer.text(), dict(answer.headers))

    async def post(
        self, path: str, form: dict[str, str], headers: dict[str, str] | None = None
    ) -> Answer:
        """Send a form to an address under ``/admin/``."""
        async with self.client.post(
            f"/admin/{path}", data=form, headers=headers, allow_redirects=False
        ) as answer:
            return Answer(answer.status, await answer.text(), dict(answer.headers))

    async def log_in(self, password: str = PASSWORD) -> Answer:
        """Give the password."""
        return await self.post("login", {"password": password})


@asynccontextmanager
async def shown_in(
    folder: Path, surroundings: Surroundings | None = None
) -> AsyncIterator[Browser]:
    """Open a site's store in this folder and show it."""
    file = folder / "config.yaml"
    file.write_text(CONFIG)
    file.chmod(0o600)
    loaded = load(file, {})
    around = surroundings or Surroundings()
    async with open_site(loaded.config, version=loaded.version, surroundings=around) as site:
        reload = Reload(file, loaded, lambda newer: load(newer, {}))
        page = make_page(Shown(site, around, reload, PASSWORD))
        async with browsing(page, site) as browser:
            yield browser


@asynccontextmanager
async def browsing(page: web.Application, site: Site) -> AsyncIterator[Browser]:
    """Open a browser at a page."""
    async with TestServer(page) as server:
        # A browser sends a secure cookie to its own machine over http too.
        jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=server.make_url("/").origin())
        async with aiohttp.ClientSession(server.make_url("/"), cookie_jar=jar) as client:
            yield Browser(client, site)
