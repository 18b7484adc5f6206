"""From time to time all linked users are done afresh: for Posts that never came."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import structlog

from bridge.backfill import Backfill
from bridge.store import Store
from bridge.store.errors import StoreError
from bridge.sync_run import SyncWish

LINKED = SyncWish("linked")

LONGEST_SLEEP = 3600.0
"""Seconds after which the time is looked at in any case: clocks are set, machines sleep."""

STORE_PAUSE = 60.0
"""Seconds after which a store that could not answer is asked again."""


async def reconcile(
    store: Store, backfill: Backfill, every: timedelta, *, spread: Callable[[], float]
) -> None:
    """Begin a sync of all linked users every so often, until cancelled.

    The store remembers when, so that neither a restart begins one nor two hosts begin two.
    While a sync is under way, or has been stopped for a person to look at, none is begun.

    Args:
        store: Where it is remembered.
        backfill: Carries it out.
        every: The time between two.
        spread: A random number from 0 to 1: the first comes within the first span.
    """
    log = structlog.get_logger()
    while True:
        try:
            wait = await store.syncs.is_turn("sync.linked_every", every, every * spread())
            if wait == timedelta(0):
                latest = await store.syncs.latest()
                if latest is not None and latest.state in ("open", "stopped"):
                    log.warning("reconcile_left_out", run=latest.number, state=latest.state)
                else:
                    await backfill.begin(LINKED)
            seconds = min(wait.total_seconds(), LONGEST_SLEEP)
        except StoreError as error:
            log.warning("reconcile_not_begun", reason=str(error))
            seconds = STORE_PAUSE
        await asyncio.sleep(seconds)
