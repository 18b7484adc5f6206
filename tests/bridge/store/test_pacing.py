"""Calls leave evenly, by whichever process."""

from datetime import timedelta

from bridge.store import Store
from bridge.store.neighbours import wait_of
from tests.bridge.store.conftest import OpenStore

SECOND = timedelta(seconds=1)


def test_a_few_leave_at_once_and_the_others_evenly() -> None:
    """Otherwise Keap would answer a burst with 429, or a single Post would wait for nothing."""
    waits = [wait_of(number * SECOND, SECOND, 3) for number in range(6)]

    assert waits == [0 * SECOND, 0 * SECOND, 0 * SECOND, SECOND, 2 * SECOND, 3 * SECOND]


async def test_calls_of_one_name_share_a_pace(open_store: OpenStore, where: str) -> None:
    """Otherwise every host would use up Keap's quota by itself."""
    stores = [await open_store()]
    if where.startswith("postgresql"):
        stores.append(await open_store())
    hour = timedelta(hours=1)

    waits = [await stores[number % len(stores)].pace("keap", hour, 2) for number in range(5)]
    other = await stores[0].pace("wordpress", hour, 1)

    assert [round(wait / hour, 1) for wait in waits] == [0, 0, 1, 2, 3]
    assert other == timedelta(0)


async def test_a_pause_is_not_saved_up(store: Store) -> None:
    """Otherwise a quiet night would be followed by a thousand calls at once."""
    tick = timedelta(microseconds=1)
    for _ in range(5):
        await store.pace("keap", tick, 1)

    waits = [await store.pace("keap", timedelta(hours=1), 1) for _ in range(2)]

    assert waits[0] < timedelta(minutes=1) < waits[1]
