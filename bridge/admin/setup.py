"""The way to the first Post: is everything ready, what is typed into Keap, has a Post come?"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

import structlog
from aiohttp import web

from bridge.admin.asking import Asking
from bridge.admin.rendering import Rendering
from bridge.sheet import is_reached_by_keap, sheet_of
from bridge.site import Site

FRESH = timedelta(minutes=15)
"""A Post that came longer ago is not the one that somebody waits for."""

HIDDEN_KEY = "•" * 12


class Setup:
    """Shows what to do until a campaign's Posts arrive."""

    def __init__(
        self, site: Site, rendering: Rendering, asking: Asking, *, clock: Callable[[], datetime]
    ) -> None:
        self._site = site
        self._rendering = rendering
        self._asking = asking
        self._clock = clock
        self._log = structlog.get_logger()

    def routes(self) -> list[web.RouteDef]:
        """Give the routes to serve."""
        return [web.get("/setup", self._show), web.post("/setup", self._ask)]

    async def _show(self, request: web.Request) -> web.Response:
        return self._page(request, request.query)

    async def _ask(self, request: web.Request) -> web.Response:
        given = {name: str(value) for name, value in (await request.post()).items()}
        if given.get("ask") == "check":
            return self._page(request, given, checked=await self._asking.check())
        if given.get("ask") == "key":
            self._log.info("access_key_shown", remote=request.remote)
            return self._page(request, given, key_shown=True)
        raise web.HTTPBadRequest

    def _page(
        self,
        request: web.Request,
        given: Mapping[str, str],
        *,
        key_shown: bool = False,
        **values: Any,
    ) -> web.Response:
        config = self._site.in_force.now.config
        url, role = given.get("url", "").strip(), given.get("role", "")
        wrong_url = bool(url) and not is_reached_by_keap(url)
        key = config.server.access_keys[0].get_secret_value() if key_shown else HIDDEN_KEY
        posts = self._site.last_posts.newest_first()
        return self._rendering.of(
            request,
            "setup.html",
            sheet=sheet_of(
                config,
                url=None if wrong_url else url or _host_of(request),
                role=role if role in config.users.roles.allowed else None,
                key=key,
            ),
            url=url,
            role=role,
            wrong_url=wrong_url,
            key_shown=key_shown,
            posts=posts,
            fresh=posts[0] if posts and self._clock() - posts[0].at < FRESH else None,
            **values,
        )


def _host_of(request: web.Request) -> str | None:
    """Give the address that the browser used, without a port, if it may be one that Keap reaches.

    A name of this machine, or a number, is not: the page's own door is on the way to it.
    """
    host = request.url.host or "localhost"
    try:
        ip_address(host)
    except ValueError:
        return None if "." not in host else f"https://{host}"
    return None
