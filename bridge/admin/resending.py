"""Deliveries sent again by a person: first how many, then done."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import quote, urlencode

import structlog
from aiohttp import web

from bridge.admin.deliveries import wanted_by
from bridge.admin.rendering import Rendering
from bridge.delivery import State
from bridge.site import Site
from bridge.store import Reader
from bridge.store.arrivals import RESENT, Resend
from bridge.store.errors import StoreUnavailable


class Resending:
    """Asks before it sends anything again, and says how many deliveries that would be."""

    def __init__(self, site: Site, rendering: Rendering) -> None:
        self._site = site
        self._rendering = rendering
        self._log = structlog.get_logger()

    def routes(self) -> list[web.RouteDef]:
        """Give the routes to serve."""
        return [web.get("/resend", self._ask), web.post("/resend", self._send)]

    async def _ask(self, request: web.Request) -> web.Response:
        given = {name: value.strip() for name, value in request.query.items() if value.strip()}
        resend = _resend_of(given)
        meant = {} if resend is None else await asyncio.to_thread(self._count, resend)
        return self._rendering.of(
            request,
            "resend.html",
            given=given,
            meant=meant,
            total=sum(meant.values()),
            unclear=resend is None,
            states=RESENT,
        )

    async def _send(self, request: web.Request) -> web.Response:
        form = await request.post()
        given = {name: str(value).strip() for name, value in form.items() if str(value).strip()}
        resend = _resend_of(given)
        if resend is None:
            raise web.HTTPBadRequest
        try:
            count = await self._site.store.resend(
                resend.ids,
                resend.state,
                resend.since,
                resend.contact,
                until=resend.until,
                action=resend.action,
            )
        except StoreUnavailable as error:
            self._log.error("resend_not_kept", reason=str(error))
            return self._rendering.of(
                request,
                "refused.html",
                status=HTTPStatus.SERVICE_UNAVAILABLE,
                sentence="The store does not answer: nothing was sent again.",
            )
        self._log.info("deliveries_resent", count=count)
        self._site.worker.hurry()
        raise web.HTTPSeeOther(_address_after(self._rendering.base, given, count))

    def _count(self, resend: Resend) -> Mapping[State, int]:
        return Reader.open(self._site.config.server.store).meant_by(resend)


def _resend_of(given: Mapping[str, str]) -> Resend | None:
    """Read what is to be sent again; ``None``: nothing is named, and all is never meant."""
    ids = tuple(given["ids"].split()) if "ids" in given else None
    resend = replace(wanted_by(given), ids=ids)
    return None if resend == Resend() else resend


def _address_after(base: str, given: Mapping[str, str], count: int) -> str:
    ids = given.get("ids", "").split()
    if len(ids) == 1:
        return f"{base}/deliveries/{quote(ids[0], safe='')}"
    return f"{base}/deliveries?{urlencode({'resent': count})}"
