"""Takes deliveries as they fall due and carries them out, several contacts side by side."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from time import perf_counter

import structlog

from bridge import tally
from bridge.attempt import Attempt, Timeline
from bridge.delivery import Verdict, Work
from bridge.store import Store
from bridge.store.errors import LaneLost, StoreUnavailable
from bridge.verdicts import KNOWN, sentence_of, verdict_on

LONGEST_SLEEP = 60.0
"""Seconds after which the worker looks at the store in any case: clocks are set, machines sleep."""

STORE_PAUSE = 1.0
"""Seconds between two tries to tell a store what it cannot take at the moment."""


class Worker:
    """Carries out the deliveries of one site until it is stopped."""

    def __init__(
        self,
        store: Store,
        attempt: Attempt,
        *,
        config_version: str,
        side_by_side: int,
        clock: Callable[[], datetime],
        spread: Callable[[], float],
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
        """
        self._store = store
        self._attempt = attempt
        self._config_version = config_version
        self._side_by_side = side_by_side
        self._clock = clock
        self._spread = spread
        self._running: set[asyncio.Task[None]] = set()
        self._log = structlog.get_logger()

    async def run(self, stop: asyncio.Event, *, grace: float) -> None:
        """Work until ``stop`` is set; then take nothing more, and let finish what runs.

        Args:
            stop: Set by whoever ends the program.
            grace: Seconds for what runs; what takes longer is left to the next start.
        """
        waker = asyncio.create_task(self._wake_at(stop))
        try:
            await self._work_until(stop)
        finally:
            waker.cancel()
            await self._let_finish(grace)

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._store.arrived.set()

    async def _work_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._store.arrived.clear()
            try:
                for work in await self._take():
                    self._start(work)
                pause = 0.0 if stop.is_set() else await self._pause()
            except StoreUnavailable as error:
                self._log.error("store_unavailable", reason=str(error))
                pause = STORE_PAUSE
            await self._sleep(pause)

    async def _let_finish(self, seconds: float) -> None:
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if late:
            self._log.warning("attempts_interrupted", count=len(late))

    async def _take(self) -> tuple[Work, ...]:
        if self._is_full():
            return ()
        room = self._side_by_side - len(self._running)
        return await self._store.take(room, config_version=self._config_version)

    def _is_full(self) -> bool:
        return len(self._running) > self._side_by_side // 2

    def _start(self, work: Work) -> None:
        task = asyncio.create_task(self._work(work))
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._store.arrived.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # Its deliveries stay running until the next start, which takes them up again.
            self._log.critical("worker_fault", exc_info=error)

    async def _pause(self) -> float:
        """Give the seconds until something falls due that there is room for."""
        if self._is_full():
            return LONGEST_SLEEP
        due = await self._store.next_due()
        if due is None:
            return LONGEST_SLEEP
        return min(max((due - self._clock()).total_seconds(), 0.0), LONGEST_SLEEP)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._store.arrived.wait()
        except TimeoutError:
            return

    async def _work(self, work: Work) -> None:
        began = perf_counter()
        calls = tally.begin()
        timeline = Timeline(work, self._store, self._clock)
        verdict = await self._carry_out(work, timeline)
        await self._finish(work, verdict, timeline)
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

    async def _carry_out(self, work: Work, timeline: Timeline) -> Verdict:
        try:
            return await self._attempt.run(work, timeline)
        except Exception as error:  # noqa: BLE001 - whatever it is, the deliveries go on
            timeline.note("attempt_failed", sentence_of(error))
            if not isinstance(error, KNOWN):
                self._log.exception("attempt_fault", contact=work.contact, attempt=work.attempt)
            return verdict_on(
                error,
                work.deliveries,
                failures=work.failures,
                now=self._clock(),
                spread=self._spread(),
            )

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
