"""The first page where there are several sites: each in short."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from bridge.admin.rendering import Rendering
from bridge.circuit import Destination, Pause
from bridge.delivery import State
from bridge.health import STORE_ANSWERS
from bridge.site import Site
from bridge.store import Reader
from bridge.store.errors import StoreError


@dataclass(frozen=True, slots=True)
class InShort:
    """How a site stands."""

    name: str
    ends: Mapping[Destination, Pause | None]
    counts: Mapping[State, int]
    last_post: datetime | None
    trouble: str = ""
    """Why its store cannot be read."""

    @property
    def is_well(self) -> bool:
        """Whether nothing calls for a person."""
        calls = self.counts.get("held", 0) or any(self.ends.values())
        return not (self.trouble or calls)


class AllSites:
    """Shows whether every site is well."""

    def __init__(self, sites: Sequence[Site], rendering: Rendering) -> None:
        self._sites = sites
        self._rendering = rendering

    def routes(self) -> list[web.RouteDef]:
        """Give the routes to serve."""
        return [web.get("/", self._show)]

    async def _show(self, request: web.Request) -> web.Response:
        looks = await asyncio.gather(*map(_look_at, self._sites))
        return self._rendering.of(request, "sites.html", sites=looks)


async def _look_at(site: Site) -> InShort:
    """Look at a site; a store that does not answer keeps none of the others from being shown."""
    ends = site.worker.brakes.pauses()
    try:
        async with asyncio.timeout(STORE_ANSWERS):
            return await asyncio.to_thread(_read, site, ends)
    except TimeoutError:
        return InShort(site.name, ends, {}, None, "The store does not answer.")


def _read(site: Site, ends: Mapping[Destination, Pause | None]) -> InShort:
    try:
        reader = Reader.open(site.config.server.store)
        newest = reader.deliveries(limit=1)
        last = newest[0].received_at if newest else None
        return InShort(site.name, ends, reader.counts(), last)
    except StoreError as error:
        return InShort(site.name, ends, {}, None, str(error))
