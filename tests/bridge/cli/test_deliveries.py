"""``keap-bridge deliveries``: what became of the Posts, for people and for programs."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.delivery import Caveat, NewDelivery, Step, Verdict
from bridge.store import Store
from tests.bridge.cli.calling import Ended, call, write_config

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
AT = f"{NOON.astimezone():%Y-%m-%d %H:%M:%S}"
LATER = f"{(NOON + timedelta(minutes=2)).astimezone():%Y-%m-%d %H:%M:%S}"
NOT_ALLOWED = (
    "the role gold may not be given: list it in users.roles.allowed, and see that WordPress's own"
    " list (KEAP_BRIDGE_ROLES) has it"
)
VERDICTS = {
    "D1": Verdict("done", caveats=(Caveat("role_not_allowed", "gold"),), user_id=17),
    "D2": Verdict("held", "Keap does not accept the token.", cause="keap"),
    "D3": Verdict("waiting", "WordPress gave no answer.", due_at=NOON + timedelta(minutes=2)),
    "D4": Verdict("failed", "Keap has no contact 104."),
}


@pytest.fixture
async def config_file(tmp_path: Path) -> AsyncIterator[Path]:
    """A configuration whose store has a delivery for each verdict, and D5, which nobody took."""
    file = write_config(tmp_path)
    async with await Store.open(tmp_path / "bridge.db", clock=lambda: NOON, owner="test") as store:
        for number, delivery in enumerate(VERDICTS, start=101):
            await store.put(NewDelivery(delivery, str(number), "add", NOON, ("gold",), notify=True))
        for work in await store.take(9, config_version="1"):
            steps = [Step(NOON + timedelta(seconds=1), "contact_read", "a detail")]
            await store.finish(work, VERDICTS[work.deliveries[0].id], steps)
        await store.put(NewDelivery("D5", "101", "update_tags", NOON))
        yield file


def deliveries(capsys: pytest.CaptureFixture[str], config_file: Path, *arguments: str) -> Ended:
    """Call the command."""
    return call(capsys, "deliveries", "--config", config_file, *arguments)


def ids(ended: Ended) -> list[str]:
    """Give the ids of the listed deliveries."""
    rows = [row for row in ended.out.splitlines() if not row.startswith(" ")]
    return [row.split()[2] for row in rows]


def test_the_newest_come_first_each_with_what_to_know(
    config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An owner would not see what waits for them, or why."""
    ended = deliveries(capsys, config_file)

    assert ended.code == 0
    assert ended.out.splitlines() == [
        f"{AT}  D5  contact 101     update_tags  waiting",
        f"{AT}  D4  contact 104     add          failed",
        "    Keap has no contact 104.",
        "    once that is mended: keap-bridge resend D4",
        f"{AT}  D3  contact 103     add          waiting",
        "    WordPress gave no answer.",
        f"    next attempt {LATER}",
        f"{AT}  D2  contact 102     add          held",
        "    Keap does not accept the token.",
        "    goes on by itself within minutes once that is mended; at once: keap-bridge resend D2",
        f"{AT}  D1  contact 101     add          done  user 17",
        f"    warning: {NOT_ALLOWED}",
    ]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--state", "waiting"], ["D5", "D3"]),
        (["--state", "ignored"], []),
        (["--contact", "101"], ["D5", "D1"]),
        (["--contact", "101", "--state", "done"], ["D1"]),
        (["--limit", "2"], ["D5", "D4"]),
    ],
)
def test_filters(
    config_file: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    found: list[str],
) -> None:
    """An owner would search through everything, or miss what they ask for."""
    ended = deliveries(capsys, config_file, *arguments)

    assert ended.code == 0
    assert (ids(ended) if found else ended.out) == (found or "No deliveries.\n")


def test_the_timeline_of_one(config_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody could see what an attempt did, and when."""
    ended = deliveries(capsys, config_file, "D3")

    assert ended.out.splitlines() == [
        f"{AT}  D3  contact 103     add          waiting",
        f"  {AT}  received and kept",
        f"  {AT}  attempt under configuration 1",
        f"    {AT[11:17]}01.000  contact read: a detail",
        f"    {AT[11:17]}00.000  waiting",
        "  WordPress gave no answer.",
        f"  next attempt {LATER}",
    ]


def test_times_are_those_of_the_machine(config_file: Path) -> None:
    """An owner would have to reckon from a time zone that is not theirs."""
    ended = subprocess.run(  # noqa: S603 - this very program
        [sys.executable, "-m", "bridge.cli", "deliveries", "--config", config_file],
        env={**os.environ, "TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert ended.stdout.startswith("2026-03-01 21:00:00  D5")


def test_json_is_a_line_a_delivery(config_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A program would have to read what is written for people."""
    found = [
        json.loads(line) for line in deliveries(capsys, config_file, "--json").out.splitlines()
    ]

    assert [each["id"] for each in found] == ["D5", "D4", "D3", "D2", "D1"]
    assert found[-1] == {
        "id": "D1",
        "contact": "101",
        "action": "add",
        "roles": ["gold"],
        "send_notification": True,
        "sync": None,
        "state": "done",
        "reason": "",
        "waits_for": None,
        "warnings": [
            {
                "code": "role_not_allowed",
                "subject": "gold",
                "sentence": NOT_ALLOWED,
            }
        ],
        "user_id": 17,
        "attempts": 1,
        "received_at": "2026-03-01T12:00:00.000+00:00",
        "due_at": None,
        "finished_at": "2026-03-01T12:00:00.000+00:00",
    }


def test_json_without_deliveries_is_empty(
    config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program would read the sentence "No deliveries." as a line of JSON."""
    ended = deliveries(capsys, config_file, "--json", "--state", "ignored")

    assert (ended.code, ended.out) == (0, "")


def test_json_of_one_has_its_timeline(
    config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program could not see the attempts."""
    found = json.loads(deliveries(capsys, config_file, "D3", "--json").out)
    (attempt,) = found["timeline"]

    assert found["due_at"] == "2026-03-01T12:02:00.000+00:00"
    assert attempt["outcome"] == "waiting"
    assert attempt["steps"] == [
        {"at": "2026-03-01T12:00:01.000+00:00", "name": "contact_read", "detail": "a detail"}
    ]


def test_an_unknown_id_ends_with_5(config_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A script would take a mistyped id for a delivery without a history."""
    ended = deliveries(capsys, config_file, "D9")

    assert (ended.code, ended.out, ended.err) == (5, "", "There is no delivery D9.\n")


def test_no_store_yet_ends_with_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An owner who has not started the bridge would see a traceback, or a store would be made."""
    ended = deliveries(capsys, write_config(tmp_path))

    assert (ended.code, ended.out) == (4, "")
    assert "it is made when the bridge starts" in ended.err
    assert not (tmp_path / "bridge.db").exists()


def test_the_servers_secrets_are_not_needed(
    config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An owner would have to put the server's secrets into their own shell to see deliveries."""
    text = config_file.read_text()
    config_file.write_text(text.replace("KeapAK-5e1f7c3a9d", "{env: NO_SUCH_TOKEN_HERE}"))

    assert ids(deliveries(capsys, config_file, "--limit", "1")) == ["D5"]
