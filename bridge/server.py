"""The HTTP server: the door for Keap, and whether the bridge is well. The composition root."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from bridge.config import Config
from bridge.control import Control
from bridge.control_key import ControlKey, new_token
from bridge.receive import LARGEST_BODY, error_answer
from bridge.reconcile import reconcile
from bridge.site import Site, open_site
from bridge.store.errors import StoreError
from bridge.surroundings import Surroundings

SITE = web.AppKey("site", Site)

STORE_ANSWERS = 5.0
"""Seconds within which a store that is well answers."""

SENTENCES = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address: look at server.path in config.yaml.",
    HTTPStatus.METHOD_NOT_ALLOWED: "HTTP Posts are sent with the method POST to this address.",
}


class CannotListen(Exception):
    """Nobody can post to ``server.listen``: another program has it, or it is not this machine's."""

    def __init__(self, cause: OSError) -> None:
        """Take what the system says."""
        super().__init__(str(cause))
        self.cause = cause


def make_app(site: Site, control: Control | None = None) -> web.Application:
    """Put the routes of a site together, with those for people at this machine if wanted."""
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[answer_in_json])
    app[SITE] = site
    app.add_routes(site.receiver.routes(site.config.server.path))
    app.add_routes([web.get("/healthz", _health)])
    if control is not None:
        app.add_routes(control.routes())
    return app


async def serve(
    config: Config,
    *,
    version: str,
    surroundings: Surroundings,
    stop: asyncio.Event,
) -> None:
    """Serve one site until ``stop`` is set.

    Then no new Posts are taken, attempts in flight get ``server.stop_seconds`` to finish, and what
    does not is left for the next start.

    Args:
        config: The site's configuration.
        version: The configuration's version, recorded with every attempt.
        surroundings: Time, ids, chance.
        stop: Set by a signal.

    Raises:
        StoreError: The store cannot be opened.
        CannotListen: The address is taken, or not this machine's.
    """
    log = structlog.get_logger()
    async with open_site(config, version=version, surroundings=surroundings) as site:
        # The access log would print addresses with their query strings, and so keys.
        token = new_token(surroundings.choose)
        control = Control(site.store, token, changed=site.worker.hurry, backfill=site.backfill)
        runner = web.AppRunner(make_app(site, control), access_log=None)
        await runner.setup()
        closing = asyncio.create_task(_close_at(stop, runner))
        try:
            listen = config.server.listen
            door = web.TCPSite(runner, listen.host, listen.port, reuse_address=True)
            try:
                await door.start()
            except OSError as error:
                raise CannotListen(error) from error
            address = f"{door.name.rstrip('/')}{config.server.path}"
            log.info("server_started", address=address, config=version)
            host, port, *_ = runner.addresses[0]
            with ControlKey.at(host, port, token).kept_beside(config.server.store):
                async with _syncing(site, surroundings):
                    await site.worker.run(stop, grace=config.server.stop_seconds)
        finally:
            stop.set()  # the worker ends by itself only with an error, which ends the program
            await closing
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


async def _close_at(stop: asyncio.Event, runner: web.AppRunner) -> None:
    """Close the door at once: what the worker finishes meanwhile came in before."""
    await stop.wait()
    await runner.cleanup()


async def _health(request: web.Request) -> web.Response:
    """Answer 200 while the store takes writes, else 503."""
    site = request.app[SITE]
    try:
        async with asyncio.timeout(STORE_ANSWERS):
            await site.store.next_due()
    except (StoreError, TimeoutError):
        return error_answer(HTTPStatus.SERVICE_UNAVAILABLE, "The store does not answer.")
    return web.json_response(
        {
            "ok": True,
            "unfinished": site.store.unfinished,
            "ends": site.worker.brakes.standing(),
        }
    )


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
