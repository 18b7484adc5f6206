"""Old deliveries go once a day, as ``server.retention`` says."""

import asyncio

import structlog

from bridge.config import Retention
from bridge.delivery import State
from bridge.store import Store
from bridge.store.errors import StoreError

FIRST = 60.0
"""Seconds after the start, which has better things to do."""

EVERY = 24 * 3600.0
"""Seconds from one sweep to the next."""

PAUSE = 0.05
"""Seconds between two small transactions of a sweep, which takes a hundredth of that."""

SWEPT: tuple[State, ...] = ("done", "ignored", "failed", "held")


async def sweep_daily(
    store: Store,
    retention: Retention,
    *,
    first: float = FIRST,
    every: float = EVERY,
    pause: float = PAUSE,
) -> None:
    """Sweep for ever; a store in trouble is left alone until the next day."""
    log = structlog.get_logger()
    await asyncio.sleep(first)
    while True:
        try:
            swept = await sweep(store, retention, pause=pause)
        except StoreError as error:
            log.warning("sweep_broken_off", reason=str(error))
        else:
            if swept:
                log.info("deliveries_swept", **swept)
        await asyncio.sleep(every)


async def sweep(store: Store, retention: Retention, *, pause: float = PAUSE) -> dict[str, int]:
    """Delete what is older than it may be; give how many deliveries of which states there were."""
    swept: dict[str, int] = {}
    for state in SWEPT:
        age = getattr(retention, state)
        if age is not None and (count := await store.records.sweep(state, age, pause=pause)):
            swept[state] = count
    return swept
