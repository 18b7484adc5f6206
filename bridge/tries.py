"""How often somebody may try a secret: a few times at once, then ever more slowly."""

from collections.abc import Callable
from datetime import datetime, timedelta

FREE = 5
"""Wrong tries from one address that cost no time."""

FORGOTTEN_AFTER = timedelta(minutes=15)
LONGEST_WAIT = timedelta(minutes=5)
MOST = 1000
"""Addresses remembered; beyond that the one that tried longest ago is forgotten."""


class Tries:
    """Wrong tries by address. Each beyond the free ones doubles the wait, from one second on."""

    def __init__(self, *, clock: Callable[[], datetime], free: int = FREE) -> None:
        self._clock = clock
        self._free = free
        self._wrong: dict[str, tuple[int, datetime]] = {}

    def wait(self, address: str) -> timedelta:
        """Give the time until this address may try again; zero: now."""
        if not self._wrong:
            return timedelta()
        count, last = self._wrong.get(address, (0, self._clock()))
        if count < self._free or self._clock() - last >= FORGOTTEN_AFTER:
            return timedelta()
        pause = min(timedelta(seconds=2 ** min(count - self._free, 20)), LONGEST_WAIT)
        return max(last + pause - self._clock(), timedelta())

    def was_wrong(self, address: str) -> None:
        """Remember a wrong try."""
        now = self._clock()
        count, last = self._wrong.pop(address, (0, now))
        if now - last >= FORGOTTEN_AFTER:
            count = 0
        self._wrong[address] = (count + 1, now)  # at the end: the longest ago stands first
        while len(self._wrong) > MOST:
            del self._wrong[next(iter(self._wrong))]

    def was_right(self, address: str) -> None:
        """Forget the wrong tries of somebody who got in."""
        self._wrong.pop(address, None)
