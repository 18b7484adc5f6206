"""Who may try access keys: whoever guesses them is slowed down, whoever knows one never is."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bridge.tries import MOST, Tries
from bridge.visitors import Visitor

FREE = 20
"""Wrong keys of one sender that cost no time: a campaign may run with a mistyped one."""

TRUSTED_FOR = timedelta(hours=24)
"""Keap sends for all its customers, and for all campaigns, from the same few addresses: one
campaign with a wrong key must not keep the others out."""


class WrongKeys:
    """Remembers, in memory, from where wrong keys came and from where right ones."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._tries = Tries(clock=clock, free=FREE)
        self._right: dict[str, datetime] = {}

    def wait(self, visitor: Visitor) -> timedelta:
        """Give the time until this visitor is listened to again; zero: now."""
        if not visitor.alone or self._is_trusted(visitor.name):
            return timedelta()
        return self._tries.wait(visitor.name)

    def was_wrong(self, visitor: Visitor) -> None:
        """Remember that a wrong key came."""
        if visitor.alone:
            self._tries.was_wrong(visitor.name)

    def was_right(self, visitor: Visitor) -> None:
        """Remember that a right key came."""
        if not visitor.alone:
            return
        self._tries.was_right(visitor.name)
        self._right.pop(visitor.name, None)
        self._right[visitor.name] = self._clock()  # at the end: the longest ago stands first
        while len(self._right) > MOST:
            del self._right[next(iter(self._right))]

    def _is_trusted(self, name: str) -> bool:
        last = self._right.get(name)
        return last is not None and self._clock() - last < TRUSTED_FOR
