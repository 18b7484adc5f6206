"""Takes deliveries as they fall due and carries them out, several contacts side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter

import structlog

from bridge import tally
from bridge.attempt import Timeline
from bridge.brakes import Brakes
from bridge.circuit import Destination
from bridge.delivery import Verdict, Work
from bridge.measures import Measures, Unmeasured
from bridge.store import Store
from bridge.store.errors import LaneLost, StoreUnavailable
from bridge.trying import Attempt
from bridge.verdicts import KNOWN, destination_of, refuses_everybody, sentence_of, verdict_on
from keap_client.quota import Quota

LONGEST_SLEEP = 60.0
"""Seconds after which the worker looks at the store in any case: clocks are set, machines sleep."""

STORE_PAUSE = 1.0
"""Seconds between two tries to tell a store what it cannot take at the moment."""

CLOCK_WAVERS = timedelta(seconds=1)
"""By less than this a clock is set back all the time, to keep it right."""

RELEASED: Mapping[Destination, frozenset[str]] = {
    "keap": frozenset({"keap", "configuration"}),
    "wordpress": frozenset({"wordpress", "configuration"}),
}
"""The causes for which deliveries are held no longer once an end is well again."""


async def sleep_until(woken: asyncio.Event, seconds: float) -> None:
    """Return when the event is set, or after so many seconds of real time."""
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        return


class Worker:
    """Carries out the deliveries of one site until it is stopped."""

    def __init__(  # noqa: PLR0913 - each is a part of its surroundings
        self,
        store: Store,
        attempt: Attempt,
        *,
        config_version: str,
        side_by_side: int,
        clock: Callable[[], datetime],
        spread: Callable[[], float],
        reserve_for_posts: float = 0.0,
        sleep: Callable[[asyncio.Event, float], Awaitable[None]] = sleep_until,
        measures: Measures | None = None,
    ) -> None:
        """Take the surroundings.

        Args:
            store: Where deliveries wait.
            attempt: How one contact's deliveries are carried out.
            config_version: Recorded with every attempt.
            side_by_side: How many contacts are worked on at once at most. More are taken when
                half of them are finished: so those that begin together can share calls.
            clock: The present time.
            spread: A random number from 0 to 1, for the schedule.
            reserve_for_posts: The share of Keap's calls of a day that syncs leave to Posts.
            sleep: Waits for an event, or so many seconds.
            measures: Told of every attempt.
        """
        self._store = store
        self._attempt = attempt
        self._config_version = config_version
        self._renewed = False
        self._side_by_side = side_by_side
        self._clock = clock
        self._spread = spread
        self._sleep = sleep
        self._measures = measures or Unmeasured()
        self.is_running = False  # whether what falls due is taken
        self.brakes = Brakes(clock=clock, spread=spread, reserve=reserve_for_posts)
        self._seen = clock()
        self._probing: set[Destination] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._behind: set[asyncio.Task[None]] = set()
        """Those that only a sync asks for: they leave half of the places to Posts."""
        self._log = structlog.get_logger()

    @property
    def quota(self) -> Quota | None:
        """The calls that Keap still allows, by its last answer."""
        return self._attempt.quota

    async def run(self, stop: asyncio.Event, *, grace: float) -> None:
        """Work until ``stop`` is set; then take nothing more, and let finish what runs.

        Args:
            stop: Set by whoever ends the program.
            grace: Seconds for what runs; what takes longer is left to the next start.
        """
        waker = asyncio.create_task(self._wake_at(stop))
        self.is_running = True
        try:
            await self._work_until(stop)
        finally:
            self.is_running = False
            waker.cancel()
            await self._let_finish(grace)

    def hurry(self) -> None:
        """Try an end that is down or refuses at once: a person says that it is mended."""
        self.brakes.hurry()
        self._store.arrived.set()

    def renew(self, attempt: Attempt, *, config_version: str) -> None:
        """Begin attempts this way from now on; those under way end as they began.

        What was held because of the configuration is let go: the new one may have mended it.
        """
        self._attempt = attempt
        self._config_version = config_version
        self._renewed = True
        self.hurry()

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._store.arrived.set()

    async def _work_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._store.arrived.clear()
            try:
                await self._mind_clock()
                await self._let_go()
                for destination in self.brakes.to_probe() - self._probing:
                    self._probing.add(destination)
                    self._start(self._probe(destination))
                # One reading of both, so that a version that comes meanwhile is not half taken.
                attempt, config_version = self._attempt, self._config_version
                for work in await self._take(config_version):
                    task = self._start(self._work(work, attempt))
                    if work.behind:
                        self._behind.add(task)
                pause = 0.0 if stop.is_set() else await self._pause()
            except StoreUnavailable as error:
                self._log.error("store_unavailable", reason=str(error))
                pause = STORE_PAUSE
            await self._sleep(self._store.arrived, pause)

    async def _let_finish(self, seconds: float) -> None:
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if late:
            self._log.warning("attempts_interrupted", count=len(late))

    async def _take(self, config_version: str) -> tuple[Work, ...]:
        room = self._room()
        if room == 0:
            return ()
        return await self._store.take(
            room, behind=self._room_behind(), config_version=config_version
        )

    def _room(self) -> int:
        """Give how many more contacts may be begun."""
        if len(self._running) - len(self._behind) > self._side_by_side // 2:
            return 0
        return self.brakes.room(self._side_by_side, len(self._running))

    def _room_behind(self) -> int:
        """Give how many of them may be begun for a sync alone."""
        places = max(self._side_by_side // 2, 1)
        if len(self._behind) > places // 2 or self.brakes.syncs_rest is not None:
            return 0
        return places - len(self._behind)

    async def _mind_clock(self) -> None:
        """See to it that nothing waits for an hour to come twice: the clock may be set back."""
        now = self._clock()
        if (back := self._seen - now) > CLOCK_WAVERS:
            self._log.warning("clock_set_back", seconds=round(back.total_seconds()))
            await self._store.hasten(back)
        self._seen = now

    async def _let_go(self) -> None:
        """Let what was held because of an end that is well again wait for its turn."""
        if self._renewed:
            self._renewed = False  # it may be renewed once more meanwhile
            try:
                released = await self._store.release_held(frozenset({"configuration"}))
            except StoreUnavailable:
                self._renewed = True
                raise
            if released:
                self._log.info("held_released", cause="configuration", count=released)
        well_again = self.brakes.well_again()
        for destination in well_again:
            try:
                released = await self._store.release_held(RELEASED[destination])
            except StoreUnavailable:
                self.brakes.remember_well(well_again)
                raise
            if released:
                self._log.info("held_released", destination=destination, count=released)

    def _start(self, task_of: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(task_of)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._behind.discard(task)
        self._store.arrived.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # Its deliveries stay running until the next start, which takes them up again.
            self._log.critical("worker_fault", exc_info=error)

    async def _pause(self) -> float:
        """Give the seconds until something falls due that there is room for."""
        if held_back := self.brakes.seconds():
            return min(held_back, LONGEST_SLEEP)
        if self._room() == 0:
            return LONGEST_SLEEP  # the end of what runs wakes us
        due = await self._store.next_due(behind=self._room_behind() > 0)
        if due is None:
            return LONGEST_SLEEP  # the end of a rest of syncs is seen within it
        return min(max((due - self._clock()).total_seconds(), 0.0), LONGEST_SLEEP)

    async def _probe(self, destination: Destination) -> None:
        """Ask an end that refused whether it lets us in again."""
        try:
            self.brakes.probed(destination, await self._trouble_with(destination))
        finally:
            self._probing.discard(destination)

    async def _trouble_with(self, destination: Destination) -> Exception | None:
        try:
            await self._attempt.probe(destination)
        except Exception as error:  # noqa: BLE001 - whatever it is, the queue waits and goes on
            if not isinstance(error, KNOWN):
                self._log.exception("probe_fault", destination=destination)
            return error
        return None

    async def _work(self, work: Work, attempt: Attempt) -> None:
        began = perf_counter()
        calls = tally.begin()
        timeline = Timeline(work, self._store, self._clock)
        verdict = await self._carry_out(work, attempt, timeline)
        await self._finish(work, verdict, timeline)
        self._measures.attempt_finished(work, verdict, perf_counter() - began)
        self._log.info(
            "attempt_finished",
            contact=work.contact,
            deliveries=[delivery.id for delivery in work.deliveries],
            actions=[delivery.action for delivery in work.deliveries],
            attempt=work.attempt,
            try_number=work.failures + 1,
            outcome=verdict.state,
            reason=verdict.reason,
            caveats=[f"{each.code} {each.subject}".strip() for each in verdict.caveats],
            user_id=verdict.user_id,
            due_at=verdict.due_at and verdict.due_at.isoformat(timespec="seconds"),
            keap_calls=calls["keap"],
            wordpress_requests=calls["wordpress"],
            milliseconds=round((perf_counter() - began) * 1000, 1),
        )

    async def _carry_out(self, work: Work, attempt: Attempt, timeline: Timeline) -> Verdict:
        try:
            verdict = await attempt.run(work, timeline)
        except Exception as error:  # noqa: BLE001 - whatever it is, the deliveries go on
            timeline.note("attempt_failed", sentence_of(error))
            self._measures.attempt_failed(error)
            if not isinstance(error, KNOWN):
                self._log.exception("attempt_fault", contact=work.contact, attempt=work.attempt)
            alone = await self._concerns_contact_alone(error)
            self.brakes.learn(error, attempt.quota, contact_alone=alone)
            judge = partial(
                verdict_on,
                deliveries=work.deliveries,
                failures=work.failures,
                now=self._clock(),
                spread=self._spread(),
            )
            verdict = judge(error, contact_alone=alone)
            if verdict.state == "failed" or verdict.give_up:
                return await attempt.end_failed(work, verdict, timeline, judge)
            return verdict
        else:
            self.brakes.learn(None, attempt.quota)
            return verdict

    async def _concerns_contact_alone(self, error: Exception) -> bool:
        """Where an error may mean one contact or everybody, ask the end whether it lets us in."""
        destination = destination_of(error)
        if destination is None or refuses_everybody(error) is not None:
            return False
        if self.brakes.refuses(destination):
            return False
        return await self._trouble_with(destination) is None

    async def _finish(self, work: Work, verdict: Verdict, timeline: Timeline) -> None:
        """Tell the store how it ended, for as long as it takes: the work itself is done."""
        steps = tuple(timeline.rest())
        while True:
            try:
                await self._store.finish(work, verdict, steps)
            except StoreUnavailable as error:
                self._log.error("verdict_not_kept", attempt=work.attempt, reason=str(error))
                await asyncio.sleep(STORE_PAUSE)
            except LaneLost as error:
                self._log.error("verdict_came_late", attempt=work.attempt, reason=str(error))
                return
            else:
                return
