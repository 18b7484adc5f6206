"""The HTTP server: the door for Keap, and whether the bridge is well. The composition root."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from bridge.config import Config
from bridge.control import Control
from bridge.control_key import ControlKey, new_token
from bridge.health import Health
from bridge.listening import listen_at, runner_of
from bridge.receive import LARGEST_BODY, error_answer
from bridge.reconcile import reconcile
from bridge.reload import Reload
from bridge.site import Site, open_site
from bridge.surroundings import Surroundings
from bridge.tokens.backup import WithBackup

SENTENCES = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address: look at server.path in config.yaml.",
    HTTPStatus.METHOD_NOT_ALLOWED: "HTTP Posts are sent with the method POST to this address.",
}


def make_app(site: Site, control: Control | None = None) -> web.Application:
    """Put the routes of a site together, with those for people at this machine if wanted."""
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[answer_in_json])
    app.add_routes(site.receiver.routes(site.config.server.path))
    app.add_routes(site.hooks.routes(site.config.server.path))
    shown = site.credentials
    in_use = (lambda: shown.in_use) if isinstance(shown, WithBackup) else None
    app.add_routes(Health(site.store, site.worker, site.metrics, token_in_use=in_use).routes())
    if control is not None:
        app.add_routes(control.routes())
    return app


async def serve(
    config: Config,
    *,
    version: str,
    surroundings: Surroundings,
    stop: asyncio.Event,
    reload: Reload | None = None,
) -> None:
    """Serve one site until ``stop`` is set.

    Then no new Posts are taken, attempts in flight get ``server.stop_seconds`` to finish, and what
    does not is left for the next start.

    Args:
        config: The site's configuration.
        version: The configuration's version, recorded with every attempt.
        surroundings: Time, ids, chance.
        stop: Set by a signal.
        reload: Takes new versions of the configuration; ``None``: they wait for a restart.

    Raises:
        StoreError: The store cannot be opened.
        CannotListen: The address is taken, or not this machine's.
    """
    log = structlog.get_logger()
    async with open_site(config, version=version, surroundings=surroundings) as site:
        token = new_token(surroundings.choose)
        control = Control(
            site.store,
            token,
            changed=site.worker.hurry,
            oauth=site.oauth,
            backfill=site.backfill,
        )
        runner = runner_of(make_app(site, control))
        await runner.setup()
        page = _page_of(site, version, surroundings)
        if page is not None:
            await page.setup()
        tasks = [asyncio.create_task(_close_at(stop, runner, page))]
        try:
            door = await listen_at(runner, "listen", config.server.listen)
            log.info("server_started", address=f"{door}{config.server.path}", config=version)
            if page is not None:
                page_door = await listen_at(page, "admin_listen", config.server.admin_listen)
                log.info("page_opened", address=f"{page_door}/admin/")
            if reload is not None:
                tasks.append(asyncio.create_task(reload.run(site.renew, stop)))
            host, port, *_ = runner.addresses[0]
            # What the start has made stays: whenever the collector walked through all of it, the
            # Posts of that moment would wait 20 to 40 ms for their answers.
            gc.freeze()
            with ControlKey.at(host, port, token).kept_beside(config.server.store):
                async with _syncing(site, surroundings):
                    await site.worker.run(stop, grace=config.server.stop_seconds)
        finally:
            stop.set()  # the worker ends by itself only with an error, which ends the program
            await asyncio.gather(*tasks)
        log.info("server_stopped", unfinished=site.store.unfinished)


@asynccontextmanager
async def _syncing(site: Site, surroundings: Surroundings) -> AsyncIterator[None]:
    """Carry syncs on inside the block, and begin those of the configuration."""
    tasks = [asyncio.create_task(site.backfill.run())]
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


def _page_of(site: Site, version: str, surroundings: Surroundings) -> web.AppRunner | None:
    """Put the page together; ``None``: it has no password, so there is none."""
    password = site.config.server.admin_password
    if password is None:
        return None
    # Only here: templates take a tenth of a second to import.
    from bridge.admin import Shown, make_page  # noqa: PLC0415

    shown = Shown(site, surroundings.clock, version, password.get_secret_value())
    return runner_of(make_page(shown))


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
