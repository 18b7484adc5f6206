"""The page put together: its routes, its files, who may see it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from bridge.admin.all_sites import AllSites
from bridge.admin.answers import explaining, protect
from bridge.admin.asking import Asking
from bridge.admin.contacts import Contacts
from bridge.admin.deliveries import Deliveries
from bridge.admin.door import Door
from bridge.admin.mapping import Mapping
from bridge.admin.overview import Overview
from bridge.admin.rendering import ALL_SITES, PAGES, Rendering
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


def make_page(*shown: Shown) -> web.Application:
    """Give the application of the page's own door; everything stands under ``/admin/``.

    Of several sites each has its pages under ``/admin/sites/NAME/``; one log-in opens all.
    """
    # The limit that counts is that of the application which the request comes to first.
    app = web.Application(client_max_size=LARGEST_FORM, middlewares=[protect])
    app.add_subapp("/admin/", _pages(shown))
    app.add_routes([web.get("/", _to_the_page), web.get("/admin", _to_the_page)])
    return app


async def _to_the_page(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(request.url.with_path("/admin/").relative())


def _pages(shown: Sequence[Shown]) -> web.Application:
    first, is_one = shown[0], len(shown) == 1
    clock = first.surroundings.clock
    rendering = Rendering(clock=clock, pages=PAGES if is_one else ALL_SITES)
    door = Door(
        first.password,
        rendering,
        sessions=Sessions(clock=clock),
        tries=Tries(clock=clock),
    )
    middlewares = [explaining(rendering), door.guard]
    app = web.Application(middlewares=middlewares)
    app.add_routes(door.routes())
    app.add_routes([web.static("/static", STATIC)])
    if is_one:
        app.add_routes(_routes_of(first, rendering))
        return app
    app.add_routes(AllSites([each.site for each in shown], rendering).routes())
    for each in shown:
        app.add_subapp(f"/sites/{each.site.name}", _pages_of_site(each))
    return app


def _pages_of_site(shown: Shown) -> web.Application:
    name = shown.site.name
    rendering = Rendering(clock=shown.surroundings.clock, base=f"/admin/sites/{name}", site=name)
    app = web.Application(client_max_size=LARGEST_FORM, middlewares=[explaining(rendering)])
    app.add_routes(_routes_of(shown, rendering))
    return app


def _routes_of(shown: Shown, rendering: Rendering) -> Iterator[web.RouteDef]:
    """Give the routes of one site's pages."""
    clock = shown.surroundings.clock
    asking = Asking(shown.site, shown.surroundings, shown.reload)
    for part in (
        Overview(shown.site, rendering, clock=clock),
        Deliveries(shown.site, rendering),
        Resending(shown.site, rendering),
        Contacts(shown.site, rendering, asking),
        Mapping(shown.site, rendering, asking),
        Setup(shown.site, rendering, asking, clock=clock),
    ):
        yield from part.routes()
