"""Whether anything is asked of one end at the moment, and when it is tried again. Pure.

A circuit is closed while its end is well. It opens after failures in a row, at once where the end
says how long to wait, and at once where it refuses everything until a person acts.
While it is open nothing is asked; after each pause one thing is, and a success closes it.
https://learn.microsoft.com/en-us/azure/architecture/patterns/circuit-breaker
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bridge.schedule import JITTER, LONGEST_RETRY_AFTER

Destination = Literal["keap", "wordpress"]
Why = Literal["down", "throttled", "refusing"]
"""``down``: it may pass; ``throttled``: the end asked for time; ``refusing``: a person must act."""

FAILURES = 3
"""So many failures in a row, without a success between them, open the circuit."""

PAUSES = tuple(timedelta(seconds=s) for s in (5, 10, 20, 40, 80, 160, 300))
"""The pauses between tries; the last one for as long as it takes."""

PAUSES_REFUSING = tuple(timedelta(seconds=s) for s in (5, 60, 120, 300))
"""The same for an end that refuses: it may have been a whim; but nobody mends in seconds."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is asked until it is over; then one thing is."""

    why: Why
    reason: str
    """A sentence for a person."""
    began: datetime
    until: datetime

    def lasts(self, now: datetime) -> bool:
        """Whether it is not over. One that begins in the future is: the clock was set back."""
        return self.began <= now < self.until


@dataclass(frozen=True, slots=True)
class Circuit:
    """What is known of one end. Each method gives the circuit as it is afterwards."""

    failures: int = 0
    """Failures in a row while it was closed."""
    pauses: int = 0
    """Pauses since the end was last seen to work."""
    pause: Pause | None = None
    """``None``: the circuit is closed."""

    def succeeded(self, now: datetime) -> "Circuit":
        """The end did what was asked."""
        if self.pause and self.pause.why == "throttled" and self.pause.lasts(now):
            return self  # it was asked before; that it has to be left alone is still true
        return Circuit()

    def answered_probe(self) -> "Circuit":
        """An end that refused lets us in again; whether it also works is still to be seen."""
        return Circuit(pauses=self.pauses)

    def failed(
        self, reason: str, *, now: datetime, spread: float, retry_after: float | None = None
    ) -> "Circuit":
        """The end was not there, or was not itself.

        Args:
            reason: A sentence for a person.
            now: The present time.
            spread: A random number from 0 to 1.
            retry_after: Seconds that the end asked us to wait, if it did.
        """
        if retry_after is not None:
            return self.throttled(reason, now=now, spread=spread, retry_after=retry_after)
        if self.pause and self.pause.lasts(now):
            return self  # it was asked before the pause, and says nothing new
        counted = replace(self, failures=self.failures + 1)
        if self.pause or counted.failures >= FAILURES:
            return self._paused("down", reason, now=now, length=self._next(PAUSES, spread))
        return counted

    def throttled(
        self, reason: str, *, now: datetime, spread: float, retry_after: float | None
    ) -> "Circuit":
        """The end wants to be left alone, for so many seconds if it said so."""
        asked = min(timedelta(seconds=max(retry_after or 0.0, 0.0)), LONGEST_RETRY_AFTER)
        length = asked * (1 + JITTER * spread)
        if not (self.pause and self.pause.lasts(now)):
            length = max(length, self._next(PAUSES, spread))
        return self.resting(reason, now=now, until=now + length)

    def resting(self, reason: str, *, now: datetime, until: datetime) -> "Circuit":
        """The end is to be left alone until then; a longer or graver pause stays as it is."""
        if self.pause and self.pause.lasts(now):
            graver = self.pause.why == "refusing"
            if graver or self.pause.until >= until:
                return self
        return self._paused("throttled", reason, now=now, length=until - now)

    def refused(self, reason: str, *, now: datetime, spread: float) -> "Circuit":
        """The end lets nobody in until a person has acted."""
        if self.pause and self.pause.why == "refusing" and self.pause.lasts(now):
            return self
        length = self._next(PAUSES_REFUSING, spread)
        return self._paused("refusing", reason, now=now, length=length)

    def hurried(self, now: datetime) -> "Circuit":
        """A person says that it is mended: the pause is over, unless the end asked for it."""
        if self.pause is None or self.pause.why == "throttled":
            return self
        return replace(self, pause=replace(self.pause, until=now))

    def _next(self, pauses: tuple[timedelta, ...], spread: float) -> timedelta:
        return pauses[min(self.pauses, len(pauses) - 1)] * (1 + JITTER * spread)

    def _paused(self, why: Why, reason: str, *, now: datetime, length: timedelta) -> "Circuit":
        pause = Pause(why, reason, began=now, until=now + length)
        return replace(self, pauses=self.pauses + 1, pause=pause)
