"""Whether a bridge is well, for machines that watch it; and its figures."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from bridge.metrics import Metrics
from bridge.receive import error_answer
from bridge.store import Store
from bridge.store.errors import StoreError
from bridge.worker import Worker

STORE_ANSWERS = 5.0
"""Seconds within which a store that is well answers."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is told of a site."""

    store: Store
    """Where deliveries wait."""
    worker: Worker
    """Works on them."""
    token_in_use: Callable[[], str] | None = None
    """Says which of two tokens Keap is shown, where there are two."""

    async def store_answers(self) -> bool:
        """Whether the store answers in time."""
        try:
            async with asyncio.timeout(STORE_ANSWERS):
                await self.store.next_due()
        except (StoreError, TimeoutError):
            return False
        return True

    def told(self) -> dict[str, object]:
        """Say how it stands, as JSON."""
        told: dict[str, object] = {
            "unfinished": self.store.unfinished,
            "ends": self.worker.brakes.standing(),
        }
        return told if self.token_in_use is None else {**told, "keap_token": self.token_in_use()}


class Health:
    """Answers ``/healthz``, ``/readyz`` and ``/metrics``."""

    def __init__(self, sites: Mapping[str, Watched], metrics: Metrics) -> None:
        """Take what is watched.

        Args:
            sites: By their names; the only one's may be empty.
            metrics: The figures of all.
        """
        self._sites = sites
        self._metrics = metrics

    def routes(self) -> list[web.RouteDef]:
        """Give the routes to serve."""
        return [
            web.get("/healthz", self._healthy),
            web.get("/readyz", self._ready),
            web.get("/metrics", self._figures),
        ]

    async def _healthy(self, request: web.Request) -> web.Response:
        """Answer 200 while every store answers: Posts are kept, whatever the ends do."""
        del request
        if refusal := await self._silent_stores():
            return refusal
        told = {name: site.told() for name, site in self._sites.items()}
        return web.json_response({"ok": True, **told.get("", {"sites": told})})

    async def _ready(self, request: web.Request) -> web.Response:
        """Answer 200 while what is kept is also worked on."""
        del request
        idle = [name for name, site in self._sites.items() if not site.worker.is_running]
        if idle:
            of = _of(idle)
            sentence = f"Deliveries{of} are kept, but not worked on: the bridge starts or stops."
            return error_answer(HTTPStatus.SERVICE_UNAVAILABLE, sentence)
        return await self._silent_stores() or web.json_response({"ok": True})

    async def _silent_stores(self) -> web.Response | None:
        """Say whose stores do not answer; ``None``: all do."""
        answers = await asyncio.gather(*(site.store_answers() for site in self._sites.values()))
        silent = [name for name, answered in zip(self._sites, answers, strict=True) if not answered]
        if not silent:
            return None
        sentence = f"The store{_of(silent)} does not answer."
        return error_answer(HTTPStatus.SERVICE_UNAVAILABLE, sentence)

    async def _figures(self, request: web.Request) -> web.Response:
        # In a thread: the oldest delivery's age is asked of the store.
        accept = request.headers.get("Accept", "")
        text, content_type = await asyncio.to_thread(self._metrics.exposed, accept)
        return web.Response(body=text, headers={"Content-Type": content_type})


def _of(sites: Sequence[str]) -> str:
    """Name sites; there is nothing to name where there is one."""
    return f" of {' and of '.join(sites)}" if any(sites) else ""
