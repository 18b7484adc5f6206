"""What people were told, as the event loop sees it; a start does not tell it again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from bridge.store.schema import alarms
from bridge.store.writer import Writer


class Alarms:
    """What was told and is not over; part of a :class:`~bridge.store.Store`."""

    def __init__(self, writer: Writer[Any, Any]) -> None:
        self._writer = writer

    async def told(self) -> Mapping[str, datetime]:
        """What was told, and when."""

        def read(connection: Connection) -> Mapping[str, datetime]:
            rows = connection.execute(select(alarms.c.name, alarms.c.told_at))
            return {row.name: row.told_at for row in rows}

        return await self._writer.run(read)

    async def tell(self, name: str, at: datetime) -> None:
        """This was told then, whether for the first time or again."""

        def write(connection: Connection) -> None:
            connection.execute(delete(alarms).where(alarms.c.name == name))
            connection.execute(insert(alarms).values(name=name, told_at=at))

        await self._writer.run(write)

    async def forget(self, name: str) -> None:
        """This is over."""
        gone = delete(alarms).where(alarms.c.name == name)
        await self._writer.run(lambda connection: connection.execute(gone))
