"""``keap-bridge post`` against a bridge, and against what is none."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge import logs
from bridge.config import Config, load
from tests.bridge.cli.calling import ACCESS_KEY, Ended, call, write_config
from tests.bridge.running import RunningBridge, running_bridge


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    """A configuration with the access key."""
    return write_config(tmp_path)


@pytest.fixture
async def bridge(config_file: Path) -> AsyncIterator[RunningBridge]:
    """A bridge that keeps Posts, and logs elsewhere; both its ends are out of reach."""
    quiet = logs.configure(stream=io.StringIO())
    async with running_bridge(config_file) as running:
        yield running
    quiet()


async def post(
    capsys: pytest.CaptureFixture[str], config_file: Path, url: str, *arguments: str
) -> Ended:
    """Call the command, without keeping the server in this process from answering."""
    return await asyncio.to_thread(
        call, capsys, "post", *arguments, "--url", url, "--config", config_file
    )


@asynccontextmanager
async def answering(status: int, text: str, **headers: str) -> AsyncIterator[str]:
    """Run a server that gives one answer to everything; gives its address."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=text, headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/keap"))


async def test_a_post_is_kept_and_its_delivery_told(
    bridge: RunningBridge, config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command would not send what Keap sends."""
    options = ("--action", "update", "--role", "gold", "--send-notification")
    ended = await post(capsys, config_file, bridge.url, "1001", *options)
    (delivery,) = await bridge.deliveries()

    assert (ended.code, json.loads(ended.out)) == (0, {"success": True, "delivery": delivery.id})
    assert f"keap-bridge deliveries {delivery.id}" in ended.err
    assert (delivery.contact, delivery.action, delivery.roles) == ("1001", "update", ("gold",))
    assert delivery.notify is True


async def test_what_is_not_asked_for_is_not_sent(
    bridge: RunningBridge, config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A Post without --role or --send-notification would give a role, or forbid the mail."""
    await post(capsys, config_file, bridge.url, "1001")
    (delivery,) = await bridge.deliveries()

    assert (delivery.action, delivery.roles, delivery.notify) == ("add", (), None)


async def test_a_test_needs_no_contact(
    bridge: RunningBridge, config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An owner could not try address and key without a contact."""
    ended = await post(capsys, config_file, bridge.url, "--action", "test")

    assert (ended.code, json.loads(ended.out), ended.err) == (0, {"success": True}, "")
    assert await bridge.deliveries() == []


async def test_a_refusal_ends_with_5_and_the_bridges_sentence(
    bridge: RunningBridge, config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A script would take a refused Post for a kept one."""
    ended = await post(capsys, config_file, bridge.url, "somebody")

    assert (ended.code, ended.out) == (5, "")
    assert ended.err.startswith("HTTP 400: The field contactId is not a contact's id")


async def test_a_wrong_key_ends_with_5_and_is_not_shown(
    bridge: RunningBridge,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An owner with two configurations would not see which one is wrong, or the key would show."""
    other = write_config(tmp_path_factory.mktemp("other"), access_key="another-key-0123456789")
    ended = await post(capsys, other, bridge.url, "1001")

    assert ended.code == 5
    assert ended.err.startswith("HTTP 403: The access key is missing or wrong")
    assert "another-key" not in ended.err


async def test_nobody_there_ends_with_4(
    config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A script could not tell a bridge that is down from one that says no."""
    ended = await post(capsys, config_file, "http://127.0.0.1:9/keap?access_key=x1", "1001")

    assert (ended.code, ended.out) == (4, "")
    assert ended.err == (
        "Nothing answers at http://127.0.0.1:9/keap: is keap-bridge serve running there?\n"
    )


async def test_https_to_a_port_without_it_ends_with_4(
    bridge: RunningBridge, config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An owner with a broken certificate would be told that nothing runs."""
    ended = await post(capsys, config_file, bridge.url.replace("http:", "https:"), "1001")

    assert ended.code == 4
    assert "certificate" in ended.err


@pytest.mark.parametrize("status", [200, 404, 502])
async def test_a_page_of_another_server_is_no_answer(
    config_file: Path, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    """A wrong address would look like success, or fill the screen with HTML."""
    async with answering(status, "<html>Welcome!</html>") as url:
        ended = await post(capsys, config_file, url, "1001")

    assert (ended.code, ended.out) == (5, "")
    assert f"HTTP {status}: this is no answer of the bridge" in ended.err
    assert "<html>" not in ended.err


async def test_a_redirect_is_told_and_not_followed(
    config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The Post would arrive here as an empty GET, and in Keap's case nobody knows how."""
    async with answering(301, "", Location="https://b.example/keap") as url:
        ended = await post(capsys, config_file, url, "1001")

    assert ended.code == 5
    assert "HTTP 301: the address leads to https://b.example/keap" in ended.err


@pytest.mark.parametrize("status", [200, 400])
async def test_the_key_is_not_shown_even_if_it_comes_back(
    config_file: Path, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    """The key would be on the screen, and in whatever keeps it."""
    said = json.dumps({"success": False, "error": f"got {ACCESS_KEY}"})
    async with answering(status, said) as url:
        ended = await post(capsys, config_file, url, "1001")

    assert (ended.code, ended.out, ended.err) == (5, "", f"HTTP {status}: got …\n")
    assert ACCESS_KEY not in ended.out + ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Name a contact's id"),
        (["--action", "remove", "1001"], "'remove' is not one of"),
        (["1001", "--url", "bridge.example.com"], "--url is a whole address"),
    ],
)
def test_a_call_that_makes_no_sense_ends_with_2(
    capsys: pytest.CaptureFixture[str], config_file: Path, arguments: list[str], said: str
) -> None:
    """A slip of the fingers would be posted."""
    ended = call(capsys, "post", "--config", config_file, *arguments)

    assert ended.code == 2
    assert said in ended.err


@pytest.mark.parametrize(
    ("listen", "address"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080/keap"),
        ("0.0.0.0:8081", "http://127.0.0.1:8081/keap"),
        ('"[::]:8082"', "http://[::1]:8082/keap"),
        ("localhost:8083", "http://localhost:8083/keap"),
    ],
)
def test_without_url_it_posts_to_where_the_configuration_listens(
    tmp_path: Path, listen: str, address: str
) -> None:
    """``keap-bridge post 1001`` on the bridge's own machine would find nobody."""
    assert _config(tmp_path, listen).server.own_address == address


def test_any_free_port_needs_a_url(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Port 0 would be posted to."""
    _config(tmp_path, "127.0.0.1:0")
    ended = call(capsys, "post", "1001", "--config", tmp_path / "config.yaml")

    assert ended.code == 2
    assert "--url" in ended.err


def _config(folder: Path, listen: str) -> Config:
    file = write_config(folder)
    file.write_text(file.read_text().replace("127.0.0.1:8080", listen))
    return load(file, {}).config
