"""``keap-bridge authorize``, and the commands that use what it gives; a bridge that runs or not."""

import asyncio
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.cli import main
from keap_client.sandbox import Sandbox
from tests.bridge.cli.calling import ACCESS_KEY, Ended, write_config
from tests.bridge.cli.serving import free_port, serving

BACK = "https://www.site.org/back"


def config_for(folder: Path, sandbox: Sandbox, port: int = 8080, back: str = BACK) -> Path:
    """Write a configuration with OAuth."""
    file = write_config(folder, port=port, keap_url=sandbox.url)
    oauth = (
        f"  oauth: {{client_id: {sandbox.oauth.client_id}, redirect_uri: '{back}',"
        f" client_secret: {sandbox.oauth.client_secret}, token_url: '{sandbox.origin}/token',"
        f" authorize_url: '{sandbox.origin}/app/oauth/authorize'}}"
    )
    lines = file.read_text().splitlines()
    file.write_text("\n".join(oauth if "token:" in line else line for line in lines))
    return file


async def allow(said: str) -> str:
    """Open the address that a command prints, press Allow, and give where that leads."""
    (address,) = [word for word in said.split() if "/app/oauth/authorize?" in word]
    async with (
        aiohttp.ClientSession() as session,
        session.get(address, allow_redirects=False) as answer,
    ):
        assert answer.status == 302
        return answer.headers["Location"]


class Commands:
    """Runs commands in a thread of this process, and does what they ask people to do."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        self.out = ""
        """All that was printed."""

    async def run(self, file: Path, *arguments: str, paste: bool | str = False) -> Ended:
        """Run one to its end, pasting the address that Keap leads to, or this; give the end."""
        out, into = os.pipe()
        with os.fdopen(out) as stdin, os.fdopen(into, "w") as keyboard:
            self._monkeypatch.setattr("sys.stdin", stdin)
            self._capsys.readouterr()
            running = asyncio.create_task(
                asyncio.to_thread(_ended, [*arguments, "--config", str(file)])
            )
            said = ""
            if paste:
                said = await self._said(running, "Address")
                keyboard.write(f"{paste if isinstance(paste, str) else await allow(said)}\n")
                keyboard.flush()
            elif "--listen" in arguments:
                said = await self._said(running, "Waiting at")
                await come_back(await allow(said))
            code = await asyncio.wait_for(running, 60)
        rest = self._capsys.readouterr()
        said += rest.out + rest.err
        self.out += said
        return Ended(code, said, rest.err)

    async def _said(self, running: "asyncio.Task[int]", last: str) -> str:
        """Give what a command has printed once this is among it."""
        said = ""
        while last not in said and not running.done():
            said += self._capsys.readouterr().out
            await asyncio.sleep(0.01)
        return said


def _ended(arguments: list[str]) -> int:
    try:
        main(arguments)
    except SystemExit as end:
        return int(str(end.code))
    return 0


async def come_back(address: str) -> None:
    """Go where Keap leads, as a browser does: it wants an icon, too."""
    async with aiohttp.ClientSession() as session:
        async with session.get(address.partition("?")[0] + "favicon.ico") as answer:
            assert answer.status == 404
        async with session.get(address) as answer:
            assert "close this page" in await answer.text()


@pytest.fixture
def commands(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Runs commands."""
    return Commands(capsys, monkeypatch)


def secrets_of(sandbox: Sandbox) -> set[str]:
    """Give what must not be printed or stand in the store."""
    oauth = sandbox.oauth
    return {oauth.client_secret, *oauth.access_tokens, *oauth.refresh_tokens}


def attempts_in(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give the lines of the log about attempts."""
    return [each for each in events if each["event"] == "attempt_finished"]


def bytes_of(folder: Path) -> bytes:
    """Give all that the store's files hold."""
    return b"".join(each.read_bytes() for each in folder.glob("bridge.db*"))


async def test_without_a_bridge_it_is_kept_and_the_commands_use_it(
    sandbox: Sandbox, tmp_path: Path, commands: Commands
) -> None:
    """An owner could not try the configuration before the bridge runs."""
    file = config_for(tmp_path, sandbox)
    before = await commands.run(file, "preview", "1001")
    authorized = await commands.run(file, "authorize", paste=True)
    after = await commands.run(file, "check")

    assert (before.code, authorized.code) == (5, 0), authorized.out
    assert "keap-bridge authorize" in before.out
    assert "the token works" in after.out
    kept = bytes_of(tmp_path)
    for secret in secrets_of(sandbox):
        assert secret not in commands.out
        assert secret.encode() not in kept


async def test_check_says_that_nobody_has_authorised(
    sandbox: Sandbox, tmp_path: Path, commands: Commands
) -> None:
    """An owner would read a traceback."""
    checked = await commands.run(config_for(tmp_path, sandbox), "check")

    assert "Keap has not let the bridge in yet: run keap-bridge authorize." in checked.out


async def test_a_running_bridge_takes_it_over_and_goes_on_with_what_was_held(
    sandbox: Sandbox, tmp_path: Path, commands: Commands
) -> None:
    """The store is the running bridge's alone; it would have to be stopped for this."""
    port = free_port()
    file = config_for(tmp_path, sandbox, port)
    async with serving(file, port) as bridge:
        await bridge.post("999999", ACCESS_KEY)
        held = await bridge.logged("attempt_finished")
        authorized = await commands.run(file, "authorize", paste=True)
        await bridge.logged("held_released")
        while len(found := attempts_in(bridge.events())) < 2:  # noqa: ASYNC110 - from outside
            await asyncio.sleep(0.02)
        log = bridge.log.read_text()

    assert (held["outcome"], "keap-bridge authorize" in held["reason"]) == ("held", True)
    assert (authorized.code, "at once" in authorized.out) == (0, True)
    assert [each["outcome"] for each in found] == ["held", "waiting"]
    for secret in secrets_of(sandbox):
        assert secret not in log + commands.out


async def test_a_command_has_the_running_bridge_renew_a_token(
    sandbox: Sandbox, tmp_path: Path, commands: Commands
) -> None:
    """Two programs would use up one refresh token, or commands fail for the last two hours."""
    port = free_port()
    file = config_for(tmp_path, sandbox, port)
    sandbox.oauth.lasts = timedelta(seconds=1)
    async with serving(file, port):
        await commands.run(file, "authorize", paste=True)
        sandbox.oauth.lasts = timedelta(days=1)
        async with asyncio.timeout(60):
            while sandbox.oauth.refreshed == 0:
                checked = await commands.run(file, "check")

    assert "the token works" in checked.out
    assert sandbox.oauth.refreshed == 1


async def test_without_a_bridge_a_command_renews_it_itself(
    sandbox: Sandbox, tmp_path: Path, commands: Commands
) -> None:
    """After a day without the bridge no command would work."""
    file = config_for(tmp_path, sandbox)
    sandbox.oauth.lasts = timedelta(milliseconds=1000)
    await commands.run(file, "authorize", paste=True)
    sandbox.oauth.lasts = timedelta(days=1)
    async with asyncio.timeout(60):
        while sandbox.oauth.refreshed == 0:
            checked = await commands.run(file, "check")

    assert "the token works" in checked.out
    assert sandbox.oauth.refreshed == 1


async def test_the_browser_can_come_back_to_this_machine(
    sandbox: Sandbox, tmp_path: Path, commands: Commands
) -> None:
    """Everybody would have to copy an address by hand."""
    file = config_for(tmp_path, sandbox, back=f"http://127.0.0.1:{free_port()}/")
    authorized = await commands.run(file, "authorize", "--listen")

    assert authorized.code == 0, authorized.out
    assert len(sandbox.oauth.refresh_tokens) == 1


async def test_what_cannot_work_is_said(
    sandbox: Sandbox, tmp_path: Path, commands: Commands
) -> None:
    """An owner would not know what to change, or look for the fault elsewhere."""
    with_token = await commands.run(write_config(tmp_path), "authorize")
    file = config_for(tmp_path, sandbox)
    elsewhere = await asyncio.to_thread(_ended, ["authorize", "--listen", "--config", str(file)])
    late = await commands.run(file, "authorize", paste="a-code-of-yesterday")
    sandbox.oauth.says_no = True
    denied = await commands.run(file, "authorize", paste=True)
    sandbox.oauth.says_no = False
    sandbox.oauth.client_secret = "changed-at-keap"
    wrong = await commands.run(file, "authorize", paste=True)

    assert [with_token.code, elsewhere, late.code, denied.code, wrong.code] == [3, 2, 5, 5, 5]
    assert "nothing to authorise" in with_token.out
    assert "the code is used up, or too old" in late.out
    assert "Keap's user said no" in denied.out
    assert "compare keap.oauth.client_id" in wrong.out
