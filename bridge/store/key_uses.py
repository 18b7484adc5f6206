"""When each access key was used last, for those who want to know whether an old one can go."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bridge.store.engines import Upsert
from bridge.store.errors import StoreUnavailable
from bridge.store.schema import key_uses
from bridge.store.writer import Writer

EVERY = timedelta(minutes=1)
"""A key in use is noted no more often than this."""

_upsert = Upsert(key_uses, key_uses.c.name, lambda new: {"last_used_at": new.last_used_at})


class KeyUses:
    """Notes the use of access keys; part of a :class:`~bridge.store.Store`."""

    def __init__(self, writer: Writer[Any, Any], clock: Callable[[], datetime]) -> None:
        self._writer = writer
        self._clock = clock
        self._noted: dict[str, datetime] = {}

    def used(self, name: str) -> None:
        """The store will say that the key was used just now; nobody waits for it.

        What is put in the same turn of the event loop shares its commit.
        """
        now = self._clock()
        last = self._noted.get(name)
        if last is not None and timedelta() <= now - last < EVERY:
            return
        self._noted[name] = now
        row = {"name": name, "last_used_at": now}

        def note(connection: Connection) -> None:
            connection.execute(_upsert.on(connection), row)

        try:
            noted = self._writer.run(note)
        except StoreUnavailable:
            return  # the Post that follows will say so
        noted.add_done_callback(lambda done: done.cancelled() or done.exception())
