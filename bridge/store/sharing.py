"""What a store does all the time for the sake of other processes on its database."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bridge.store import arrivals, finishing, leases
from bridge.store.errors import StoreError, StoreUnavailable
from bridge.store.neighbours import Neighbours
from bridge.store.occupancy import Occupancy
from bridge.store.writer import Writer

LOOKS_IN_A_LEASE = 3
"""How often leases are renewed before they would run out: two looks in a row may fail."""


class Sharing:
    """Listens to the others, renews this process's leases, takes over from the dead.

    Args:
        neighbours: The others.
        writer: Writes to the store.
        occupancy: What this process works on.
        lease: How long its attempts hold their lanes without a word.
        clock: The time now.
        wake: Called when there may be something to take.
    """

    def __init__(
        self,
        neighbours: Neighbours,
        writer: Writer[Any, Any],
        occupancy: Occupancy,
        *,
        lease: timedelta,
        clock: Callable[[], datetime],
        wake: Callable[[], object],
    ) -> None:
        self._neighbours = neighbours
        self._writer = writer
        self._occupancy = occupancy
        self._lease = lease
        self._clock = clock
        self._wake = wake
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """Listen and look from now on."""
        self._tasks = [
            asyncio.create_task(self._neighbours.listen(self._wake)),
            asyncio.create_task(self._look_again_and_again()),
        ]

    async def end(self) -> None:
        """Listen and look no more, and let go of what this process works on."""
        if not self._tasks:
            return
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        # Without this the others would wait for the leases to run out.
        with suppress(StoreUnavailable):
            await self._writer.run(self._let_go)

    async def look(self) -> None:
        """Renew the leases, and take over what others have let run out.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        taken_over, _ = await self._writer.run(self._renew, committed=self._looked)
        if taken_over:
            self._wake()

    async def _look_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(self._lease.total_seconds() / LOOKS_IN_A_LEASE)
            # While the database does not answer nobody else takes anything over either.
            with suppress(StoreError, SQLAlchemyError):
                await self.look()

    # The rest runs in the writer's thread.

    def _renew(self, connection: Connection) -> tuple[int, int]:
        """How many lanes were taken over, and how many deliveries are not finished."""
        leases.renew(connection, self._occupancy.working, self._lease)
        taken_over = leases.take_over(connection, self._clock())
        return taken_over, arrivals.count_open(connection)

    def _looked(self, found: tuple[int, int]) -> None:
        _, self._occupancy.unfinished = found

    def _let_go(self, connection: Connection) -> None:
        if self._occupancy.working:
            finishing.interrupt(connection, self._occupancy.working, self._clock())
            leases.wake_others(connection)
