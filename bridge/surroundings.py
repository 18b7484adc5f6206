"""What the world gives to the bridge: the time, ids, chance. A test hands in its own."""

import os
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ulid import ULIDGenerator

from bridge.passwords import Choose


def now() -> datetime:
    """Give the present time."""
    return datetime.now(UTC)


class _Ulids:
    """Ids that nobody else has, and that sort by time (https://github.com/ulid/spec)."""

    _TAKEN = 4096
    _RANDOM = 10  # bytes: the 80 random bits of a ULID

    def __init__(self) -> None:
        self._generator = ULIDGenerator(randomness=self._draw)
        self._random = b""

    def __call__(self) -> str:
        """Give the next one."""
        return str(self._generator.generate())

    def _draw(self, _timestamp: int) -> bytes:
        # Chance for many ids at once: each time the system is asked, the event loop gives the
        # interpreter away, and under load waits to have it back.
        if len(self._random) < self._RANDOM:
            self._random = os.urandom(self._TAKEN)
        drawn, self._random = self._random[: self._RANDOM], self._random[self._RANDOM :]
        return drawn


new_ulid: Callable[[], str] = _Ulids()
"""Gives an id; one generator for the process, so that even ids of one millisecond sort."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Handed down from where the program starts; nothing below asks the world by itself."""

    clock: Callable[[], datetime] = now
    new_id: Callable[[], str] = new_ulid
    choose: Choose = secrets.choice
    """Chooses the characters of passwords."""
    spread: Callable[[], float] = field(default=random.SystemRandom().random)
    """A number from 0 to 1: spreads what would otherwise happen at the same time."""
    at: Callable[[str], None] = lambda _point: None
    """Told of every boundary that an attempt crosses; a test ends the process there."""
    lease: timedelta = timedelta(seconds=60)
    """How long other hosts wait for a word of this one before they take its work over."""
