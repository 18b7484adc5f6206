"""Puts deliveries into the store at the first argument, printing each id once it is kept."""

import asyncio
import sys
from datetime import UTC, datetime
from itertools import count

from bridge.delivery import NewDelivery
from bridge.store import Store


async def main() -> None:
    """Goes on until it is killed."""
    store = await Store.open(sys.argv[1], clock=lambda: datetime.now(UTC), owner="burst")
    numbers = count(store.unfinished)

    async def put_on() -> None:
        for number in numbers:
            new = NewDelivery(f"{number}", f"{number % 50}", "add", datetime.now(UTC))
            await store.put(new)
            sys.stdout.write(f"{new.id}\n")
            sys.stdout.flush()

    await asyncio.gather(*(put_on() for _ in range(32)))


asyncio.run(main())
