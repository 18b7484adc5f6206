"""What stands between the bridge and one of its ends: passes on, or answers in its place."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

FOR_ONE_HOP = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}


def _anything(_request: web.Request) -> bool:
    return True


def writes(request: web.Request) -> bool:
    """Whether a request is meant to change something."""
    return request.method != "GET"


@dataclass(frozen=True, slots=True)
class Real:
    """What the end itself answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Trouble:
    """What comes in place of the real answer."""

    status: int = 200
    body: bytes | None = b""
    """``None``: the connection is cut."""
    headers: Mapping[str, str] = field(default_factory=dict)
    carried_out: bool = False
    """Whether the end gets the request, and does what it asks, all the same."""
    spoilt: Callable[[bytes], bytes] | None = None
    """Makes the body out of that of the real answer, whose status and headers stay."""
    seconds: float = 0.0
    """How long it takes to come."""
    meets: Callable[[web.Request], bool] = _anything
    """The requests that meet it."""


class Front:
    """Stands before one end."""

    def __init__(self, end: str, *, hold: Path | None = None) -> None:
        """Take what is behind.

        Args:
            end: The real one's origin.
            hold: A process that writes its id into this file is killed once the next request
                has been carried out, before the answer comes.
        """
        self._end = end
        self._hold = hold
        self.origin = ""
        self.trouble: Trouble | None = None
        """What requests meet until it is ``None``."""
        self.met = 0
        """How many requests met trouble."""
        self._client: aiohttp.ClientSession

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Front"]:
        """Stand there until the block ends."""
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        jar, forever = aiohttp.DummyCookieJar(), aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(
            cookie_jar=jar, timeout=forever, auto_decompress=False
        ) as self._client:
            await runner.setup()
            try:
                await web.TCPSite(runner, "127.0.0.1", 0).start()
                host, port = runner.addresses[0][:2]
                self.origin = f"http://{host}:{port}"
                yield self
            finally:
                await runner.cleanup()

    def make(self, trouble: Trouble) -> None:
        """Let requests meet this from now on."""
        self.trouble = trouble

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        trouble = self.trouble
        if trouble is None or not trouble.meets(request):
            real = await self._carry_out(request)
            self._kill_who_waits()
            return _response(real.status, real.headers, real.body)
        self.met += 1
        status, headers, body = trouble.status, trouble.headers, trouble.body
        if trouble.carried_out or trouble.spoilt:
            real = await self._carry_out(request)
            if trouble.spoilt:
                status, headers, body = real.status, real.headers, trouble.spoilt(real.body)
        await asyncio.sleep(trouble.seconds)
        if body is None:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()  # nobody reads this
        return _response(status, headers, body)

    async def _carry_out(self, request: web.Request) -> Real:
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in FOR_ONE_HOP
        }
        async with self._client.request(
            request.method,
            self._end + request.raw_path,
            data=await request.read(),
            headers=headers,
            allow_redirects=False,
        ) as answer:
            body = await answer.read()
        ours = {name: self._as_ours(value) for name, value in answer.headers.items()}
        return Real(answer.status, ours, self._as_ours(body.decode("latin-1")).encode("latin-1"))

    def _as_ours(self, text: str) -> str:
        """Lead whoever reads this here, and not past us."""
        return text.replace(urlsplit(self._end).netloc, urlsplit(self.origin).netloc)

    def _kill_who_waits(self) -> None:
        if self._hold is not None and self._hold.exists():
            process = int(self._hold.read_text())
            self._hold.unlink()
            os.kill(process, signal.SIGKILL)


def _response(status: int, headers: Mapping[str, str], body: bytes) -> web.Response:
    kept = {name: value for name, value in headers.items() if name.lower() not in FOR_ONE_HOP}
    return web.Response(status=status, headers=kept, body=body)
