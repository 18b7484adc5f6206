"""One contact and its user: the link, the deliveries, and how Keap and WordPress differ."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import web

from bridge.admin.asking import Asking
from bridge.admin.rendering import Rendering
from bridge.delivery import Delivery, Link
from bridge.preview import Preview
from bridge.site import Site
from bridge.store import Reader

NEWEST = 20
"""Deliveries shown; the list has the others."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store says about a contact."""

    link: Link | None
    deliveries: Sequence[Delivery]
    waiting: Sequence[Delivery]
    held: Sequence[Delivery]

    @property
    def user_id(self) -> int | None:
        """The user whom the contact has, or had at the end of a delivery."""
        if self.link is not None:
            return self.link.user_id
        return next((each.user_id for each in self.deliveries if each.user_id), None)


class Contacts:
    """Shows everything about one contact."""

    def __init__(self, site: Site, rendering: Rendering, asking: Asking) -> None:
        self._site = site
        self._rendering = rendering
        self._asking = asking
        self._log = structlog.get_logger()

    def routes(self) -> list[web.RouteDef]:
        """Give the routes to serve."""
        return [
            web.get(r"/contacts/{id:\d{1,40}}", self._show),
            web.post(r"/contacts/{id:\d{1,40}}", self._compare),
        ]

    async def _show(self, request: web.Request) -> web.Response:
        return await self._page(request)

    async def _compare(self, request: web.Request) -> web.Response:
        contact = request.match_info["id"]
        revealed = "show" in await request.post()
        compared = await self._asking.preview(contact, "update")
        if revealed and isinstance(compared, Preview):
            self._log.info("values_shown", contact=compared.contact, remote=request.remote)
        return await self._page(request, compared=compared, revealed=revealed)

    async def _page(self, request: web.Request, **values: Any) -> web.Response:
        contact = request.match_info["id"]
        known = await asyncio.to_thread(self._read, contact)
        return self._rendering.of(
            request,
            "contact.html",
            contact=contact,
            known=known,
            wordpress_address=self._wordpress_address(known.user_id),
            keap_address=self._keap_address(contact),
            **values,
        )

    def _read(self, contact: str) -> _Known:
        reader = Reader.open(self._site.config.server.store)
        return _Known(
            reader.link_of(contact),
            reader.deliveries(contact=contact, limit=NEWEST),
            reader.deliveries("waiting", contact),
            reader.deliveries("held", contact, limit=NEWEST),
        )

    def _wordpress_address(self, user_id: int | None) -> str | None:
        if user_id is None:
            return None
        site = self._site.config.wordpress.url.rstrip("/")
        return f"{site}/wp-admin/user-edit.php?user_id={user_id}"

    def _keap_address(self, contact: str) -> str | None:
        """Give the contact's page in Keap, once an answer of Keap's has said where that is."""
        quota = self._site.worker.quota
        if quota is None or not quota.tenant_host:
            return None
        return f"https://{quota.tenant_host}/Contact/manageContact.jsp?view=edit&ID={contact}"
