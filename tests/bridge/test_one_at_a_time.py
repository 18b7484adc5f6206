"""Locks by key."""

import asyncio

from bridge.one_at_a_time import OneAtATime


async def test_holders_of_one_key_never_meet() -> None:
    """Two contacts with one address would be worked on at once, and make twins."""
    locks = OneAtATime()
    inside: list[str] = []
    most: list[int] = []

    async def work(key: str) -> None:
        async with locks.hold(key):
            inside.append(key)
            most.append(inside.count(key))
            await asyncio.sleep(0)
            inside.remove(key)

    await asyncio.gather(*(work(key) for key in ["a", "b"] * 20))

    assert set(most) == {1}


async def test_different_keys_do_not_wait_for_each_other() -> None:
    """One slow contact would hold up all others."""
    locks = OneAtATime()
    async with locks.hold("a"), asyncio.timeout(5), locks.hold("b"):
        pass


async def test_nothing_is_kept_of_a_key_that_nobody_holds() -> None:
    """Memory would grow with every address that was ever seen."""
    locks = OneAtATime()
    async with locks.hold("a"):
        assert vars(locks)["_locks"]

    assert vars(locks) == {"_locks": {}, "_wanted": {}}
