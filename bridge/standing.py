"""How a site is at this moment, asked at every scrape."""

from collections.abc import Callable
from datetime import datetime

from bridge.metrics import Standing
from bridge.store import Reader, Store
from bridge.store.errors import StoreError
from bridge.worker import Worker


def standing_of(
    where: str, store: Store, worker: Worker, clock: Callable[[], datetime]
) -> Callable[[], Standing]:
    """Give the function that says how a site is; it reads the store, in whatever thread it runs.

    Args:
        where: The store, as ``server.store`` has it.
        store: For what it remembers.
        worker: For what it has learnt of the ends.
        clock: The present time.
    """

    def ask() -> Standing:
        quota = worker.quota
        allowances = {"day": quota.day, "minute": quota.minute} if quota else {}
        return Standing(
            waiting=store.unfinished,
            oldest_seconds=_age(where, clock()),
            well={end: pause is None for end, pause in worker.brakes.pauses().items()},
            quota_left={
                unit: allowance.available
                for unit, allowance in allowances.items()
                if allowance is not None and allowance.available is not None
            },
        )

    return ask


def _age(where: str, now: datetime) -> float:
    """Give the seconds that the oldest unfinished delivery has waited."""
    try:
        oldest = Reader.open(where).oldest_waiting()
    except StoreError:
        return float("nan")  # a scrape goes on: what else it says matters all the more
    return 0.0 if oldest is None else max((now - oldest).total_seconds(), 0.0)
