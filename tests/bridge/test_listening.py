"""The doors, and those who hold them open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from aiohttp import web

from bridge.config import Listen
from bridge.listening import CannotListen, listen_at, runner_of

PATIENCE = 0.3
WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def _answer(request: web.Request) -> web.Response:
    del request
    return web.Response()


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A door with little patience."""
    app = web.Application()
    app.add_routes([web.get("/", _answer)])
    runner = runner_of(app, patience=PATIENCE)
    await runner.setup()
    try:
        door = await listen_at(runner, "listen", Listen("127.0.0.1", 0))
        yield int(door.rpartition(":")[2])
    finally:
        await runner.cleanup()


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a head that never ends, until the other side has enough."""
    with suppress(ConnectionError):
        while not reader.at_eof():
            writer.write(b"X")
            await writer.drain()
            await asyncio.sleep(PATIENCE / 10)


@pytest.mark.parametrize("before", [b"", WHOLE], ids=["first request", "second request"])
async def test_a_head_that_drips_in_is_not_waited_for(port: int, before: bytes) -> None:
    """A few hundred slow senders could hold every connection for an hour (slowloris)."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        if before:
            writer.write(before)
            assert b"200" in await reader.readuntil(b"\r\n\r\n")
        async with asyncio.timeout(30):
            await _drip(reader, writer)
    finally:
        writer.close()


async def test_a_taken_address_is_named(port: int) -> None:
    """The owner would be told that something is wrong, and not which line."""
    runner = runner_of(web.Application())
    await runner.setup()
    try:
        with pytest.raises(CannotListen) as said:
            await listen_at(runner, "admin_listen", Listen("127.0.0.1", port))
    finally:
        await runner.cleanup()

    assert (said.value.key, said.value.listen.port) == ("server.admin_listen", port)
