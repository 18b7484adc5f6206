"""The first page: how both ends are, what waits, how many Posts come."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from bridge.admin.chart import HOURS, chart_of
from bridge.admin.rendering import Rendering
from bridge.delivery import Delivery, State
from bridge.site import Site
from bridge.store import Reader

NEWEST = 8
"""Deliveries shown."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the store says."""

    counts: Mapping[State, int]
    per_hour: Mapping[datetime, int]
    newest: list[Delivery]


class Overview:
    """Shows whether the bridge is well."""

    def __init__(self, site: Site, rendering: Rendering, *, clock: Callable[[], datetime]) -> None:
        self._site = site
        self._rendering = rendering
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        """Give the routes to serve."""
        return [web.get("/", self._show)]

    async def _show(self, request: web.Request) -> web.Response:
        now = self._clock()
        kept = await asyncio.to_thread(self._read, now - timedelta(hours=HOURS))
        worker = self._site.worker
        return self._rendering.of(
            request,
            "overview.html",
            counts=kept.counts,
            chart=chart_of(kept.per_hour, now),
            newest=kept.newest,
            ends=worker.brakes.pauses(),
            quota=worker.quota,
            wordpress_seconds=self._site.wordpress_times.median,
        )

    def _read(self, since: datetime) -> _Kept:
        reader = Reader.open(self._site.config.server.store)
        return _Kept(reader.counts(), reader.posts_per_hour(since), reader.deliveries(limit=NEWEST))
