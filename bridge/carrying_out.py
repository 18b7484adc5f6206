"""One contact's deliveries carried out, judged, told to the store and to the log."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from time import perf_counter

import structlog

from bridge import tally
from bridge.attempt import Timeline
from bridge.brakes import Brakes
from bridge.circuit import Destination
from bridge.delivery import Verdict, Work
from bridge.measures import Measures
from bridge.store import Store
from bridge.store.errors import LaneLost, StoreUnavailable
from bridge.trying import Attempt
from bridge.verdicts import KNOWN, destination_of, refuses_everybody, sentence_of, verdict_on

STORE_PAUSE = 1.0
"""Seconds between two tries to tell a store what it cannot take at the moment."""


class CarryingOut:
    """Makes attempts, whatever comes of them, and sees to it that their ends are known."""

    def __init__(
        self,
        store: Store,
        brakes: Brakes,
        trouble_with: Callable[[Destination], Awaitable[Exception | None]],
        *,
        clock: Callable[[], datetime],
        spread: Callable[[], float],
        measures: Measures,
    ) -> None:
        """Take the surroundings.

        Args:
            store: Is told how attempts end.
            brakes: Learn from every attempt.
            trouble_with: Asks an end whether it lets us in; ``None``: it does.
            clock: The present time.
            spread: A random number from 0 to 1, for the schedule.
            measures: Told of every attempt.
        """
        self._store = store
        self._brakes = brakes
        self._trouble_with = trouble_with
        self._clock = clock
        self._spread = spread
        self._measures = measures
        self._log = structlog.get_logger()

    async def of(self, work: Work, attempt: Attempt) -> None:
        """Carry out what waits for one contact, and return once the store knows how it ended."""
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
            self._brakes.learn(error, attempt.quota, contact_alone=alone)
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
            self._brakes.learn(None, attempt.quota)
            return verdict

    async def _concerns_contact_alone(self, error: Exception) -> bool:
        """Where an error may mean one contact or everybody, ask the end whether it lets us in."""
        destination = destination_of(error)
        if destination is None or refuses_everybody(error) is not None:
            return False
        if self._brakes.refuses(destination):
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
