"""How many roles have been taken away of late, counted by all processes together."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from bridge.store.schema import removals
from bridge.store.writer import Writer

_forget = delete(removals).where(removals.c.at <= bindparam("since"))
_known = select(removals.c.delivery).where(removals.c.delivery == bindparam("delivery"))
_count = select(func.coalesce(func.sum(removals.c.roles), 0)).where(
    removals.c.at > bindparam("since")
)
_add = insert(removals)


class Removals:
    """The roles taken away; each call returns when its change is on the disk."""

    def __init__(
        self,
        writer: Writer[Any, Any],
        hold: Callable[[str], AbstractAsyncContextManager[None]],
        clock: Callable[[], datetime],
    ) -> None:
        """Take the store's writer, its keys and its clock."""
        self._writer = writer
        self._hold = hold
        self._clock = clock

    async def count(self, within: timedelta) -> int:
        """How many roles have been taken away in this time."""
        since = self._clock() - within
        return await self._writer.run(lambda connection: _number(connection, since))

    async def add(
        self, delivery: str, roles: int, *, within: timedelta, most: int | None = None
    ) -> bool:
        """A delivery takes so many roles away; ``False``, and not counted: they are too many.

        What was counted for the delivery already is not counted again: an attempt that was cut
        short is repeated. What is older than ``within`` is forgotten.

        Args:
            delivery: The id of the delivery that stands for the attempt.
            roles: How many.
            within: The time that is looked back upon.
            most: How many may be taken away in it; ``None``: these are taken away already.
        """
        now = self._clock()

        def add(connection: Connection) -> bool:
            since = now - within
            connection.execute(_forget, {"since": since})
            if connection.scalar(_known, {"delivery": delivery}) is not None:
                return True
            if most is not None and _number(connection, since) + roles > most:
                return False
            connection.execute(_add, {"delivery": delivery, "at": now, "roles": roles})
            return True

        # Not two processes at once: neither would see what the other one is about to count.
        async with self._hold("removals"):
            return await self._writer.run(add)


def _number(connection: Connection, since: datetime) -> int:
    number: int = connection.scalars(_count, {"since": since}).one()
    return number
