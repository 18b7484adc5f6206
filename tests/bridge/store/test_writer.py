"""What gathers while one transaction is committed shares the next one."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from bridge.delivery import NewDelivery, Step, Work
from bridge.store import LaneLost, Reader, Store, StoreBusy
from bridge.store.store import _CAPACITY
from tests.bridge.store.conftest import OpenStore
from tests.bridge.store.examples import NOON, post


class Commits:
    """Counts commits, and can keep one from ending."""

    def __init__(self) -> None:
        self.number = 0
        self.begun = threading.Event()
        self.may_end = threading.Event()
        self.may_end.set()

    def __call__(self, point: str) -> None:
        """The store's ``at``."""
        if point == "store_after_commit":
            self.number += 1
            return
        self.begun.set()
        assert self.may_end.wait(60)


class HeldStore:
    """A store whose writer is in the middle of a commit until it is let go."""

    def __init__(self, store: Store, commits: Commits) -> None:
        self.store = store
        self.commits = commits

    async def hold(self) -> "asyncio.Task[None]":
        """One put that is being committed; what comes now can only gather."""
        self.commits.begun.clear()
        self.commits.may_end.clear()
        first = asyncio.create_task(self.store.put(post("first", "0")))
        await asyncio.to_thread(self.commits.begun.wait, 60)
        self.commits.number = 0
        return first

    def let_go(self) -> None:
        """The commit ends."""
        self.commits.may_end.set()


@pytest.fixture
async def held(open_store: OpenStore) -> AsyncIterator[HeldStore]:
    """A store that can be held."""
    commits = Commits()
    held = HeldStore(await open_store(at=commits), commits)
    yield held
    held.let_go()


async def test_what_gathers_shares_a_commit(held: HeldStore, where: str) -> None:
    """Otherwise each Post of a burst would cost a commit, or the order of arrival be lost."""
    first = await held.hold()
    putting = [asyncio.create_task(held.store.put(post(f"{number}"))) for number in range(500)]
    await asyncio.sleep(0)
    assert not any(put.done() for put in (first, *putting))

    held.let_go()
    await asyncio.gather(first, *putting)

    assert held.commits.number == 2
    kept = [each.id for each in reversed(Reader.open(where).deliveries(limit=600))]
    assert kept == ["first", *(f"{number}" for number in range(500))]


async def test_nothing_is_said_before_the_commit(held: HeldStore, where: str) -> None:
    """Otherwise 200 would be answered for what a kill at that moment loses."""
    first = await held.hold()
    await asyncio.sleep(0.05)

    assert not first.done()
    assert Reader.open(where).deliveries() == []
    assert not held.store.arrived.is_set()
    held.let_go()
    await first


async def test_bad_job_fails_alone(held: HeldStore, where: str) -> None:
    """Otherwise one late attempt would have its neighbours answered 503."""
    store = held.store
    await store.put(post("a"))
    (work,) = await store.take(1)
    stale = Work("7", work.deliveries, None, 0, (), attempt=999)
    first = await held.hold()
    tasks = [
        asyncio.ensure_future(each)
        for each in (
            store.step(work, Step(NOON, "contact_read")),
            store.step(stale, Step(NOON, "user_created")),
            store.put(post("b", "8")),
            store.put(NewDelivery("c", None, "add", NOON)),  # type: ignore[arg-type]  # a mistake
            store.put(post("d", "9")),
            store.step(work, Step(NOON, "password_returned")),
        )
    ]
    await asyncio.sleep(0)

    held.let_go()
    results = await asyncio.gather(first, *tasks, return_exceptions=True)

    failed = [number for number, result in enumerate(results) if result is not None]
    assert failed == [2, 4]
    assert isinstance(results[2], LaneLost)
    # The held one, the Posts, what the attempt asks for, and whether "c" was there already.
    assert held.commits.number == 4
    assert {each.id for each in Reader.open(where).deliveries()} == {"a", "first", "b", "d"}
    (attempt,) = Reader.open(where).timeline("a")
    assert [step.name for step in attempt.steps] == ["contact_read", "password_returned"]
    assert store.unfinished == 4


async def test_too_much_to_write_is_refused(held: HeldStore) -> None:
    """Otherwise a disk that has become slow would fill the memory."""
    first = await held.hold()
    putting = [
        asyncio.create_task(held.store.put(post(f"{number}"))) for number in range(_CAPACITY + 1)
    ]
    await asyncio.sleep(0)

    held.let_go()
    results = await asyncio.gather(first, *putting, return_exceptions=True)

    assert [type(result) for result in results] == [type(None)] * (_CAPACITY + 1) + [StoreBusy]
    assert held.store.unfinished == _CAPACITY + 1


async def test_caller_that_gave_up_disturbs_nobody(held: HeldStore, where: str) -> None:
    """Otherwise one sender that hung up would keep the others from their answers."""
    first = await held.hold()
    putting = [asyncio.create_task(held.store.put(post(f"{number}"))) for number in range(3)]
    await asyncio.sleep(0)
    putting[1].cancel()

    held.let_go()
    await asyncio.gather(first, putting[0], putting[2])

    assert putting[1].cancelled()
    assert {each.id for each in Reader.open(where).deliveries()} == {"first", "0", "1", "2"}
