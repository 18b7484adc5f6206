"""The mapping in force, and a place to try it with a contact."""

from typing import Any, get_args

import structlog
from aiohttp import web

from bridge.admin.asking import Asking
from bridge.admin.rendering import Rendering
from bridge.config.written import mapping_as_yaml
from bridge.delivery import Action
from bridge.preview import Preview
from bridge.site import Site


class Mapping:
    """Shows ``users:``, ``fields:`` and ``tags:``, and what they would make of a contact."""

    def __init__(self, site: Site, rendering: Rendering, asking: Asking) -> None:
        self._site = site
        self._rendering = rendering
        self._asking = asking
        self._log = structlog.get_logger()

    def routes(self) -> list[web.RouteDef]:
        """Give the routes to serve."""
        return [web.get("/mapping", self._show), web.post("/mapping", self._try)]

    async def _show(self, request: web.Request) -> web.Response:
        return self._page(request, given={})

    async def _try(self, request: web.Request) -> web.Response:
        form = await request.post()
        given = {name: str(form.get(name, "")).strip() for name in ("contact", "action", "role")}
        revealed = "show" in form
        compared = await self._asking.preview(given["contact"], given["action"], given["role"])
        if revealed and isinstance(compared, Preview):
            self._log.info("values_shown", contact=compared.contact, remote=request.remote)
        return self._page(request, given=given, compared=compared, revealed=revealed)

    def _page(self, request: web.Request, **values: Any) -> web.Response:
        version = self._site.in_force.now
        return self._rendering.of(
            request,
            "mapping.html",
            version=version,
            yaml=mapping_as_yaml(version.config),
            actions=get_args(Action),
            roles=version.config.users.roles.allowed,
            **values,
        )
