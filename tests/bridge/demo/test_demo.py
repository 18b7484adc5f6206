"""``keap-bridge demo`` from its first line to its exit code."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from bridge.delivery import Delivery
from bridge.demo.story import Mail, Seen, wrong_with
from bridge.demo.wordpress import default_cache

PATIENCE = 300.0
"""Seconds; on a machine without its packages the demo first installs them."""

COMMAND = (sys.executable, "-m", "bridge.cli", "demo")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DONE = Delivery(
    number=1,
    id="D1",
    contact="1001",
    action="add",
    roles=("gold",),
    notify=True,
    received_at=NOON,
    state="done",
    attempts=1,
    due_at=None,
    finished_at=NOON,
    reason="",
    caveats=(),
    user_id=5,
)
WELL = Seen(
    delivery=DONE,
    timeline=(),
    user={"roles": ["gold"], "meta": {"infusionsoft_tags": ["91"]}},
    tags={"91": "Gold member"},
    contact_tags=["91"],
    mails=[Mail("zoe@example.com", "Login Details", "")],
    logs_in=True,
)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a demo ended."""

    code: int
    out: str
    err: str
    left_behind: list[Path]


def demo(*options: str, **environ: str) -> Ended:
    """Run the demo to its end."""
    with subprocess.Popen(  # noqa: S603 - this very program
        [*COMMAND, *options],
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        out, err = process.communicate(timeout=PATIENCE)
    return Ended(process.returncode, out, err, left_behind(process.pid))


def left_behind(pid: int) -> list[Path]:
    """Give the folder of a demo that did not clean up."""
    locks = (default_cache() / "demo").glob("run-*/lock")
    return [lock.parent for lock in locks if lock.read_text() == str(pid)]


def test_it_shows_what_one_post_makes() -> None:
    """The first thing that somebody tries would not work, or would not show that it does."""
    ended = demo()

    assert (ended.code, ended.err) == (0, "")
    for line in (
        r"POST http://127\.0\.0\.1:\d+/keap",
        r"access_key +…",
        r'is answered 200  \{"success": true, "delivery": "\w{26}"\}',
        r"user +\d+, shown as Zoë Smith",
        r"role +member_a",
        r"tags +91 \(Gold member\), 93 \(Customer\)",
        r"Keap contact +1001",
        r"4  WordPress sends zoe@example\.com this mail: .+",
        r"It logs in: yes",
        r" +\d\d:\d\d:\d\d\.\d{3}  user created: .*user_login.*",
        r" +\d\d:\d\d:\d\d\.\d{3}  password returned",
        r" +\d\d:\d\d:\d\d\.\d{3}  notification sent",
        r"All is well: .+",
    ):
        assert re.search(rf"^ *{line}$", ended.out, re.MULTILINE), line
    assert ended.left_behind == []


async def test_it_stays_up_when_asked_and_its_commands_work() -> None:
    """Somebody who looks around would be shown addresses and commands that do not work."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, env={**os.environ, "KEEP": "1"}, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT
    )
    try:
        said = await asyncio.wait_for(_until(process, "deliveries --config"), PATIENCE)
        commands = said.partition("from another terminal")[2].partition("\n")[2]
        answers = await _shell(commands)
        overview = await _overview(said)
    finally:
        process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(process.wait(), PATIENCE)

    assert '{"success": true, "delivery":' in answers
    assert "contact 1002" in answers
    assert "contact 1001" in answers
    assert "/admin/deliveries/" in overview
    assert code == 0
    assert left_behind(process.pid) == []


async def test_whoever_stops_it_early_has_nothing_left_running() -> None:
    """A WordPress would stay behind, with its database and its port."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT
    )
    await asyncio.wait_for(_until(process, "starting WordPress"), PATIENCE)
    process.send_signal(signal.SIGTERM)
    out, _ = await asyncio.wait_for(process.communicate(), PATIENCE)

    assert (process.returncode, b"Traceback" in out) == (143, False)
    assert left_behind(process.pid) == []


async def _until(process: Process, end: str) -> str:
    assert process.stdout is not None
    said = ""
    while end not in said:
        line = await process.stdout.readline()
        if not line:
            raise AssertionError(said)
        said += line.decode()
    return said


async def _overview(said: str) -> str:
    """Open the page with the password that was told."""
    found = re.search(r"the page +(\S+)\n +password (\S+)", said)
    assert found is not None
    address, password = found.groups()
    # A browser sends a secure cookie to its own machine over http too.
    jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=[URL(address).origin()])
    async with (
        aiohttp.ClientSession(cookie_jar=jar) as browser,
        browser.post(f"{address}login", data={"password": password}) as answer,
    ):
        return await answer.text()


async def _shell(commands: str) -> str:
    process = await asyncio.create_subprocess_exec("sh", "-ec", commands, stdout=PIPE)
    out, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 0
    return out.decode()


def test_a_suite_that_does_not_exist_ends_with_4() -> None:
    """A script, or CI, would take a demo that showed nothing for one that did."""
    ended = demo("--suite", "no-such-suite")

    assert ended.code == 4
    assert "no-such-suite" in ended.out
    assert ended.err.startswith("Could not read the list of Debian packages")
    assert "Traceback" not in ended.err
    assert ended.left_behind == []


def test_without_root_it_says_so() -> None:
    """Somebody who is not root would see a traceback."""
    ended = demo(KEAP_BRIDGE_CACHE="/proc/nobody/writes/here")

    assert ended.code == 4
    assert "the demo needs root" in ended.err
    assert "Traceback" not in ended.err


def test_nothing_is_wrong_with_what_is_right() -> None:
    """The demo would fail where all is well."""
    assert wrong_with(WELL, role="gold") == []


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (replace(WELL, delivery=replace(DONE, state="held", reason="No.")), "ended as held: No."),
        (replace(WELL, user={}), "WordPress has no such user"),
        (replace(WELL, user={**WELL.user, "roles": ["subscriber"]}), "the roles ['subscriber']"),
        (replace(WELL, contact_tags=["91", "93"]), "the tags are not"),
        (replace(WELL, mails=[]), "0 mails were sent"),
        (replace(WELL, mails=[*WELL.mails, *WELL.mails]), "2 mails were sent"),
        (replace(WELL, logs_in=False), "does not log in"),
    ],
)
def test_what_is_wrong_is_seen_and_said(seen: Seen, said: str) -> None:
    """The demo would end with "All is well" although it is not."""
    assert said in "; ".join(wrong_with(seen, role="gold"))
