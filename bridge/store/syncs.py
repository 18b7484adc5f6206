"""Syncs as the event loop sees them: every call returns when its change is on the disk."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from bridge.store import syncing
from bridge.store.occupancy import Occupancy
from bridge.store.writer import Writer
from bridge.sync_run import Standing, SyncRun, SyncWish


class Syncs:
    """What syncs are to do, and how far they have come; part of a :class:`~bridge.store.Store`."""

    def __init__(
        self, writer: Writer[Any, Any], occupancy: Occupancy, clock: Callable[[], datetime]
    ) -> None:
        self._writer = writer
        self._occupancy = occupancy
        self._clock = clock

    async def begin(self, wish: SyncWish, max_changes: int | None) -> SyncRun:
        """Begin a sync, or let one with the same wish go on.

        Raises:
            SyncUnderWay: another one is not over.
        """
        now = self._clock()
        return await self._writer.run(
            lambda connection: syncing.begin(connection, wish, max_changes, now)
        )

    async def latest(self) -> SyncRun | None:
        """The newest sync, over or not."""
        return await self._writer.run(syncing.latest)

    async def standing(self) -> Standing | None:
        """How far the newest sync has come."""
        return await self._writer.run(syncing.standing)

    async def add_contacts(
        self, run: int, contacts: Sequence[str], cursor: str, *, complete: bool
    ) -> None:
        """The sync has these contacts too, each once; ``complete``: and no others will come."""
        await self._writer.run(
            lambda connection: syncing.add_contacts(
                connection, run, contacts, cursor, complete=complete
            )
        )

    async def queue(self, run: SyncRun, most: int, new_id: Callable[[], str]) -> int:
        """The next contacts of the sync have deliveries that wait; gives how many there were."""
        now = self._clock()
        return await self._writer.run(
            lambda connection: syncing.queue(connection, run, most, new_id, now),
            committed=self._occupancy.came,
        )

    async def note(self, run: int, reason: str) -> None:
        """The sync waits for something; with an empty reason it goes on."""
        await self._writer.run(lambda connection: syncing.note(connection, run, reason))

    async def stop(self, run: int, reason: str) -> None:
        """Nothing more of the sync is begun until a person lets it go on."""
        await self._writer.run(lambda connection: syncing.stop(connection, run, reason))

    async def finish(self, run: int) -> None:
        """The sync is done; what has failed for the moment is tried again by its schedule."""
        now = self._clock()
        await self._writer.run(lambda connection: syncing.finish(connection, run, now))

    async def end(self, run: int, reason: str) -> int:
        """The sync is over before its time; gives how many deliveries will not have their turn."""
        now = self._clock()
        return await self._writer.run(
            lambda connection: syncing.end(connection, run, reason, now),
            committed=self._occupancy.dropped,
        )

    async def linked(self, after: str, most: int) -> list[str]:
        """The contacts that are linked to a user, from after one on."""
        return await self._writer.run(lambda connection: syncing.linked(connection, after, most))

    async def is_turn(self, name: str, every: timedelta, first: timedelta) -> timedelta:
        """How long until something that is done regularly is due; zero: this caller does it now.

        Args:
            name: All with this name count together, whichever process they are in.
            every: The time between two.
            first: The time until the first.
        """
        now = self._clock()
        return await self._writer.run(
            lambda connection: syncing.is_turn(connection, name, every, first, now)
        )
