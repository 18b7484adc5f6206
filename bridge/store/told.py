"""Statements about what people were told, so that a start does not tell it again."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from bridge.store.schema import alarms


def told(connection: Connection) -> Mapping[str, datetime]:
    """What was told and is not over, and when."""
    rows = connection.execute(select(alarms.c.name, alarms.c.told_at))
    return dict(rows.tuples().all())


def tell(connection: Connection, name: str, now: datetime) -> None:
    """This was told now, whether for the first time or again."""
    forget(connection, name)
    connection.execute(insert(alarms).values(name=name, told_at=now))


def forget(connection: Connection, name: str) -> None:
    """This is over."""
    connection.execute(delete(alarms).where(alarms.c.name == name))
