"""How fast calls to Keap may leave."""

import asyncio
import selectors
from typing import Any

import pytest

from bridge.pace import pace_of
from bridge.store.neighbours import NoNeighbours

TICK = 1e-6
"""Seconds that a round of the event loop takes: time never stands quite still."""


class Leap(selectors.DefaultSelector):
    """Waits for nothing: the time that it would have waited has passed at once."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        """Let the time pass."""
        self.passed += (timeout or 0.0) + TICK
        return super().select(0)


class LeapingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock is moved on by its waiting."""

    def __init__(self) -> None:
        self._leap = Leap()
        super().__init__(self._leap)

    def time(self) -> float:
        """Give the seconds that have passed."""
        return self._leap.passed


def departures(calls_per_minute: int, calls: int) -> list[float]:
    """Give the seconds at which so many calls leave that all want to leave at once."""
    left: list[float] = []

    async def leave_all() -> None:
        pace, alone = pace_of(calls_per_minute), NoNeighbours()
        for _ in range(calls):
            wait = await alone.pace("keap", pace.every, pace.at_once)
            await asyncio.sleep(wait.total_seconds())
            left.append(asyncio.get_running_loop().time())

    loop = LeapingLoop()
    try:
        loop.run_until_complete(leave_all())
    finally:
        loop.close()
    return left


def most_within(seconds: float, left: list[float]) -> int:
    """Give the most that leave within so long, whenever it begins."""
    return max(sum(start <= each < start + seconds for each in left) for start in left)


@pytest.mark.parametrize("calls_per_minute", [1, 3, 5, 6, 60, 200, 240])
def test_no_minute_and_no_second_holds_more_calls_than_allowed(calls_per_minute: int) -> None:
    """Keap would answer 429 in every burst, and its other users' calls would fail too."""
    left = departures(calls_per_minute, min(3 * calls_per_minute, 500))

    assert most_within(59.99, left) <= calls_per_minute
    assert most_within(0.99, left) < 10


def test_the_minute_is_made_use_of() -> None:
    """A burst would take longer than Keap demands."""
    assert most_within(60.01, departures(200, 600)) >= 195


def test_a_few_calls_leave_at_once() -> None:
    """A single Post would wait for the bucket to leak."""
    assert departures(200, 5)[-1] < 0.001
