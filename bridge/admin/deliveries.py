"""The list of deliveries, page by page, and the timeline of one."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import cast, get_args
from urllib.parse import urlencode

from aiohttp import web

from bridge.admin.rendering import Rendering
from bridge.delivery import Action, Attempt, Delivery, State
from bridge.delivery_lines import advice_on
from bridge.site import Site
from bridge.store import Reader
from bridge.store.arrivals import Resend

PAGE = 50


LONGEST_NUMBER = 18
"""Digits."""


class Deliveries:
    """Shows what became of the HTTP Posts."""

    def __init__(self, site: Site, rendering: Rendering) -> None:
        self._site = site
        self._rendering = rendering

    def routes(self) -> list[web.RouteDef]:
        """Give the routes to serve."""
        return [
            web.get("/deliveries", self._list),
            web.get("/deliveries/{id}", self._show),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        given = {name: value.strip() for name, value in request.query.items() if value.strip()}
        wanted = wanted_by(given)
        before = _number(given.get("before", ""))
        found = await asyncio.to_thread(self._read_list, wanted, before)
        older = None
        if len(found) > PAGE:
            found = found[:PAGE]
            older = urlencode({**given, "before": found[-1].number})
        filters = {name: value for name, value in given.items() if name != "before"}
        return self._rendering.of(
            request,
            "deliveries.html",
            found=found,
            given=filters,
            states=get_args(State),
            actions=get_args(Action),
            older=older,
            newest=urlencode(filters) if before is not None else None,
        )

    async def _show(self, request: web.Request) -> web.Response:
        delivery, attempts = await asyncio.to_thread(self._read_one, request.match_info["id"])
        if delivery is None:
            raise web.HTTPNotFound
        return self._rendering.of(
            request,
            "delivery.html",
            delivery=delivery,
            attempts=attempts,
            advice=advice_on(delivery, resend="send it again below"),
        )

    def _read_list(self, wanted: Resend, before: int | None) -> list[Delivery]:
        reader = Reader.open(self._site.config.server.store)
        return reader.deliveries(
            wanted.state,
            wanted.contact,
            action=wanted.action,
            since=wanted.since,
            until=wanted.until,
            limit=PAGE + 1,
            before=before,
        )

    def _read_one(self, delivery_id: str) -> tuple[Delivery | None, list[Attempt]]:
        reader = Reader.open(self._site.config.server.store)
        delivery = reader.delivery(delivery_id)
        return delivery, reader.timeline(delivery_id) if delivery else []


def wanted_by(given: Mapping[str, str]) -> Resend:
    """Read a filter from a query or form; what makes no sense is left out."""
    state, action = given.get("state"), given.get("action")
    return Resend(
        state=cast("State", state) if state in get_args(State) else None,
        action=cast("Action", action) if action in get_args(Action) else None,
        contact=given.get("contact") or None,
        since=_moment(given.get("since", "")),
        until=_moment(given.get("until", "")),
    )


def _moment(text: str) -> datetime | None:
    """Read what a browser's field for date and time gives; it means this machine's time zone."""
    try:
        return datetime.fromisoformat(text).astimezone() if text else None
    except (ValueError, OverflowError):  # the latter: in another time zone it is before year 1
        return None


def _number(text: str) -> int | None:
    """Read a delivery's number, which the store keeps in 64 bits."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None
