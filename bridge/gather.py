"""Requests that come while others are under way go together in the next batch. No timers."""

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Generic, TypeVar

RequestT = TypeVar("RequestT")
ResultT = TypeVar("ResultT")


@dataclass(slots=True, eq=False)
class _Caller(Generic[RequestT, ResultT]):
    """One who waits for a result."""

    request: RequestT
    alone: bool
    behind: bool
    result: asyncio.Future[ResultT]
    context: Context = field(default_factory=copy_context)


class Gatherer(Generic[RequestT, ResultT]):
    """Carries requests out in batches that are as small as they can be without waiting.

    A request that finds a free place leaves at once; those that come while all places are taken
    leave together when one is free again.
    Every caller gets a result or an error of its own, and one that is cancelled takes nothing from
    its neighbours.
    A batch runs in the context of its first caller: what is counted there is counted once.
    """

    def __init__(
        self,
        carry_out: Callable[[Sequence[RequestT]], Awaitable[Sequence[ResultT | Exception]]],
        *,
        begin: Callable[[], Awaitable[int]],
        in_flight: int,
        share_out: bool = False,
    ) -> None:
        """Take the surroundings.

        Args:
            carry_out: Gives, for each request in order, its result or its error. What it raises
                every caller of the batch gets.
            begin: Awaited before each batch is put together, so that what comes meanwhile goes
                along; gives how many may go together. It holds a place already. What it raises
                everybody gets who waits by then.
            in_flight: How many batches may be under way at once.
            share_out: Whether what waits is divided among all free places, for a receiver that
                works faster side by side; otherwise one batch takes as much as may go together.
        """
        self._carry_out = carry_out
        self._begin = begin
        self._in_flight = in_flight
        self._share_out = share_out
        self._waiting: deque[_Caller[RequestT, ResultT]] = deque()
        self._beginning: asyncio.Task[None] | None = None
        self._under_way: dict[asyncio.Task[None], list[_Caller[RequestT, ResultT]]] = {}

    async def ask(self, request: RequestT, *, alone: bool = False, behind: bool = False) -> ResultT:
        """Give what becomes of a request.

        Args:
            request: Goes out with those that wait beside it,
            alone: unless it must have a batch to itself;
            behind: after those that are not behind.

        Raises:
            Exception: What ``carry_out`` gives or raises for it, or ``begin`` raises.
        """
        result: asyncio.Future[ResultT] = asyncio.get_running_loop().create_future()
        self._line_up(_Caller(request, alone, behind, result))
        self._begin_next()
        try:
            return await result
        finally:
            if result.cancelled():
                self._end_what_nobody_wants()

    def _line_up(self, caller: _Caller[RequestT, ResultT]) -> None:
        """Let a caller wait at the end, or before all who let others go first."""
        place = len(self._waiting)
        if not caller.behind:
            # All who are behind stand at the end.
            while place and self._waiting[place - 1].behind:
                place -= 1
        self._waiting.insert(place, caller)

    def _begin_next(self) -> None:
        """Let the next batch begin if there is room; one at a time, or two would share few."""
        while self._waiting and self._waiting[0].result.done():
            self._waiting.popleft()  # cancelled meanwhile
        if self._waiting and self._beginning is None and len(self._under_way) < self._in_flight:
            first = self._waiting[0]
            self._beginning = asyncio.create_task(self._run(), context=first.context)
            # Not in a "finally" of its own: a task that is cancelled early never gets there.
            self._beginning.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        for caller in self._under_way.pop(task, ()):
            caller.result.cancel()  # open only where the batch itself was cancelled
        if self._beginning is task:
            self._beginning = None
        self._begin_next()

    async def _run(self) -> None:
        try:
            most = await self._begin()
        except Exception as error:  # noqa: BLE001 - whatever it is, the callers must know
            everybody = [*self._waiting]
            self._waiting.clear()
            _settle(everybody, [error] * len(everybody))
            return
        batch = self._take(most)
        assert self._beginning is not None  # noqa: S101 - for the type checker: it is this task
        self._under_way[self._beginning] = batch
        self._beginning = None
        self._begin_next()
        _settle(batch, await self._outcomes(batch))

    def _take(self, most: int) -> list[_Caller[RequestT, ResultT]]:
        waiting = self._waiting
        if self._share_out:
            most = min(most, math.ceil(len(waiting) / (self._in_flight - len(self._under_way))))
        batch: list[_Caller[RequestT, ResultT]] = []
        while waiting and len(batch) < most:
            if batch and (batch[0].alone or waiting[0].alone):
                break
            caller = waiting.popleft()
            if not caller.result.done():
                batch.append(caller)
        return batch

    async def _outcomes(
        self, batch: Sequence[_Caller[RequestT, ResultT]]
    ) -> Sequence[ResultT | Exception]:
        if not batch:
            return ()
        try:
            outcomes = await self._carry_out([caller.request for caller in batch])
        except Exception as error:  # noqa: BLE001 - whatever it is, the callers must know
            return [error] * len(batch)
        if len(outcomes) != len(batch):
            fault = ValueError(f"{len(outcomes)} outcomes for {len(batch)} requests")
            return [fault] * len(batch)
        return outcomes

    def _end_what_nobody_wants(self) -> None:
        if self._beginning and all(caller.result.done() for caller in self._waiting):
            self._beginning.cancel()
        for task, batch in self._under_way.items():
            if all(caller.result.cancelled() for caller in batch):
                task.cancel()


def _settle(
    batch: Sequence[_Caller[RequestT, ResultT]], outcomes: Sequence[ResultT | Exception]
) -> None:
    for caller, outcome in zip(batch, outcomes, strict=True):
        if caller.result.done():
            continue  # cancelled meanwhile
        if isinstance(outcome, Exception):
            caller.result.set_exception(outcome)
        else:
            caller.result.set_result(outcome)
