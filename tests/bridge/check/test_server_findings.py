"""What this machine's answers mean: who listens at the bridge's address, and the store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from bridge.check import ask_server
from bridge.config import Config, load
from tests.bridge.check.examples import CONFIG, Said, assert_says, config_with
from tests.wp_client.carrying import server

WRITABLE: Said = ("ok", "can be written")


async def _busy(_request: web.Request) -> web.StreamResponse:
    return web.json_response({"success": False}, status=503)


async def _silent(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(3600)
    return web.Response()


async def _page(_request: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>")


async def _other_json(_request: web.Request) -> web.StreamResponse:
    return web.json_response([1])


async def _bridge(_request: web.Request) -> web.StreamResponse:
    return web.json_response({"ok": True, "unfinished": 3})


@asynccontextmanager
async def greeting() -> AsyncIterator[str]:
    """Give the address of a program that does not speak HTTP."""

    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH\r\n")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


async def asked(folder: Path, health: str | None, *said: Said) -> None:
    """Ask in a thread, since this one answers."""
    config = config_with(folder)
    found = await asyncio.to_thread(lambda: list(ask_server(config, health, seconds=0.5)))
    assert_says(found, *said)


@pytest.mark.parametrize(
    ("respond", "said"),
    [
        (_bridge, ("ok", "is running at 127.0.0.1:8080")),
        (_busy, ("problem", "its store does not answer")),
        (_silent, ("problem", "does not answer")),
        (_page, ("problem", "another program")),
        (_other_json, ("problem", "another program")),
    ],
)
async def test_who_listens_is_told_by_the_answer(
    tmp_path: Path, respond: Callable[[web.Request], Awaitable[web.StreamResponse]], said: Said
) -> None:
    """``serve`` would not start, or would be started a second time."""
    async with server(respond) as origin:
        await asked(tmp_path, f"{origin}/healthz", WRITABLE, said)


async def test_who_does_not_speak_http_is_a_stranger(tmp_path: Path) -> None:
    """A port that is taken would look free."""
    async with greeting() as origin:
        await asked(tmp_path, f"{origin}/healthz", WRITABLE, ("problem", "another program"))


async def test_that_nobody_listens_is_no_fault(tmp_path: Path) -> None:
    """The check is run before the first start, too."""
    await asked(tmp_path, "http://127.0.0.1:9/healthz", WRITABLE, ("ok", "is not running"))
    await asked(tmp_path, None, WRITABLE)


async def test_a_store_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """Every Post would be refused."""
    (tmp_path / "data").write_text("this is where the folder should be")

    await asked(tmp_path, None, ("problem", "server.store"))


def test_a_database_that_answers_is_told(tmp_path: Path, empty_postgresql_url: str) -> None:
    """The check would find fault with a database in which the bridge has not run yet."""
    assert_says(ask_server(_on_postgresql(tmp_path, empty_postgresql_url), None), ("ok", "answers"))


def test_a_database_that_does_not_answer_is_told(tmp_path: Path) -> None:
    """Every Post would be refused, or the password be shown."""
    url = "postgresql://bridge:h1dden-w0rd@127.0.0.1:1/bridge"
    findings = list(ask_server(_on_postgresql(tmp_path, url), None))

    assert_says(findings, ("problem", "postgresql://127.0.0.1:1/bridge cannot be used"))
    assert "h1dden" not in str(findings)


def _on_postgresql(folder: Path, url: str) -> Config:
    file = folder / "config.yaml"
    file.write_text(CONFIG.replace("server:\n", f'server:\n  store: "{url}"\n'))
    return load(file, {}).config
