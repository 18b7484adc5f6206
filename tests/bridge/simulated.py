"""A worker in simulated time: a real store, ends that the test plays, and no waiting."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bridge.attempt import Timeline
from bridge.circuit import Destination
from bridge.delivery import NewDelivery, Verdict, Work
from bridge.store import Store
from bridge.worker import Worker
from keap_client.quota import Quota

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PATIENCE = 120.0
"""Real seconds after which a worker that does not come to an end has failed."""

DONE = Verdict("done", user_id=1)


@dataclass
class World:
    """The time, and both ends as the test wants them to be; the worker's attempt."""

    now: datetime = NOON
    trouble: Callable[[Work], Exception | None] = lambda _work: None
    """What an attempt ends with; ``None``: it is done."""
    probe_trouble: Callable[[Destination], Exception | None] = lambda _destination: None
    """What an end says that is asked whether it lets us in; ``None``: it does."""
    quota: Quota | None = None
    attempts: list[tuple[datetime, str]] = field(default_factory=list)
    """When each was made, and for which contact."""
    probes: list[tuple[datetime, Destination]] = field(default_factory=list)

    def clock(self) -> datetime:
        """Tell the time."""
        return self.now

    def passed(self, **time: float) -> bool:
        """Whether so much time has passed since noon."""
        return self.now >= NOON + timedelta(**time)

    async def run(self, work: Work, timeline: Timeline) -> Verdict:
        """Try. It takes no time, but others may begin meanwhile."""
        del timeline
        self.attempts.append((self.now, work.contact))
        trouble = self.trouble(work)
        await asyncio.sleep(0)
        if trouble is not None:
            raise trouble
        return DONE

    async def end_failed(
        self,
        work: Work,
        verdict: Verdict,
        timeline: Timeline,
        judge: Callable[[Exception], Verdict],
    ) -> Verdict:
        """Leave it at that."""
        del work, timeline, judge
        return verdict

    async def probe(self, destination: Destination) -> None:
        """Ask an end whether it lets us in."""
        self.probes.append((self.now, destination))
        trouble = self.probe_trouble(destination)
        for _ in range(9):  # the worker has time to do something meanwhile
            await asyncio.sleep(0)
        if trouble is not None:
            raise trouble

    async def work(
        self,
        store: Store,
        *,
        until: Callable[[], bool],
        side_by_side: int = 8,
        reserve: float = 0.0,
    ) -> Worker:
        """Let a worker work until something is so; give it, as it was left."""
        stop = asyncio.Event()

        async def sleep(woken: asyncio.Event, seconds: float) -> None:
            if worker._running:
                await woken.wait()
            await asyncio.sleep(0)
            if until():
                stop.set()
            elif not woken.is_set():
                self.now += timedelta(seconds=seconds)

        worker = Worker(
            store,
            self,
            config_version="1",
            side_by_side=side_by_side,
            clock=self.clock,
            spread=lambda: 0.5,
            reserve_for_posts=reserve,
            sleep=sleep,
        )
        async with asyncio.timeout(PATIENCE):
            await worker.run(stop, grace=5.0)
        return worker


async def post(store: Store, *contacts: str) -> None:
    """Keep a Post of each contact."""
    await asyncio.gather(
        *(store.put(NewDelivery(f"D{contact}", contact, "add", NOON)) for contact in contacts)
    )
