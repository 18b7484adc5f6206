"""Processes that share a PostgreSQL database: they wake each other, and keep in step."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from bridge.one_at_a_time import OneAtATime
from bridge.store.engines import CHANNEL, microseconds
from bridge.store.errors import StoreUnavailable
from bridge.store.neighbours import wait_of

RECONNECT_PAUSE = 1.0
"""Seconds between two tries to listen again."""

FIRST_PAUSE = 0.02
LONGEST_PAUSE = 0.25
"""Seconds between two looks at a key that another process holds; that is rare and short."""

_TAKE_KEY = "SELECT pg_try_advisory_lock(hashtextextended(current_schema(), %s))"
_GIVE_KEY = "SELECT pg_advisory_unlock(hashtextextended(current_schema(), %s))"
"""Each schema is the store of a site, and has keys of its own."""

_CHANNEL = f"SELECT {CHANNEL}"

_TAKE_TURN = """
INSERT INTO paces AS known (name, next_at)
VALUES (%(name)s, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) + %(every)s)
ON CONFLICT (name) DO UPDATE SET next_at = %(every)s + greatest(
  known.next_at, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)
)
RETURNING next_at - %(every)s - CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)
"""
"""In one statement, so that no two calls get one turn; gives microseconds until it."""


class PostgresqlNeighbours:
    """All who use one database.

    A connection of its own hears notifications. Another one asks for keys and turns, one short
    question after the other. A lock of PostgreSQL's belongs to a connection, and one connection
    gets it as often as it asks: so within this process keys are kept by :class:`OneAtATime`.
    When the connection breaks, PostgreSQL frees its keys.
    """

    def __init__(self, connecting: Mapping[str, Any]) -> None:
        """Take what libpq needs to connect."""
        self._connecting = dict(connecting)
        self._keys = OneAtATime()
        self._asking = asyncio.Lock()
        self._connection: psycopg.AsyncConnection[Any] | None = None

    async def listen(self, wake: Callable[[], object]) -> None:
        """Call back at each notification, and whenever one may have gone unheard."""
        while True:
            with suppress(psycopg.Error, OSError):
                connection = await self._connect()
                async with connection:
                    await connection.execute(await _listening(connection))
                    wake()
                    async for _ in connection.notifies():
                        wake()
            await asyncio.sleep(RECONNECT_PAUSE)

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """Wait until nobody else holds the key, and hold it inside the block.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        # Hashed: a key may be an address, and the server shows who waits for which lock.
        digest = hashlib.blake2b(f"keap-bridge {key}".encode(), digest_size=8).digest()
        number = int.from_bytes(digest, signed=True)
        async with self._keys.hold(key):
            try:
                await self._take(number)
                yield
            finally:
                # Also after a cancelled question, which may have been answered all the same.
                await asyncio.shield(self._give(number))

    async def pace(self, name: str, every: timedelta, burst: int) -> timedelta:
        """How long to wait, by the calls of all processes and the database's clock.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        ahead = await self._ask(_TAKE_TURN, {"name": name, "every": microseconds(every)})
        return wait_of(timedelta(microseconds=ahead), every, burst)

    async def close(self) -> None:
        """The keys are free."""
        if self._connection is not None:
            await self._connection.close()

    async def _take(self, number: int) -> None:
        pause = FIRST_PAUSE
        while not await self._ask(_TAKE_KEY, [number]):
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _give(self, number: int) -> None:
        # A connection that has broken holds nothing.
        with suppress(StoreUnavailable):
            await self._ask(_GIVE_KEY, [number])

    async def _ask(self, question: str, values: Any) -> Any:
        """The one value that a statement gives."""
        async with self._asking:
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = await self._connect()
                    # A turn or a key need not outlive the server.
                    await self._connection.execute("SET synchronous_commit = off")
                answer = await self._connection.execute(question, values)
                row = await answer.fetchone()
            except psycopg.Error as error:
                if self._connection is not None:
                    await self._connection.close()
                msg = f"The store does not answer: {type(error).__name__}."
                raise StoreUnavailable(msg) from error
        return row and row[0]

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(autocommit=True, **self._connecting)


async def _listening(connection: psycopg.AsyncConnection[Any]) -> Composed:
    """Give the statement that listens to those who share this store; it takes a literal name."""
    answer = await connection.execute(_CHANNEL)
    row = await answer.fetchone()
    return SQL("LISTEN {}").format(Identifier(row[0] if row else ""))
