"""The worker with a sync beside Posts, in simulated time, and syncs that begin by themselves."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bridge.attempt import Timeline
from bridge.config import load
from bridge.delivery import Verdict, Work
from bridge.demo.wordpress import RunningWordPress
from bridge.reconcile import reconcile
from bridge.site import Site, open_site
from bridge.store import Store
from bridge.surroundings import Surroundings
from bridge.sync_run import SyncRun, SyncWish
from keap_client.quota import Allowance, Quota
from keap_client.sandbox import Fault, Sandbox
from tests.bridge.cli.calling import write_config as config_to_nowhere
from tests.bridge.running import write_config
from tests.bridge.simulated import NOON, World

SIDE_BY_SIDE = 8
SCARCE = Quota(Allowance(1000, 850, 150, 1, "day"), None, (), None)
PLENTY = Quota(Allowance(1000, 10, 990, 1, "day"), None, (), None)
on_6_8 = pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)


async def sync(store: Store, number: int) -> None:
    """Let a sync of so many contacts wait."""
    run = await store.syncs.begin(SyncWish("list", "here"), None)
    contacts = [str(contact) for contact in range(1, number + 1)]
    await store.syncs.add_contacts(run.number, contacts, "", complete=True)
    ids = (f"S{contact}" for contact in contacts)
    await store.syncs.queue(run, number, ids.__next__)


@pytest.fixture
async def world() -> World:
    """A world in which all is well."""
    return World()


@pytest.fixture
async def store(world: World, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store."""
    async with await Store.open(tmp_path / "s.db", clock=world.clock, owner="test") as store:
        yield store


class Crowd(World):
    """A world that counts how many attempts at a sync's contacts are made at once."""

    at_once = 0
    most = 0

    async def run(self, work: Work, timeline: Timeline) -> Verdict:
        """Try; it takes a while."""
        self.at_once += work.behind
        self.most = max(self.most, self.at_once)
        try:
            for _ in range(20):
                await asyncio.sleep(0)
            return await super().run(work, timeline)
        finally:
            self.at_once -= work.behind


async def test_a_sync_leaves_half_of_the_places_to_posts(tmp_path: Path) -> None:
    """A Post that comes during a backfill would wait until hundreds of contacts are done."""
    world = Crowd()
    async with await Store.open(tmp_path / "c.db", clock=world.clock, owner="test") as store:
        await sync(store, 40)
        worker = await world.work(
            store, until=lambda: store.unfinished == 0, side_by_side=SIDE_BY_SIDE
        )

    assert len(world.attempts) == 40
    assert world.most == SIDE_BY_SIDE // 2
    assert worker._behind == set()


async def test_what_is_reserved_for_posts_is_left_until_midnight(
    world: World, store: Store
) -> None:
    """A backfill would take the day's last calls, or the worker would spin until midnight."""
    await sync(store, 40)
    world.quota = SCARCE

    def over() -> bool:
        if world.passed(hours=12):
            world.quota = PLENTY
        return store.unfinished == 0

    with capture_logs() as logs:
        await world.work(store, until=over, side_by_side=SIDE_BY_SIDE, reserve=0.2)

    before = [at for at, _ in world.attempts if at < NOON + timedelta(hours=12)]
    assert len(world.attempts) == 40
    assert 0 < len(before) <= SIDE_BY_SIDE // 2
    assert world.now < NOON + timedelta(hours=13)
    assert [each["event"] for each in logs].count("syncs_rest") == 1


@asynccontextmanager
async def site_of(config: Path) -> AsyncIterator[Site]:
    """Open the site of a configuration; nobody works on it."""
    loaded = load(config, {})
    async with open_site(
        loaded.config, version=loaded.version, surroundings=Surroundings()
    ) as site:
        yield site


@asynccontextmanager
async def in_background(*things: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Let these run inside the block."""
    tasks = [asyncio.create_task(each) for each in things]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(site: Site, is_so: Callable[[SyncRun], bool]) -> SyncRun:
    """Wait until something is so of the newest sync; give it."""
    async with asyncio.timeout(30):
        # It looks from outside, as a person would.
        while (run := await site.store.syncs.latest()) is None or not is_so(run):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return run


@on_6_8
async def test_what_is_linked_is_reconciled_by_itself(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """A Post that never came would leave a user behind for ever."""
    wordpress = wordpress_with_companion
    user = wordpress.ask("return wp_create_user('zoe', 'secret', 'zoe@example.com');")
    config = write_config(tmp_path, sandbox.url, sandbox.token, wordpress)
    stop = asyncio.Event()
    async with site_of(config) as site:
        await site.store.link("1001", user)
        every = timedelta(seconds=0.2)
        async with in_background(
            reconcile(site.store, site.backfill, every, spread=lambda: 0.5),
            site.backfill.run(),
            site.worker.run(stop, grace=5.0),
        ):
            run = await until(site, lambda run: run.state == "done")

    assert run.wish == SyncWish("linked")
    assert wordpress.user("zoe@example.com")["meta"]["first_name"] == "Zoë"


@on_6_8
async def test_a_bridge_that_is_started_goes_on_with_a_sync(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """A sync that was under way when the bridge was restarted would wait for a person."""
    config = write_config(tmp_path, sandbox.url, sandbox.token, wordpress_with_companion)
    async with site_of(config) as site:
        await site.backfill.begin(SyncWish("all", "", "update_tags"))

    async with (
        site_of(config) as site,
        in_background(site.backfill.run(), site.worker.run(asyncio.Event(), grace=5.0)),
    ):
        run = await until(site, lambda run: run.state == "done")

    assert run.found == len(sandbox.tenant.contacts)


async def test_a_sync_that_a_person_has_to_look_at_is_left_alone(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """What was stopped for a look would be done all the same a day later."""
    config = config_to_nowhere(tmp_path, keap_url=sandbox.url, keap_token=sandbox.token)
    async with site_of(config) as opened:
        run = await opened.backfill.begin(SyncWish("linked"), max_changes=1)
        await opened.store.syncs.stop(run.number, "Enough.")
        every = timedelta(seconds=0.05)
        with capture_logs() as logs:
            async with in_background(
                reconcile(opened.store, opened.backfill, every, spread=lambda: 0.0)
            ):
                await asyncio.sleep(0)
                async with asyncio.timeout(10):
                    while not logs:  # noqa: ASYNC110 - looks from outside
                        await asyncio.sleep(0.02)
        latest = await opened.store.syncs.latest()

    assert logs[0]["event"] == "reconcile_left_out"
    assert latest is not None
    assert (latest.number, latest.state) == (run.number, "stopped")


@pytest.mark.parametrize(
    ("fault", "wish", "state", "reason"),
    [
        (Fault("invalid_token"), SyncWish("all"), "stopped", "Keap"),
        (Fault("unavailable"), SyncWish("all"), "open", "Keap"),
        (None, SyncWish("tag", "999999"), "stopped", "Keap has no tag 999999"),
    ],
)
async def test_a_list_that_cannot_be_read_halts_the_sync(
    sandbox: Sandbox,
    tmp_path: Path,
    fault: Fault | None,
    wish: SyncWish,
    state: str,
    reason: str,
) -> None:
    """A sync would say that it is done though nobody was done, or ask Keap for ever."""
    if fault is not None:
        sandbox.faults.add(fault)
    config = config_to_nowhere(tmp_path, keap_url=sandbox.url, keap_token=sandbox.token)
    async with site_of(config) as site:
        await site.backfill.begin(wish)
        async with in_background(site.backfill.run()):
            run = await until(site, lambda run: run.reason != "")

    assert (run.state, run.found) == (state, 0)
    assert reason in run.reason
    assert len(sandbox.record.requests) == 1
