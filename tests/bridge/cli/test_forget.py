"""``keap-bridge forget`` and ``export``: what is stored of one contact."""

import json
from pathlib import Path

import pytest

from bridge.delivery import NewDelivery, Step, Verdict
from bridge.store import Reader, Store
from keap_client.sandbox import Sandbox
from tests.bridge.cli.calling import ACCESS_KEY, Ended, call, write_config
from tests.bridge.cli.serving import free_port, serving
from tests.bridge.cli.test_resend import NOON, NOT_IN_KEAP
from tests.bridge.commanding import run


@pytest.fixture
async def config_file(tmp_path: Path) -> Path:
    """A configuration whose store has deliveries of two contacts."""
    async with await Store.open(tmp_path / "bridge.db", clock=lambda: NOON, owner="test") as store:
        for delivery, contact in (("D1", "101"), ("D2", "102"), ("D3", "101")):
            await store.put(NewDelivery(delivery, contact, "add", NOON))
        for work in await store.take(9):
            await store.step(work, Step(NOON, "keap_read"))
            await store.finish(work, Verdict("done", user_id=int(work.contact)))
    return write_config(tmp_path)


def forget(capsys: pytest.CaptureFixture[str], config_file: Path, *arguments: str) -> Ended:
    """Call the command."""
    return call(capsys, "forget", "--config", config_file, *arguments)


def contacts(config_file: Path) -> list[str]:
    """Give the contacts of all deliveries."""
    reader = Reader.open(config_file.with_name("bridge.db"))
    return sorted(each.contact for each in reader.deliveries())


def test_all_that_is_stored_is_printed(
    capsys: pytest.CaptureFixture[str], config_file: Path
) -> None:
    """Somebody who asks what is stored of him would not learn it."""
    said = json.loads(call(capsys, "export", "--config", config_file, "101").out)

    assert said["contact"] == "101"
    assert [each["id"] for each in said["deliveries"]] == ["D1", "D3"]
    assert said["deliveries"][0]["received_at"] == NOON.isoformat()
    assert [each["name"] for each in said["steps"]] == ["keap_read"]
    assert said["links"] == [{"contact": "101", "user_id": 101, "linked_at": NOON.isoformat()}]


def test_a_contact_is_forgotten_without_the_server(
    capsys: pytest.CaptureFixture[str], config_file: Path
) -> None:
    """Something would stay of somebody who asked to be forgotten, or others would go too."""
    ended = forget(capsys, config_file, "101", "--yes")

    assert (ended.code, contacts(config_file)) == (0, ["102"])
    assert "2 deliveries" in ended.out
    assert "Keap and WordPress have what they had" in ended.out
    assert "Nothing is stored of contact 101." in forget(capsys, config_file, "101").out


def test_nothing_is_forgotten_before_somebody_has_said_yes(
    capsys: pytest.CaptureFixture[str], config_file: Path
) -> None:
    """A slip in a number would delete the history of somebody else."""
    ended = forget(capsys, config_file, "101")

    assert (ended.code, contacts(config_file)) == (2, ["101", "101", "102"])
    assert "--yes" in ended.err


def test_what_cannot_be_read_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A stack trace would stand in the place of a sentence."""
    file = write_config(tmp_path)
    ended = [call(capsys, name, "--config", file, "101") for name in ("forget", "export")]

    assert [each.code for each in ended] == [4, 4]


async def test_the_running_server_forgets(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The bridge would have to be stopped, since it alone writes to its store."""
    port = free_port()
    config = write_config(tmp_path, port=port, keap_url=sandbox.url, keap_token=sandbox.token)
    async with serving(config, port) as bridge:
        for contact in (NOT_IN_KEAP, "999998"):
            await bridge.post(contact, ACCESS_KEY)
            await bridge.logged("attempt_finished")
        ended = await run(capsys, config, "forget", NOT_IN_KEAP, "--yes")
        told = await bridge.logged("contact_forgotten")

    assert (ended.code, ended.err) == (0, "")
    assert told["deliveries"] == 1
    assert contacts(config) == ["999998"]
