"""The HTTP server: the door for Keap, and whether the bridge is well. The composition root."""

import asyncio
import gc
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    ExitStack,
    asynccontextmanager,
    nullcontext,
)
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from structlog.contextvars import bound_contextvars

from bridge.alerting import alerting_of
from bridge.config import Loaded
from bridge.control import Control
from bridge.control_key import ControlKey, control_base, new_token
from bridge.health import Health, Watched
from bridge.listening import listen_at, runner_of
from bridge.metrics import Metrics
from bridge.receive import LARGEST_BODY, error_answer
from bridge.reconcile import reconcile
from bridge.reload import Reload
from bridge.site import Site, open_site
from bridge.surroundings import Surroundings
from bridge.tokens.backup import WithBackup

THREADS_A_SITE = 6
"""At most; a thread is made when it is needed."""

SENTENCES = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address: look at server.path in config.yaml.",
    HTTPStatus.METHOD_NOT_ALLOWED: "HTTP Posts are sent with the method POST to this address.",
}


def make_app(*sites: Site, controls: Mapping[str, Control] | None = None) -> web.Application:
    """Put the routes of all sites together.

    Args:
        sites: All of the process.
        controls: By the site's name: answers to people at this machine, if wanted.
    """
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[answer_in_json])
    for site in sites:
        path = site.config.server.path
        routes = [*site.receiver.routes(path), *site.hooks.routes(path)]
        if controls is not None:
            base = control_base(site.name)
            routes += (_below(base, route) for route in controls[site.name].routes())
        app.add_routes(_logged_as(site.name, routes))
    watched = {site.name: _watched(site) for site in sites}
    app.add_routes(Health(watched, sites[0].metrics).routes())
    return app


def _watched(site: Site) -> Watched:
    shown = site.credentials
    in_use = (lambda: shown.in_use) if isinstance(shown, WithBackup) else None
    return Watched(site.store, site.worker, in_use)


def _below(base: str, route: web.RouteDef) -> web.RouteDef:
    return web.RouteDef(route.method, base + route.path, route.handler, route.kwargs)


def _logged_as(name: str, routes: list[web.RouteDef]) -> list[web.RouteDef]:
    """Let the log name the site in whose door something came; one alone has no name."""
    return [_with_name(name, route) for route in routes] if name else routes


def _with_name(name: str, route: web.RouteDef) -> web.RouteDef:
    handler: Any = route.handler

    async def handle(request: web.Request) -> web.StreamResponse:
        with bound_contextvars(site=name):
            answer: web.StreamResponse = await handler(request)
            return answer

    return web.RouteDef(route.method, route.path, handle, route.kwargs)


async def serve(
    loaded: Loaded,
    *,
    surroundings: Surroundings,
    stop: asyncio.Event,
    reload: Reload | None = None,
) -> None:
    """Serve all sites of a configuration until ``stop`` is set.

    Then no new Posts are taken, attempts in flight get ``server.stop_seconds`` to finish, and what
    does not is left for the next start.

    Args:
        loaded: The configuration, whose version is recorded with every attempt.
        surroundings: Time, ids, chance.
        stop: Set by a signal.
        reload: Takes new versions of the configuration; ``None``: they wait for a restart.

    Raises:
        StoreError: A store cannot be opened.
        CannotListen: The address is taken, or not this machine's.
    """
    server = loaded.config.server  # of it, only what all sites share
    async with AsyncExitStack() as opened:
        sites = await _open_all(loaded, surroundings, opened)
        tokens = {site.name: new_token(surroundings.choose) for site in sites}
        controls = {site.name: _control_of(site, tokens[site.name]) for site in sites}
        runner = runner_of(make_app(*sites, controls=controls))
        await runner.setup()
        page = _page_of(sites, surroundings, reload)
        if page is not None:
            await page.setup()
        tasks = [asyncio.create_task(_close_at(stop, runner, page))]
        try:
            door = await listen_at(runner, "listen", server.listen)
            for site in sites:
                address = f"{door}{site.config.server.path}"
                _log_of(site.name).info("server_started", address=address, config=loaded.version)
            if page is not None:
                page_door = await listen_at(page, "admin_listen", server.admin_listen)
                structlog.get_logger().info("page_opened", address=f"{page_door}/admin/")
            if reload is not None:
                renew = {site.name: site.renew for site in sites}
                tasks.append(asyncio.create_task(reload.run(renew, stop)))
            host, port, *_ = runner.addresses[0]
            # What the start has made stays: whenever the collector walked through all of it, the
            # Posts of that moment would wait 20 to 40 ms for their answers.
            gc.freeze()
            with ExitStack() as kept:
                for site in sites:
                    key = ControlKey.at(host, port, tokens[site.name], site.name)
                    kept.enter_context(key.kept_beside(site.config.server.store))
                await _work_all(sites, surroundings, stop)
        finally:
            stop.set()
            await asyncio.gather(*tasks)
        for site in sites:
            _log_of(site.name).info("server_stopped", unfinished=site.store.unfinished)


async def _open_all(
    loaded: Loaded, surroundings: Surroundings, opened: AsyncExitStack
) -> list[Site]:
    """Open every site; what they have in common are the figures, and nothing else."""
    if len(loaded.sites) > 1:
        # Names are looked up and stores read in threads: those that hang leave others enough.
        threads = ThreadPoolExecutor(THREADS_A_SITE * len(loaded.sites))
        asyncio.get_running_loop().set_default_executor(threads)
    metrics, sites = Metrics(), []
    for name, config in loaded.sites.items():
        opening = open_site(
            config, version=loaded.version, surroundings=surroundings, name=name, metrics=metrics
        )
        with _naming(name):
            sites.append(await opened.enter_async_context(opening))
    return sites


def _control_of(site: Site, token: str) -> Control:
    return Control(
        site.store, token, changed=site.worker.hurry, oauth=site.oauth, backfill=site.backfill
    )


async def _work_all(sites: Sequence[Site], surroundings: Surroundings, stop: asyncio.Event) -> None:
    """Work on what all sites have kept, each in a task of its own, until ``stop`` is set."""
    tasks = []
    for site in sites:
        with _naming(site.name):  # the task takes the name along
            tasks.append(asyncio.create_task(_work(site, surroundings, stop)))
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if ended is not None:
            raise ended


async def _work(site: Site, surroundings: Surroundings, stop: asyncio.Event) -> None:
    try:
        async with _syncing(site, surroundings):
            await site.worker.run(stop, grace=site.config.server.stop_seconds)
    finally:
        stop.set()  # the worker ends by itself only with an error, which ends the program


def _naming(name: str) -> AbstractContextManager[object]:
    """Let every line of the log that is written inside the block name the site."""
    return bound_contextvars(site=name) if name else nullcontext()


def _log_of(name: str) -> Any:
    log = structlog.get_logger()
    return log.bind(site=name) if name else log


@asynccontextmanager
async def _syncing(site: Site, surroundings: Surroundings) -> AsyncIterator[None]:
    """Carry syncs on inside the block, and begin those of the configuration."""
    tasks = [asyncio.create_task(site.backfill.run())]
    if (alerting := alerting_of(site, surroundings)) is not None:
        tasks.append(asyncio.create_task(alerting.run()))
    if (every := site.config.sync.linked_every) is not None:
        again = reconcile(site.store, site.backfill, every, spread=surroundings.spread)
        tasks.append(asyncio.create_task(again))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                structlog.get_logger().critical("sync_fault", exc_info=ended)


async def _close_at(stop: asyncio.Event, *runners: web.AppRunner | None) -> None:
    """Close the doors at once: what the worker finishes meanwhile came in before."""
    await stop.wait()
    for runner in runners:
        if runner is not None:
            await runner.cleanup()


def _page_of(
    sites: Sequence[Site], surroundings: Surroundings, reload: Reload | None
) -> web.AppRunner | None:
    """Put the page together; ``None``: it has no password, so there is none."""
    password = sites[0].config.server.admin_password
    if password is None:
        return None
    # Only here: templates take a tenth of a second to import.
    from bridge.admin import Shown, make_page  # noqa: PLC0415

    secret = password.get_secret_value()
    return runner_of(make_page(*(Shown(site, surroundings, reload, secret) for site in sites)))


@web.middleware
async def answer_in_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what aiohttp or a bug answers into the shape and silence that errors have here."""
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        status = HTTPStatus(refusal.status)
        sentence = SENTENCES.get(status, f"The request cannot be served ({status.phrase}).")
        allow = refusal.headers.get("Allow")
        return error_answer(status, sentence, {"Allow": allow} if allow else None)
    except Exception:  # noqa: BLE001 - a bug is logged, and answered without its words
        structlog.get_logger().exception("request_fault", path=request.path)
        return error_answer(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "The bridge met an error of its own, and nothing was kept: send it again.",
        )
