"""An aiohttp handler that keeps nothing: what accepting is compared with. A program of its own.

``python -m tests.bench.plain PORT [BEATS]``: with a file's name it measures its loop's stalls.
"""

import asyncio
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from aiohttp import web

from tests.bench.heartbeat import heartbeat

ANSWER = {"success": True, "delivery": "01KAQ6P8S2Z3V5W7X9Y1B3D5F7"}


async def take(request: web.Request) -> web.Response:
    """Read the body, forget it, and answer as the bridge does."""
    await request.read()
    return web.json_response(ANSWER)


async def well(_request: web.Request) -> web.Response:
    """Answer that all is well."""
    return web.json_response({"ok": True})


async def serve(port: int, beats: Path | None) -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    app = web.Application()
    app.add_routes([web.post("/keap", take), web.get("/healthz", well)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
    async with AsyncExitStack() as stack:
        if beats is not None:
            await stack.enter_async_context(heartbeat(beats))
        await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2:] else None))
