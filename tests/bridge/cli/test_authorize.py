"""``keap-bridge authorize``, and the commands that use what it gives; a bridge that runs or not."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from keap_client.sandbox import Sandbox
from tests.bridge.cli.calling import ACCESS_KEY, write_config
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


class Command:
    """A command as a process of its own."""

    def __init__(self, file: Path, *arguments: str) -> None:
        self._arguments = (*arguments, "--config", str(file))
        self.out = ""

    async def run(self, *, paste: bool = False) -> int:
        """Run it to its end, pasting what it asks for; give the exit code."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bridge.cli", *self._arguments),
            stdin=PIPE,
            stdout=PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        async with asyncio.timeout(60):
            if paste:
                self.out += (await process.stdout.readuntil(b"Address: ")).decode()
                process.stdin.write(f"{await allow(self.out)}\n".encode())
                await process.stdin.drain()
            elif "--listen" in self._arguments:
                self.out += (await process.stdout.readuntil("…\n".encode())).decode()
                back = await allow(self.out)
                async with aiohttp.ClientSession() as session:
                    icon = back.partition("?")[0] + "favicon.ico"
                    async with session.get(icon) as answer:
                        assert answer.status == 404
                    async with session.get(back) as answer:
                        assert "close this page" in await answer.text()
            out, _ = await process.communicate()
        self.out += out.decode()
        assert process.returncode is not None
        return process.returncode


def secrets_of(sandbox: Sandbox) -> set[str]:
    """Give what must not be printed or stand in the store."""
    oauth = sandbox.oauth
    return {oauth.client_secret, *oauth.access_tokens, *oauth.refresh_tokens}


async def test_without_a_bridge_it_is_kept_and_the_commands_use_it(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """An owner could not try the configuration before the bridge runs."""
    file = config_for(tmp_path, sandbox)
    before = Command(file, "preview", "1001")
    authorize, after = Command(file, "authorize"), Command(file, "check")
    codes = [await before.run(), await authorize.run(paste=True), await after.run()]

    assert codes[:2] == [5, 0], authorize.out
    assert "keap-bridge authorize" in before.out
    assert "the token works" in after.out
    kept = b"".join(each.read_bytes() for each in tmp_path.glob("bridge.db*"))
    printed = before.out + authorize.out + after.out
    for secret in secrets_of(sandbox):
        assert secret not in printed
        assert secret.encode() not in kept


async def test_check_says_that_nobody_has_authorised(sandbox: Sandbox, tmp_path: Path) -> None:
    """An owner would read a traceback."""
    check = Command(config_for(tmp_path, sandbox), "check")
    await check.run()

    assert "Keap has not let the bridge in yet: run keap-bridge authorize." in check.out


async def test_a_running_bridge_takes_it_over_and_goes_on_with_what_was_held(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """The store is the running bridge's alone; it would have to be stopped for this."""
    port = free_port()
    file = config_for(tmp_path, sandbox, port)
    authorize, check = Command(file, "authorize"), Command(file, "check")
    async with serving(file, port) as bridge:
        await bridge.post("999999", ACCESS_KEY)
        held = await bridge.logged("attempt_finished")
        codes = [await authorize.run(paste=True)]
        await bridge.logged("held_released")
        while len([each for each in bridge.events() if each["event"] == "attempt_finished"]) < 2:  # noqa: ASYNC110 - it looks from outside
            await asyncio.sleep(0.02)
        await check.run()
        log = bridge.log.read_text()
        outcomes = [
            each["outcome"] for each in bridge.events() if each["event"] == "attempt_finished"
        ]

    assert (held["outcome"], "keap-bridge authorize" in held["reason"]) == ("held", True)
    assert (codes[0], "at once" in authorize.out) == (0, True)
    assert outcomes == ["held", "failed"]
    for secret in secrets_of(sandbox):
        assert secret not in log + authorize.out + check.out


async def test_a_command_has_the_running_bridge_renew_a_token(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """Two programs would use up one refresh token, or commands fail for the last two hours."""
    port = free_port()
    file = config_for(tmp_path, sandbox, port)
    # Half of three seconds later it is due.
    sandbox.oauth.lasts = timedelta(seconds=3)
    check = Command(file, "check")
    async with serving(file, port):
        assert await Command(file, "authorize").run(paste=True) == 0
        sandbox.oauth.lasts = timedelta(days=1)
        while sandbox.oauth.refreshed == 0:
            await check.run()

    assert "the token works" in check.out
    assert sandbox.oauth.refreshed == 1


async def test_the_browser_can_come_back_to_this_machine(sandbox: Sandbox, tmp_path: Path) -> None:
    """Everybody would have to copy an address by hand."""
    back = f"http://127.0.0.1:{free_port()}/"
    authorize = Command(config_for(tmp_path, sandbox, back=back), "authorize", "--listen")

    assert await authorize.run() == 0, authorize.out
    assert len(sandbox.oauth.refresh_tokens) == 1


async def test_what_cannot_work_is_said(sandbox: Sandbox, tmp_path: Path) -> None:
    """An owner would not know what to change."""
    with_token = Command(write_config(tmp_path), "authorize")
    codes = [await with_token.run()]
    file = config_for(tmp_path, sandbox)
    denied = Command(file, "authorize")
    sandbox.oauth.says_no = True
    codes.append(await denied.run(paste=True))

    assert codes == [3, 5]
    assert "nothing to authorise" in with_token.out
    assert "Keap's user said no" in denied.out


@pytest.mark.parametrize("wrong", ["client_secret", "code"])
async def test_keaps_refusal_is_said(sandbox: Sandbox, tmp_path: Path, wrong: str) -> None:
    """An owner with a wrong secret would look for the fault elsewhere."""
    file = config_for(tmp_path, sandbox)
    if wrong == "client_secret":
        sandbox.oauth.client_secret = "changed-at-keap"
    else:
        sandbox.oauth.take_code = lambda *_: False  # type: ignore[method-assign]  # as one too old
    authorize = Command(file, "authorize")

    assert await authorize.run(paste=True) == 5
    assert ("compare keap.oauth.client_id" in authorize.out) == (wrong == "client_secret")
    assert "Traceback" not in authorize.out
