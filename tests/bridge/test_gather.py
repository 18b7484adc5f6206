"""Requests gathered into batches."""

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar

import pytest

from bridge.gather import Gatherer


class Receiver:
    """Takes batches, remembers them, and answers when the test lets it."""

    def __init__(self, most: int = 3) -> None:
        self.most = most
        self.batches: list[Sequence[int]] = []
        self.under_way = 0
        self.most_under_way = 0
        self.answering = asyncio.Event()
        self.beginning = asyncio.Event()
        self.beginning.set()

    async def begin(self) -> int:
        """Wait until the test lets the next batch begin."""
        await self.beginning.wait()
        return self.most

    async def carry_out(self, batch: Sequence[int]) -> Sequence[str | Exception]:
        """Answer even numbers, fail odd ones by themselves, and 100 with all its neighbours."""
        self.batches.append(batch)
        self.under_way += 1
        self.most_under_way = max(self.under_way, self.most_under_way)
        try:
            await self.answering.wait()
        finally:
            self.under_way -= 1
        if 100 in batch:
            raise ConnectionError
        return [KeyError(each) if each % 2 else f"done {each}" for each in batch]

    def gatherer(self, *, in_flight: int = 1, share_out: bool = False) -> Gatherer[int, str]:
        """Give a gatherer that sends here."""
        return Gatherer(self.carry_out, begin=self.begin, in_flight=in_flight, share_out=share_out)


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def asking(
    gatherer: Gatherer[int, str], *requests: int, alone: bool = False
) -> list[asyncio.Task[str]]:
    """Ask, one task for each request, and let them get as far as they can."""
    tasks = [asyncio.create_task(gatherer.ask(each, alone=alone)) for each in requests]
    await settle()
    return tasks


async def outcomes(tasks: Sequence[asyncio.Task[str]]) -> list[str | BaseException]:
    """Wait for what became of the requests."""
    async with asyncio.timeout(5):
        return await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_lone_request_leaves_at_once_and_the_others_together_after_it() -> None:
    """A single Post would wait for company, or a burst would cost a request for each."""
    receiver = Receiver()
    gatherer = receiver.gatherer()
    tasks = await asking(gatherer, 2)
    assert receiver.batches == [[2]]

    tasks += await asking(gatherer, 4, 6, 8, 10)
    assert receiver.batches == [[2]]

    receiver.answering.set()
    assert await outcomes(tasks) == ["done 2", "done 4", "done 6", "done 8", "done 10"]
    assert receiver.batches == [[2], [4, 6, 8], [10]]


async def test_what_comes_before_a_batch_may_begin_goes_along() -> None:
    """Pacing would let many small batches queue up, rather than few large ones."""
    receiver = Receiver()
    receiver.answering.set()
    receiver.beginning.clear()
    gatherer = receiver.gatherer(in_flight=2)
    tasks = [*await asking(gatherer, 2), *await asking(gatherer, 4)]
    receiver.beginning.set()

    await outcomes(tasks)
    assert receiver.batches == [[2, 4]]


async def test_no_more_batches_are_under_way_than_allowed() -> None:
    """WordPress would get more requests at once than its owner allows."""
    receiver = Receiver(most=1)
    gatherer = receiver.gatherer(in_flight=2)
    tasks = await asking(gatherer, *range(0, 20, 2))
    assert receiver.batches == [[0], [2]]

    receiver.answering.set()
    await outcomes(tasks)
    assert receiver.most_under_way == 2
    assert len(receiver.batches) == 10


@pytest.mark.parametrize(
    ("requests", "sizes"), [(1, [1]), (4, [2, 1, 1]), (9, [3, 3, 3]), (60, [10, 10, 10])]
)
async def test_what_waits_is_shared_out_among_free_places(requests: int, sizes: list[int]) -> None:
    """A few new users would be made one after the other while half of the server is idle."""
    receiver = Receiver(most=10)
    gatherer = receiver.gatherer(in_flight=3, share_out=True)
    tasks = await asking(gatherer, *(2 * each for each in range(requests)))

    assert [len(batch) for batch in receiver.batches][: len(sizes)] == sizes[:requests]
    receiver.answering.set()
    await outcomes(tasks)
    assert sum(len(batch) for batch in receiver.batches) == requests


async def test_each_caller_gets_an_outcome_of_its_own() -> None:
    """One contact with a fault would fail its neighbours, or get the result of another."""
    receiver = Receiver()
    receiver.answering.set()
    first, second, third = await outcomes(await asking(receiver.gatherer(), 2, 3, 4))

    assert (first, third) == ("done 2", "done 4")
    assert isinstance(second, KeyError)


async def test_a_batch_that_fails_fails_its_callers_and_nobody_else() -> None:
    """A connection that breaks would leave attempts hanging, or stop all that come later."""
    receiver = Receiver()
    receiver.answering.set()
    gatherer = receiver.gatherer()
    failed = await outcomes(await asking(gatherer, 2, 100, 4))
    later = await outcomes(await asking(gatherer, 6))

    assert {type(each) for each in failed} == {ConnectionError}
    assert later == ["done 6"]


async def test_a_beginning_that_fails_fails_all_who_wait() -> None:
    """Each of hundreds would look for a site in vain that is known to be away."""
    begun = 0

    async def begin() -> int:
        nonlocal begun
        begun += 1
        raise ConnectionError

    gatherer: Gatherer[int, str] = Gatherer(
        Receiver().carry_out, begin=begin, in_flight=2, share_out=True
    )
    tasks = [asyncio.create_task(gatherer.ask(each, alone=each == 2)) for each in range(8)]
    failed = await outcomes(tasks)

    assert {type(each) for each in failed} == {ConnectionError}
    assert begun == 1


async def test_a_receiver_that_answers_too_little_is_an_error() -> None:
    """The callers without an answer would wait for ever."""

    async def carry_out(batch: Sequence[int]) -> Sequence[str]:
        return ["one"] if batch else []

    gatherer: Gatherer[int, str] = Gatherer(carry_out, begin=Receiver().begin, in_flight=1)

    assert {type(each) for each in await outcomes(await asking(gatherer, 2, 4))} == {ValueError}


async def test_one_that_must_go_alone_goes_alone_and_in_its_turn() -> None:
    """A document that breaks WordPress would take its neighbours along each time it is tried."""
    receiver = Receiver()
    gatherer = receiver.gatherer()
    tasks = await asking(gatherer, 2)
    tasks += await asking(gatherer, 4, 6)
    tasks += await asking(gatherer, 8, alone=True)
    tasks += await asking(gatherer, 10, 12)
    receiver.answering.set()

    await outcomes(tasks)
    assert receiver.batches == [[2], [4, 6], [8], [10, 12]]


async def test_a_cancelled_caller_harms_nobody() -> None:
    """An attempt that is broken off would take its neighbours' results with it."""
    receiver = Receiver()
    gatherer = receiver.gatherer()
    under_way = await asking(gatherer, 2, 4)
    waiting = await asking(gatherer, 6, 8)
    for task in (under_way[0], waiting[0]):
        task.cancel()
    await settle()
    receiver.answering.set()

    assert await outcomes([under_way[1], waiting[1]]) == ["done 4", "done 8"]
    assert receiver.batches == [[2, 4], [8]]


async def test_a_batch_that_nobody_waits_for_any_more_is_broken_off() -> None:
    """Requests would go on after the bridge was told to stop, and hold a place."""
    receiver = Receiver()
    gatherer = receiver.gatherer()
    for task in await asking(gatherer, 2, 4):
        task.cancel()
    await settle()
    assert receiver.under_way == 0

    receiver.answering.set()
    assert await outcomes(await asking(gatherer, 6)) == ["done 6"]


@pytest.mark.parametrize("begun", [True, False])
async def test_a_beginning_that_nobody_waits_for_holds_nobody_up(*, begun: bool) -> None:
    """After a caller that was cancelled early, no batch would ever leave again."""
    receiver = Receiver()
    receiver.answering.set()
    receiver.beginning.clear()
    gatherer = receiver.gatherer()
    task = asyncio.create_task(gatherer.ask(2))
    for _ in range(2 if begun else 1):
        await asyncio.sleep(0)
    task.cancel()
    later = asyncio.create_task(gatherer.ask(4))
    await settle()
    receiver.beginning.set()

    assert await outcomes([later]) == ["done 4"]
    assert receiver.batches == [[4]]


async def test_a_batch_runs_in_the_context_of_its_first_caller() -> None:
    """A call that several attempts share would be counted for none, or for a finished one."""
    who: ContextVar[str] = ContextVar("who")
    seen: list[str] = []

    async def carry_out(batch: Sequence[str]) -> Sequence[str]:
        await asyncio.sleep(0)
        seen.append(f"{who.get()} carries {''.join(batch)}")
        return batch

    gatherer: Gatherer[str, str] = Gatherer(carry_out, begin=Receiver().begin, in_flight=1)

    async def ask(name: str) -> None:
        who.set(name)
        await gatherer.ask(name)

    async with asyncio.timeout(5):
        await asyncio.gather(*(ask(name) for name in "abcde"))

    assert seen == ["a carries abc", "d carries de"]


async def test_who_is_behind_lets_others_go_first() -> None:
    """A Post would wait until all of a backfill has left."""
    receiver = Receiver(most=2)
    gatherer = receiver.gatherer()
    tasks = [asyncio.create_task(gatherer.ask(2, behind=True))]
    await settle()
    for each in (4, 6):
        tasks.append(asyncio.create_task(gatherer.ask(each, behind=True)))
        await settle()
    for each in (8, 10):
        tasks.append(asyncio.create_task(gatherer.ask(each)))
        await settle()
    receiver.answering.set()
    await asyncio.gather(*tasks)

    assert receiver.batches == [[2], [8, 10], [4, 6]]
