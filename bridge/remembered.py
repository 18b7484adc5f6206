"""What an end says that changes rarely, remembered for a while."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """An answer that is asked for when somebody needs it, and again when it has grown old."""

    def __init__(
        self,
        ask: Callable[[], Awaitable[T]],
        *,
        lasts: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._ask = ask
        self._lasts = lasts
        self._clock = clock
        self._answer: tuple[T, datetime] | None = None
        self._asking = asyncio.Lock()

    async def get(self, *, not_older_than: timedelta | None = None) -> T:
        """Give the answer.

        Args:
            not_older_than: For whoever misses something in it: ask again sooner than usual.

        Raises:
            Exception: What asking raises; nothing is remembered then.
        """
        lasts = self._lasts if not_older_than is None else min(self._lasts, not_older_than)
        # One at a time: a burst after start would ask hundreds of times at once.
        async with self._asking:
            now = self._clock()
            if self._answer is None or not self._answer[1] <= now < self._answer[1] + lasts:
                self._answer = (await self._ask(), now)
            return self._answer[0]

    def forget(self) -> None:
        """Ask afresh the next time."""
        self._answer = None
