"""What is stored of contacts, and how it goes again."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bridge.delivery import State
from bridge.store import belongings
from bridge.store.occupancy import Occupancy
from bridge.store.writer import Writer


class Records:
    """Forgets contacts and old deliveries; part of a :class:`~bridge.store.Store`."""

    def __init__(
        self, writer: Writer[Any, Any], occupancy: Occupancy, clock: Callable[[], datetime]
    ) -> None:
        self._writer = writer
        self._occupancy = occupancy
        self._clock = clock

    async def forget(self, contact: str) -> int:
        """Nothing is stored of the contact any more; gives how many deliveries there were.

        Raises:
            ContactBusy: an attempt is at work on the contact.
        """
        gone, _ = await self._writer.run(
            lambda connection: belongings.forget(connection, contact),
            committed=lambda forgotten: self._occupancy.dropped(forgotten[1]),
            contact=contact,
        )
        return gone

    async def sweep(self, state: State, older_than: timedelta, *, pause: float) -> int:
        """Deliveries that ended in a state so long ago are gone; gives how many there were.

        Args:
            state: Those in this state.
            older_than: How long they are kept.
            pause: Seconds between two of many small transactions, for Posts that arrive.
        """
        before, swept, after = self._clock() - older_than, 0, 0
        while True:
            look = partial(belongings.sweep, state=state, before=before, after=after)
            page = await self._writer.run(look)
            swept += page.swept
            if page.after is None:
                return swept
            after = page.after
            await asyncio.sleep(pause)
