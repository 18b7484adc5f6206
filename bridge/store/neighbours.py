"""The other processes that work with the same store: woken, waited for, kept in step with."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Protocol

from bridge.one_at_a_time import OneAtATime


class Neighbours(Protocol):
    """What processes must agree on beyond the rows of the store."""

    async def listen(self, wake: Callable[[], object]) -> None:
        """Call back whenever one of them has something to do for all; until cancelled."""

    def hold(self, key: str) -> AbstractAsyncContextManager[None]:
        """Wait until nobody else holds the key, and hold it inside the block.

        Raises:
            StoreUnavailable: nobody can say who holds it.
        """

    async def pace(self, name: str, every: timedelta, burst: int) -> timedelta:
        """How long to wait before the next call of this name leaves.

        Raises:
            StoreUnavailable: nobody can say how many calls leave.
        """

    async def close(self) -> None:
        """Nothing is held any more."""


class NoNeighbours:
    """One process has the store alone, and remembers by itself."""

    def __init__(self) -> None:
        self._keys = OneAtATime()
        self._next_at: dict[str, timedelta] = {}

    async def listen(self, wake: Callable[[], object]) -> None:
        """Nobody calls."""

    def hold(self, key: str) -> AbstractAsyncContextManager[None]:
        """Wait until nobody else in this process holds the key."""
        return self._keys.hold(key)

    async def pace(self, name: str, every: timedelta, burst: int) -> timedelta:
        """How long to wait, by this process's calls."""
        # The loop's clock, which nobody sets.
        now = timedelta(seconds=asyncio.get_running_loop().time())
        next_at = max(self._next_at.get(name, now), now)
        self._next_at[name] = next_at + every
        return wait_of(next_at - now, every, burst)

    async def close(self) -> None:
        """Nothing was opened."""


def wait_of(ahead: timedelta, every: timedelta, burst: int) -> timedelta:
    """The wait of a call for whose even departure ``ahead`` is still to pass.

    This is a leaky bucket, told as a schedule ("generic cell rate algorithm", ITU-T I.371): a
    call may leave ``burst - 1`` places before its turn, so that so many leave at once after a
    pause, and after that one in ``every``.
    """
    return max(ahead - (burst - 1) * every, timedelta(0))
