"""Whether a bridge is well, for machines that watch it; and its figures."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus

from aiohttp import web

from bridge.metrics import Metrics
from bridge.receive import error_answer
from bridge.store import Store
from bridge.store.errors import StoreError
from bridge.worker import Worker

STORE_ANSWERS = 5.0
"""Seconds within which a store that is well answers."""


class Health:
    """Answers ``/healthz``, ``/readyz`` and ``/metrics``."""

    def __init__(
        self,
        store: Store,
        worker: Worker,
        metrics: Metrics,
        *,
        token_in_use: Callable[[], str] | None = None,
    ) -> None:
        """Take the surroundings.

        Args:
            store: Where deliveries wait.
            worker: Works on them.
            metrics: The figures.
            token_in_use: Says which of two tokens Keap is shown, where there are two.
        """
        self._token_in_use = token_in_use
        self._store = store
        self._worker = worker
        self._metrics = metrics

    def routes(self) -> list[web.RouteDef]:
        """Give the routes to serve."""
        return [
            web.get("/healthz", self._healthy),
            web.get("/readyz", self._ready),
            web.get("/metrics", self._figures),
        ]

    async def _healthy(self, request: web.Request) -> web.Response:
        """Answer 200 while the store answers: Posts are kept, whatever the ends do."""
        del request
        if not await self._store_answers():
            return error_answer(HTTPStatus.SERVICE_UNAVAILABLE, "The store does not answer.")
        told: dict[str, object] = {
            "ok": True,
            "unfinished": self._store.unfinished,
            "ends": self._worker.brakes.standing(),
        }
        if self._token_in_use is not None:
            told["keap_token"] = self._token_in_use()
        return web.json_response(told)

    async def _ready(self, request: web.Request) -> web.Response:
        """Answer 200 while what is kept is also worked on."""
        del request
        if not self._worker.is_running:
            sentence = "Deliveries are kept, but not worked on: the bridge starts or stops."
            return error_answer(HTTPStatus.SERVICE_UNAVAILABLE, sentence)
        if not await self._store_answers():
            return error_answer(HTTPStatus.SERVICE_UNAVAILABLE, "The store does not answer.")
        return web.json_response({"ok": True})

    async def _figures(self, request: web.Request) -> web.Response:
        # In a thread: the oldest delivery's age is asked of the store.
        accept = request.headers.get("Accept", "")
        text, content_type = await asyncio.to_thread(self._metrics.exposed, accept)
        return web.Response(body=text, headers={"Content-Type": content_type})

    async def _store_answers(self) -> bool:
        try:
            async with asyncio.timeout(STORE_ANSWERS):
                await self._store.next_due()
        except (StoreError, TimeoutError):
            return False
        return True
