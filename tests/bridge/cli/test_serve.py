"""``keap-bridge serve`` as a service manager runs it."""

import asyncio
import signal
from pathlib import Path

import pytest

from bridge.store import Reader
from keap_client.sandbox import Fault, Sandbox
from tests.bridge.cli.calling import ACCESS_KEY, APPLICATION_PASSWORD, write_config
from tests.bridge.cli.serving import free_port, serve_in_vain, serving

NOT_IN_KEAP = "999999"


def config_for(folder: Path, sandbox: Sandbox, port: int) -> Path:
    """Write a configuration for a bridge between the sandbox and nowhere."""
    return write_config(folder, port=port, keap_url=sandbox.url, keap_token=sandbox.token)


async def test_one_line_of_json_a_post_and_one_an_attempt(sandbox: Sandbox, tmp_path: Path) -> None:
    """Whoever reads the log would have to put lines together, or find secrets in them."""
    port = free_port()
    async with serving(config_for(tmp_path, sandbox, port), port) as bridge:
        delivery = await bridge.post(NOT_IN_KEAP, ACCESS_KEY)
        attempt = await bridge.logged("attempt_finished")
        code = await bridge.stop()

    events = [each["event"] for each in bridge.events()]
    (kept,) = [each for each in bridge.events() if each["event"] == "post_kept"]
    assert code == 0
    assert events.count("attempt_finished") == 1
    assert (events[-1], events.count("server_started")) == ("server_stopped", 1)
    assert (kept["delivery"], kept["contact"], kept["action"]) == (delivery, NOT_IN_KEAP, "add")
    # Whether the contact had a user, only WordPress knows, and that is not there.
    assert (attempt["deliveries"], attempt["outcome"]) == ([delivery], "waiting")
    text = bridge.log.read_text()
    for secret in (ACCESS_KEY, sandbox.token, APPLICATION_PASSWORD):
        assert secret not in text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_when_the_attempt_in_flight_is_finished(
    sandbox: Sandbox, tmp_path: Path, number: signal.Signals
) -> None:
    """A restart would cut work short, or a service manager would have to kill the bridge."""
    port = free_port()
    sandbox.faults.add(Fault("slow", seconds=1.0, path="contacts/.*"))
    async with serving(config_for(tmp_path, sandbox, port), port) as bridge:
        delivery = await bridge.post(NOT_IN_KEAP, ACCESS_KEY)
        while not sandbox.record.requests:  # noqa: ASYNC110 - the bridge tells nobody when it asks
            await asyncio.sleep(0.02)
        code = await bridge.stop(number)

    (attempt,) = Reader.open(tmp_path / "bridge.db").timeline(delivery)
    assert code == 0
    assert (attempt.outcome, attempt.finished_at is not None) == ("waiting", True)
    assert "contact_gone" in [step.name for step in attempt.steps]


async def test_what_was_not_done_is_done_after_the_next_start(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """A Post that arrived just before a restart would wait for ever."""
    port = free_port()
    config_file = config_for(tmp_path, sandbox, port)
    sandbox.faults.add(Fault("never_answer", path="contacts/.*"))
    text = config_file.read_text()
    config_file.write_text(text.replace("server:\n", "server:\n  stop_seconds: 0.1\n"))
    async with serving(config_file, port) as bridge:
        delivery = await bridge.post(NOT_IN_KEAP, ACCESS_KEY)
        await bridge.stop()
    async with serving(config_file, port) as bridge:
        attempt = await bridge.logged("attempt_finished")

    assert (attempt["deliveries"], attempt["outcome"]) == ([delivery], "waiting")


async def test_a_second_one_on_the_same_store_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    """Two bridges would work on the same contacts at once."""
    port = free_port()
    config_file = config_for(tmp_path, sandbox, port)
    async with serving(config_file, port) as bridge:
        code, said = await serve_in_vain(config_file)
        alive = bridge.process.returncode is None

    last = said.splitlines()[-1]
    assert (code, alive) == (4, True)
    assert f"Another process (pid {bridge.process.pid}) already works with the store" in last
    assert "Traceback" not in said


async def test_a_port_in_use_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    """An owner would see a traceback, or a bridge that nobody reaches."""
    port = free_port()
    other = tmp_path / "other"
    other.mkdir()
    async with serving(config_for(tmp_path, sandbox, port), port):
        code, said = await serve_in_vain(config_for(other, sandbox, port))

    assert code == 4
    assert said.splitlines()[-1] == (
        f"Cannot listen at 127.0.0.1:{port} (server.listen): Address already in use."
    )
    assert "Traceback" not in said


async def test_a_host_that_does_not_exist_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    """An owner would not see which line of the configuration is wrong."""
    config_file = config_for(tmp_path, sandbox, 8080)
    text = config_file.read_text().replace("127.0.0.1:8080", "no-such-host.invalid:8080")
    config_file.write_text(text)
    code, said = await serve_in_vain(config_file)

    assert code == 4
    assert "Cannot listen at no-such-host.invalid:8080 (server.listen): " in said


async def test_a_wrong_configuration_keeps_it_from_starting(tmp_path: Path) -> None:
    """A service manager would take a bridge that cannot work for one that does."""
    config_file = write_config(tmp_path)
    config_file.write_text(config_file.read_text().replace("listen:", "listn:"))
    code, said = await serve_in_vain(config_file)

    assert code == 3
    assert "config.yaml:2: server.listn" in said
    assert not (tmp_path / "bridge.db").exists()
