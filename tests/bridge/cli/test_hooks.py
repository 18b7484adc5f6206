"""``keap-bridge hooks``, with Keap's sandbox and a bridge that really receives."""

import asyncio
import json
from pathlib import Path

import pytest

from bridge.hook_address import hook_token
from bridge.store import Reader
from keap_client.sandbox import Sandbox
from tests.bridge.cli.calling import ACCESS_KEY, Ended, call, write_config
from tests.bridge.cli.serving import free_port, serving


@pytest.fixture
def port() -> int:
    """Where the bridge listens."""
    return free_port()


@pytest.fixture
def file(sandbox: Sandbox, tmp_path: Path, port: int) -> Path:
    """Its configuration."""
    return write_config(tmp_path, port=port, keap_url=sandbox.url, keap_token=sandbox.token)


def add_to(file: Path, text: str) -> None:
    """Write more into a configuration."""
    file.write_text(file.read_text() + text)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keap may post to any port of this machine, as the sandbox does."""
    monkeypatch.setattr("bridge.cli.sheet.KEAPS_PORTS", range(65536))


@pytest.mark.usefixtures("here")
async def test_from_subscribing_to_a_delivery_and_back(
    sandbox: Sandbox, file: Path, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Changes in Keap would reach the bridge only through campaigns."""
    url = f"http://127.0.0.1:{port}"

    async def hooks(*arguments: str) -> Ended:
        return await asyncio.to_thread(call, capsys, "hooks", *arguments, "--config", file)

    async with serving(file, port) as bridge:
        subscribed = await hooks("subscribe", "--url", url)
        again = await hooks("subscribe", "--url", f"{url}/keap")
        made = list(sandbox.hooks.hooks.values())
        now = sandbox.tenant.clock()
        answered = await sandbox.hooks.deliver("contact.edit", ["999998", "999999"], now)
        answered += await sandbox.hooks.deliver("contactGroup.applied", ["999997"], now)
        await bridge.logged("attempt_finished")
        made[0].status = "Inactive"
        listed = await hooks()
        for_programs = await hooks("list", "--json")
        verified = await hooks("verify", made[0].key)
        log = bridge.log.read_text()
        removed = await hooks("remove")
        none = await hooks("list")

    assert (subscribed.code, again.code, answered) == (0, 0, [200, 200]), subscribed.err
    assert {hook.event_key: hook.status for hook in made} == {
        "contact.edit": "Verified",
        "contactGroup.applied": "Verified",
    }
    assert "Inactive" in listed.out
    told = [json.loads(line) for line in for_programs.out.splitlines()]
    assert {each["event"]: each["status"] for each in told}[made[0].event_key] == "Inactive"
    assert {each["url"] for each in told} == {f"{url}/keap/hooks/…"}
    assert verified.out.count("Verified") == 1
    assert (removed.code, sandbox.hooks.hooks) == (0, {})
    assert (none.code, none.err.strip()) == (5, "Keap has no hook to this bridge.")
    found = Reader.open(file.parent / "bridge.db").deliveries()
    assert {(each.contact, each.action) for each in found} == {
        ("999998", "update"),
        ("999999", "update"),
        ("999997", "update_tags"),
    }
    for text in (log, subscribed.out, listed.out, for_programs.out, removed.out):
        assert hook_token(ACCESS_KEY) not in text


@pytest.mark.usefixtures("here")
async def test_what_is_no_longer_wanted_is_removed_and_others_are_left_alone(
    sandbox: Sandbox, file: Path, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Keap would go on sending, or another program's hooks be gone."""
    sandbox.hooks.handshakes = False
    await sandbox.hooks.subscribe("contact.edit", "http://127.0.0.1:9/another-program")
    old = f"http://127.0.0.1:9/keap/hooks/{hook_token(ACCESS_KEY)}"
    await sandbox.hooks.subscribe("contact.edit", old)
    add_to(file, "hooks: {contact.add: add}\n")
    async with serving(file, port):
        arguments = ("hooks", "subscribe", "--url", f"http://127.0.0.1:{port}", "--config", file)
        ended = await asyncio.to_thread(call, capsys, *arguments)

    assert ended.code == 0, ended.err
    assert [(hook.event_key, hook.status) for hook in sandbox.hooks.hooks.values()] == [
        ("contact.edit", "Unverified"),
        ("contact.add", "Verified"),
    ]


@pytest.mark.usefixtures("here")
async def test_a_bridge_that_keap_cannot_reach_is_said(
    sandbox: Sandbox, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An owner would believe that changes arrive."""
    arguments = ("hooks", "subscribe", "--url", "http://127.0.0.1:9", "--config", file)
    ended = await asyncio.to_thread(call, capsys, *arguments)

    assert ended.code == 5
    assert "Keap could not verify contact.edit" in ended.err
    assert len(sandbox.hooks.hooks) == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["subscribe"], 2),
        (["list", "--url", "https://www.site.org"], 2),
        (["subscribe", "--url", "https://www.site.org:8443"], 2),
        (["remove", "no-such-key"], 5),
    ],
)
async def test_what_cannot_be_done_is_said(
    file: Path, arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """An owner would take silence for success."""
    ended = await asyncio.to_thread(call, capsys, "hooks", *arguments, "--config", file)

    assert ended.code == code
    assert ended.err
