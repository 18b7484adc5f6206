"""Meets a full disk in the store at the first argument, and says as JSON what was kept.

The process limits the size of the files that it may write: to SQLite that is a broken disk.
"""

import asyncio
import json
import resource
import sys
from datetime import UTC, datetime

from bridge.delivery import NewDelivery, Verdict
from bridge.store import Store, StoreUnavailable


def limit_files(size: int) -> None:
    """No file may grow beyond so many bytes."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))


async def main() -> None:
    """Puts until the disk is full, tries again, and once more when there is room."""
    kept: list[str] = []
    refused: list[str] = []
    said: set[str] = set()
    store = await Store.open(sys.argv[1], clock=lambda: datetime.now(UTC), owner="here")

    async def put(name: str) -> None:
        try:
            await store.put(NewDelivery(name, name, "add", datetime.now(UTC)))
            kept.append(name)
        except StoreUnavailable as error:
            refused.append(name)
            said.add(str(error))

    await put("before")
    (work,) = await store.take(1)
    limit_files(150_000)
    while not refused:
        await asyncio.gather(*(put(f"{len(kept)}.{number}") for number in range(8)))
    # SQLite has made room by emptying its log; now there is none left for that either.
    limit_files(1_000)
    await put("still full")
    limit_files(resource.getrlimit(resource.RLIMIT_FSIZE)[1])
    await put("after")
    # The attempt was under way all the time, and nobody else has got its contact.
    retaken = [other.contact for other in await store.take(1000)].count(work.contact)
    await store.finish(work, Verdict("done"))
    unfinished = store.unfinished
    await store.close()
    result = {
        "kept": kept,
        "refused": refused,
        "said": sorted(said),
        "retaken": retaken,
        "unfinished": unfinished,
    }
    sys.stdout.write(json.dumps(result))


asyncio.run(main())
