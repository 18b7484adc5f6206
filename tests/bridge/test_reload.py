"""A new version of config.yaml, while the bridge runs."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bridge.attempt import Timeline
from bridge.config import Config, Loaded, load
from bridge.delivery import Verdict, Work
from bridge.demo.wordpress import RunningWordPress
from bridge.reload import Reload
from bridge.store import Reader, Store
from bridge.worker import Worker
from keap_client.sandbox import Sandbox
from tests.bridge.cli.calling import write_config as write_plain_config
from tests.bridge.cli.serving import Serving, free_port, serving
from tests.bridge.running import running_bridge, write_config
from tests.bridge.simulated import World, post

ZOE = "zoe@example.com"
FIELDS = "fields: {first_name: FirstName, last_name: LastName, user_email: Email}\n"
newest = pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)


def edit(file: Path, *changes: tuple[str, str]) -> None:
    """Change texts in a file as editors do: another file takes its place."""
    draft, text = file.with_suffix(".new"), file.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    draft.write_text(text)
    draft.chmod(0o600)
    draft.rename(file)


def events(bridge: Serving) -> list[str]:
    """Name what a bridge has logged."""
    return [each["event"] for each in bridge.events()]


@newest
async def test_an_edit_holds_for_the_next_attempt(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """An owner would restart the bridge for every field, or not know what an attempt went by."""
    site = wordpress_with_companion
    file = write_config(tmp_path, sandbox.url, sandbox.token, site, more=FIELDS)
    async with running_bridge(file, reloads=True) as bridge:
        await bridge.post(role="member_a")
        (first,) = await bridge.settled()
        edit(file, ("last_name: LastName", "last_name: LastName, town: City"))
        async with asyncio.timeout(20):
            while not site.user(ZOE)["meta"].get("town"):
                await bridge.post(action="update")
                *_, last = await bridge.settled()
        versions = [
            attempt.config_version
            for delivery in (first, last)
            for attempt in await bridge.timeline(delivery.id)
        ]

    assert versions[0] != versions[-1]
    assert all(len(version) == 12 for version in versions)


@newest
async def test_what_was_held_for_the_configuration_goes_on(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """An owner would put the field's name right, and still have to start the bridge again."""
    file = write_config(
        tmp_path,
        sandbox.url,
        sandbox.token,
        wordpress_with_companion,
        users={"return_password_to": "No Such Field"},
    )
    async with running_bridge(file, reloads=True) as bridge:
        await bridge.post()
        (held,) = await bridge.settled()
        edit(file, ("No Such Field", "WP Password"))
        async with asyncio.timeout(20):
            while (await bridge.deliveries())[0].state == "held":  # noqa: ASYNC110 - from outside
                await asyncio.sleep(0.05)
        (done,) = await bridge.settled()

    assert (held.state, held.cause, done.state) == ("held", "configuration", "done")
    assert sandbox.tenant.custom_value("1001", "WP Password")


class Under(World):
    """A configuration: ends as the test wants them, and who was worked on under it."""

    def __init__(self, then: Callable[[], None], *verdicts: Verdict) -> None:
        super().__init__()
        self.then, self.verdicts = then, list(verdicts)
        self.ran: list[str] = []

    async def run(self, work: Work, timeline: Timeline) -> Verdict:
        """Give the next verdict, or do it."""
        self.then()
        await asyncio.sleep(0)
        self.ran.append(work.contact)
        return self.verdicts.pop() if self.verdicts else await super().run(work, timeline)


def worker_under(store: Store, attempt: Under) -> Worker:
    """Give a worker that begins under a configuration, in real time."""
    return Worker(
        store,
        attempt,
        config_version="v1",
        side_by_side=8,
        clock=attempt.clock,
        spread=lambda: 0.5,
    )


async def test_an_attempt_ends_as_it_began(tmp_path: Path) -> None:
    """One attempt would be half of the old configuration and half of the new one."""
    stop, path = asyncio.Event(), tmp_path / "bridge.db"
    new = Under(stop.set)
    old = Under(lambda: worker.renew(new, config_version="v2"))
    async with await Store.open(path, clock=old.clock, owner="test") as store:
        worker = worker_under(store, old)
        await post(store, "1", "2")
        async with asyncio.timeout(20):
            running = asyncio.create_task(worker.run(stop, grace=5.0))
            while len(old.ran) < 2:  # noqa: ASYNC110 - from outside
                await asyncio.sleep(0.01)
            await post(store, "3")
            await running
    reader = Reader.open(path)

    assert (old.ran, new.ran) == (["1", "2"], ["3"])
    versions = [reader.timeline(f"D{each}")[0].config_version for each in "123"]
    assert versions == ["v1", "v1", "v2"]


async def test_what_waits_for_the_configuration_alone_goes_on_too(tmp_path: Path) -> None:
    """What no end refused, but a rule of ours held, would wait for a restart."""
    stop, path = asyncio.Event(), tmp_path / "bridge.db"
    new = Under(stop.set)
    held = Verdict("held", "A rule says no.", cause="configuration")
    old = Under(lambda: None, held)
    async with await Store.open(path, clock=old.clock, owner="test") as store:
        worker = worker_under(store, old)
        await post(store, "1")
        async with asyncio.timeout(20):
            running = asyncio.create_task(worker.run(stop, grace=5.0))
            while Reader.open(path).deliveries()[0].state != "held":  # noqa: ASYNC110 - from outside
                await asyncio.sleep(0.01)
            worker.renew(new, config_version="v2")
            await running

    assert (old.ran, new.ran) == (["1"], ["1"])
    assert Reader.open(path).deliveries()[0].state == "done"


async def test_a_wrong_version_changes_nothing_and_is_told_once(tmp_path: Path) -> None:
    """A slip of the pen would stop the bridge, or fill the log."""
    port = free_port()
    file = write_plain_config(tmp_path, port=port)
    async with serving(file, port) as bridge:
        edit(file, ("users:", "users:\n  notfy: always\n  when_missing: sometimes"))
        await bridge.logged("config_refused")
        file.touch()  # noticed, and nothing new
        bridge.process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(20):
            while events(bridge).count("config_refused") < 2:  # noqa: ASYNC110 - from outside
                await asyncio.sleep(0.02)
        edit(
            file,
            ("notfy: always", "notify: always"),
            ("  when_missing: sometimes\n", ""),
            ("  url: http://127.0.0.1:9", "  url: http://127.0.0.1:10"),
        )
        taken = await bridge.logged("config_reloaded")
        code = await bridge.stop()

    refused, asked = [each for each in bridge.events() if each["event"] == "config_refused"]
    (started,) = [each for each in bridge.events() if each["event"] == "server_started"]
    assert code == 0
    assert refused["mistakes"] == asked["mistakes"]
    assert [each.split(": ")[1] for each in refused["mistakes"]] == [
        "users.notfy",
        "users.when_missing",
    ]
    assert taken["changed"] == ["users.notify"]
    assert taken["wait_for_restart"] == ["keap.url", "wordpress.url"]
    assert taken["config"] != started["config"]
    assert taken["config"].endswith("*")


async def test_a_person_who_asks_is_answered(tmp_path: Path) -> None:
    """``systemctl reload`` would end the bridge, or say nothing."""
    port = free_port()
    async with serving(write_plain_config(tmp_path, port=port), port) as bridge:
        await bridge.logged("server_started")
        bridge.process.send_signal(signal.SIGHUP)
        told = await bridge.logged("config_reloaded")
        code = await bridge.stop()

    assert (told["changed"], told["wait_for_restart"], code) == ([], [], 0)


async def test_trouble_of_its_own_does_not_end_it(tmp_path: Path) -> None:
    """A system without watches, or a bug, would keep every later version out."""
    file = write_plain_config(tmp_path)
    started = load(file, {})
    versions: list[str] = []
    stop, troubles = asyncio.Event(), [RuntimeError("a bug")]

    async def unwatchable(_file: Path, _stop: asyncio.Event) -> AsyncGenerator[None, None]:
        message = "no space left for watches"
        raise OSError(message)
        yield

    def load_it(path: Path) -> Loaded:
        if troubles:
            raise troubles.pop()
        return load(path, {})

    def renew(_config: Config, version: str) -> None:
        versions.append(version)
        stop.set()

    reload = Reload(file, started, load_it, watch=unwatchable)
    with capture_logs() as log:
        running = asyncio.create_task(reload.run({"": renew}, stop))
        async with asyncio.timeout(20):
            while not stop.is_set():
                reload.ask()
                await asyncio.sleep(0.01)
            await running

    said = [each["event"] for each in log]
    assert said[:3] == ["config_not_watched", "config_fault", "config_reloaded"]
    assert versions == [started.version]
