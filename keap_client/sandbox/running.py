"""Starting and stopping a sandbox on loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from keap_client.sandbox.contact_routes import routes as contact_routes
from keap_client.sandbox.control import routes as control_routes
from keap_client.sandbox.demo import demo_tenant
from keap_client.sandbox.gateway import gateway
from keap_client.sandbox.hook_routes import routes as hook_routes
from keap_client.sandbox.oauth_routes import routes as oauth_routes
from keap_client.sandbox.quirks import Quirks
from keap_client.sandbox.sandbox import SANDBOX, TOKEN, Sandbox
from keap_client.sandbox.state import Tenant
from keap_client.sandbox.tag_routes import routes as tag_routes

LOOPBACK = "127.0.0.1"


def sandbox_app(sandbox: Sandbox) -> web.Application:
    """Give the application that answers for a sandbox."""
    app = web.Application(middlewares=[gateway])
    app[SANDBOX] = sandbox
    app.add_routes(contact_routes)
    app.add_routes(tag_routes)
    app.add_routes(oauth_routes)
    app.add_routes(hook_routes)
    app.add_routes(control_routes)
    return app


@asynccontextmanager
async def running_sandbox(
    tenant: Tenant | None = None,
    quirks: Quirks | None = None,
    *,
    token: str = TOKEN,
    port: int = 0,
) -> AsyncIterator[Sandbox]:
    """Run a sandbox on loopback until the block ends.

    Args:
        tenant: what the application holds; the demo's when it is not given.
        quirks: how it behaves; the strict defaults when they are not given.
        token: the token that it takes.
        port: where it listens; 0 means any free port.
    """
    sandbox = Sandbox(tenant or demo_tenant(), quirks or Quirks(), token=token)
    # A short time-out, since a request that is never answered ends by it.
    runner = web.AppRunner(sandbox_app(sandbox), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, LOOPBACK, port)
        await site.start()
        host, bound = runner.addresses[0][:2]
        sandbox.origin = f"http://{host}:{bound}"
        yield sandbox
    finally:
        await runner.cleanup()
