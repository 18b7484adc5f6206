"""What wakes the worker, and what does not."""

import asyncio
from pathlib import Path

from bridge.attempt import Timeline
from bridge.delivery import Verdict, Work
from bridge.store import Store
from bridge.worker import Worker
from tests.bridge.simulated import World, post


class Slow(World):
    """Ends that answer when they are told to."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = asyncio.Event()
        self.looks = 0

    async def run(self, work: Work, timeline: Timeline) -> Verdict:
        """Wait for leave, and end as any other."""
        await self.may_answer.wait()
        return await super().run(work, timeline)

    async def sleep(self, woken: asyncio.Event, seconds: float) -> None:
        """Count how often the worker has looked."""
        del seconds
        self.looks += 1
        await woken.wait()


async def test_arrivals_wake_nobody_while_none_of_them_can_be_begun(tmp_path: Path) -> None:
    """Each of a thousand Posts a second would be answered later, for nothing."""
    world, stop = Slow(), asyncio.Event()
    async with await Store.open(tmp_path / "bridge.db", clock=world.clock, owner="test") as store:
        worker = Worker(
            store,
            world,
            config_version="1",
            side_by_side=1,
            clock=world.clock,
            spread=lambda: 0.5,
            sleep=world.sleep,
        )
        await post(store, "1")
        working = asyncio.create_task(worker.run(stop, grace=5.0))
        async with asyncio.timeout(20):
            while not world.looks:  # noqa: ASYNC110 - from outside
                await asyncio.sleep(0.01)
            await post(store, "2")
            await post(store, "3")
            looks = world.looks
            world.may_answer.set()
            while store.unfinished:  # noqa: ASYNC110 - from outside
                await asyncio.sleep(0.01)
            stop.set()
            await working

    assert looks == 1
    assert sorted(contact for _, contact in world.attempts) == ["1", "2", "3"]
