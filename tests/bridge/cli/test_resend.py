"""``keap-bridge resend``: deliveries done afresh, with the server running or not."""

import asyncio
import os
import pty
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest

from bridge.cli.resend import read_since
from bridge.control_key import ControlKey
from bridge.delivery import NewDelivery, Verdict
from bridge.store import Reader, Store
from bridge.surroundings import now
from keap_client.sandbox import Fault, Sandbox
from tests.bridge.cli.calling import ACCESS_KEY, Ended, call, write_config
from tests.bridge.cli.serving import free_port, serving
from tests.bridge.commanding import run

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOT_IN_KEAP = "999999"
VERDICTS = {
    "D1": Verdict("held", "Keap does not accept the token.", cause="keap"),
    "D2": Verdict("failed", "Keap has no contact 102."),
    "D3": Verdict("done", user_id=1),
}


@pytest.fixture
async def config_file(tmp_path: Path) -> Path:
    """A configuration whose store has a delivery for each verdict, and D4, which waits."""
    path = tmp_path / "bridge.db"
    async with await Store.open(path, clock=lambda: NOON, owner="test") as store:
        for number, delivery in enumerate(VERDICTS, start=1):
            at = NOON + timedelta(hours=number)
            await store.put(NewDelivery(delivery, f"10{number}", "add", at))
        for work in await store.take(9):
            await store.finish(work, VERDICTS[work.deliveries[0].id])
        await store.put(NewDelivery("D4", "104", "add", NOON))
    return write_config(tmp_path)


def resend(capsys: pytest.CaptureFixture[str], config_file: Path, *arguments: str) -> Ended:
    """Call the command."""
    return call(capsys, "resend", "--config", config_file, *arguments)


def states(config_file: Path) -> dict[str, str]:
    """Give the state of each delivery."""
    reader = Reader.open(config_file.with_name("bridge.db"))
    return {each.id: each.state for each in reader.deliveries()}


BEFORE = {"D1": "held", "D2": "failed", "D3": "done", "D4": "waiting"}


@pytest.mark.parametrize(
    ("arguments", "sent_again"),
    [
        (["D1"], {"D1"}),
        (["D1", "D4", "--yes"], {"D1"}),
        (["D1", "D2", "--yes"], {"D1", "D2"}),
        (["--state", "failed"], {"D2"}),
        (["--contact", "103"], {"D3"}),
        (["--since", "2026-03-01T14:00+00:00", "--yes"], {"D2", "D3"}),
        (["--since", "2026-03-01T14:00+00:00", "--state", "done"], {"D3"}),
        (["--since", "1m"], set()),
    ],
)
def test_what_is_meant_waits_again(
    config_file: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sent_again: set[str],
) -> None:
    """Somebody would resend what they did not mean, or nothing."""
    ended = resend(capsys, config_file, *arguments)

    assert ended.code == 0
    assert states(config_file) == {**BEFORE, **dict.fromkeys(sent_again, "waiting")}
    assert ("They are done when the bridge is started." in ended.out) == bool(sent_again)


async def test_on_postgresql_the_running_bridges_are_told(
    postgresql_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where hosts share a database, nothing could be sent again, or nobody would notice."""
    config_file = write_config(tmp_path)
    text = config_file.read_text()
    config_file.write_text(text.replace("sqlite:///bridge.db", postgresql_url))
    async with await Store.open(postgresql_url, clock=now, owner="test") as store:
        await store.put(NewDelivery("D1", "101", "add", NOON))
        (work,) = await store.take(1)
        await store.finish(work, VERDICTS["D2"])
        store.arrived.clear()
        ended = await asyncio.to_thread(resend, capsys, config_file, "--state", "failed")

        assert (ended.code, ended.err) == (0, "")
        assert "A bridge that runs does them now." in ended.out
        await asyncio.wait_for(store.arrived.wait(), 10)
        assert [each.deliveries[0].id for each in await store.take(5)] == ["D1"]


def test_a_dry_run_only_counts(config_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who wants to know what would happen would make it happen."""
    ended = resend(capsys, config_file, "D1", "D2", "D4", "--dry-run")

    assert (ended.code, states(config_file)) == (0, BEFORE)
    assert ended.out == (
        "2 deliveries to send again: 1 held, 1 failed."
        " 1 more: on their way already, or not meant.\n"
    )


def test_nobody_to_ask_means_no(config_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A script with a mistyped filter would have everything done again."""
    ended = resend(capsys, config_file, "--since", "2026-01-01")

    assert (ended.code, states(config_file)) == (2, BEFORE)
    assert "say --yes" in ended.err


@pytest.mark.parametrize(("typed", "changed"), [("y", True), ("n", False)])
def test_a_person_is_asked(config_file: Path, typed: str, *, changed: bool) -> None:
    """Who mistypes a filter at a terminal could not turn back."""
    ours, theirs = pty.openpty()
    os.write(ours, f"{typed}\n".encode())
    ended = subprocess.run(  # noqa: S603 - this very program
        [
            *(sys.executable, "-m", "bridge.cli", "resend", "--since", "2026-01-01"),
            *("--config", str(config_file)),
        ],
        stdin=theirs,
        capture_output=True,
        text=True,
        check=True,
    )
    os.close(ours)
    os.close(theirs)

    assert "3 deliveries to send again: 1 held, 1 failed, 1 done." in ended.stdout
    assert (states(config_file) != BEFORE) == changed


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "Say which"),
        (["--since", "yesterday"], 2, '"yesterday" is no time'),
        (["--state", "waiting"], 2, "waiting"),
        (["D9"], 5, "There is no delivery D9."),
    ],
)
def test_what_is_not_clear_is_refused(
    config_file: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    """A mistyped id would look like one that is done, and no filter would mean everything."""
    ended = resend(capsys, config_file, *arguments)

    assert (ended.code, states(config_file)) == (code, BEFORE)
    assert said in ended.err


def test_no_store_yet_ends_with_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A store would be made in which nothing is."""
    ended = resend(capsys, write_config(tmp_path), "--state", "held")

    assert ended.code == 4
    assert not (tmp_path / "bridge.db").exists()


async def test_a_store_that_another_process_holds_is_left_alone(
    config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two processes would write to one SQLite file, which can lose commits."""
    path = config_file.with_name("bridge.db")
    async with await Store.open(path, clock=lambda: NOON, owner="test"):
        ended = await run(capsys, config_file, "resend", "D1")

    assert ended.code == 4
    assert "already works with the store" in ended.err


async def test_a_key_that_a_killed_server_has_left_is_in_nobodys_way(
    config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a power cut nothing could be sent again, or the key would be shown to a stranger."""
    store = f"sqlite:///{config_file.with_name('bridge.db')}"
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with ControlKey.at("127.0.0.1", nobody.getsockname()[1], "x").kept_beside(store):
            ended = await run(capsys, config_file, "resend", "D1")

    assert (ended.code, states(config_file)["D1"]) == (0, "waiting")


async def test_another_program_at_the_old_port_is_in_nobodys_way(
    config_file: Path, capsys: pytest.CaptureFixture[str], sandbox: Sandbox
) -> None:
    """Whatever has taken the port of a server that was killed would seem to be the bridge."""
    store = f"sqlite:///{config_file.with_name('bridge.db')}"
    port = int(sandbox.url.split(":")[2].split("/")[0])
    with ControlKey.at("127.0.0.1", port, "x").kept_beside(store):
        ended = await run(capsys, config_file, "resend", "D1")

    assert (ended.code, states(config_file)["D1"]) == (0, "waiting")


async def test_the_running_server_does_it_at_once(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mended token would need a restart, or minutes of waiting, and two processes would write."""
    port = free_port()
    config = write_config(tmp_path, port=port, keap_url=sandbox.url, keap_token=sandbox.token)
    sandbox.faults.add(Fault("invalid_token", times=1))
    async with serving(config, port) as bridge:
        delivery = await bridge.post(NOT_IN_KEAP, ACCESS_KEY)
        refused = await bridge.logged("destination_refuses")
        await bridge.logged("attempt_finished")
        ended = await run(capsys, config, "resend", delivery)
        await bridge.logged("destination_well_again")
        await bridge.stop()

    finished = [each for each in bridge.events() if each["event"] == "attempt_finished"]
    assert (ended.code, ended.err) == (0, "")
    assert "Sent again: 1." in ended.out
    assert refused["destination"] == "keap"
    assert [each["outcome"] for each in finished] == ["held", "waiting"]
    assert not (tmp_path / "bridge.db.control").exists()


NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("90m", NOW - timedelta(minutes=90)),
        ("2h", NOW - timedelta(hours=2)),
        ("3d", NOW - timedelta(days=3)),
        ("2026-11-23T08:00+01:00", datetime(2026, 11, 23, 7, tzinfo=UTC)),
        ("2026-11-23", datetime(2026, 11, 23).astimezone()),
    ],
)
def test_times_are_read(text: str, since: datetime) -> None:
    """Deliveries of the wrong hours would be sent again."""
    assert read_since(text, NOW) == since


@pytest.mark.parametrize("text", ["", "2", "-2h", "2 weeks", "2026-13-01", "99999999d"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """A mistyped time would end the command with a traceback, or mean any."""
    with pytest.raises(click.UsageError, match="is no time"):
        read_since(text, NOW)
