"""The page put together: its routes, its files, who may see it."""

from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from bridge.admin.answers import explaining, protect
from bridge.admin.asking import Asking
from bridge.admin.contacts import Contacts
from bridge.admin.deliveries import Deliveries
from bridge.admin.door import Door
from bridge.admin.mapping import Mapping
from bridge.admin.overview import Overview
from bridge.admin.rendering import Rendering
from bridge.admin.resending import Resending
from bridge.admin.sessions import Sessions
from bridge.admin.setup import Setup
from bridge.reload import Reload
from bridge.site import Site
from bridge.surroundings import Surroundings
from bridge.tries import Tries

STATIC = Path(__file__).parent / "static"
LARGEST_FORM = 64 * 1024


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows, and where its time and ids come from."""

    site: Site
    surroundings: Surroundings
    reload: Reload | None
    """Reads the configuration's file; ``None``: there is none."""
    password: str = field(repr=False)


def make_page(shown: Shown) -> web.Application:
    """Give the application of the page's own door; everything stands under ``/admin/``."""
    # The limit that counts is that of the application which the request comes to first.
    app = web.Application(client_max_size=LARGEST_FORM, middlewares=[protect])
    app.add_subapp("/admin/", _pages(shown))
    app.add_routes([web.get("/", _to_the_page), web.get("/admin", _to_the_page)])
    return app


async def _to_the_page(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(request.url.with_path("/admin/").relative())


def _pages(shown: Shown) -> web.Application:
    clock = shown.surroundings.clock
    rendering = Rendering(clock=clock)
    asking = Asking(shown.site, shown.surroundings, shown.reload)
    door = Door(
        shown.password,
        rendering,
        sessions=Sessions(clock=clock),
        tries=Tries(clock=clock),
    )
    middlewares = [explaining(rendering), door.guard]
    app = web.Application(middlewares=middlewares)
    app.add_routes(door.routes())
    app.add_routes([web.static("/static", STATIC)])
    for part in (
        Overview(shown.site, rendering, clock=clock),
        Deliveries(shown.site, rendering),
        Resending(shown.site, rendering),
        Contacts(shown.site, rendering, asking),
        Mapping(shown.site, rendering, asking),
        Setup(shown.site, rendering, asking, clock=clock),
    ):
        app.add_routes(part.routes())
    return app
