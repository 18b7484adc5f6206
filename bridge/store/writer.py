"""One thread with one connection does every write, and commits all that has gathered at once.

While one transaction is being committed, new jobs gather; they all share the next transaction.
So a burst costs a fraction of a commit each, and a lone job waits for nobody: there is no timer.
SQLite up to 3.51.2 can lose commits when one connection checkpoints while another writes
(https://www.sqlite.org/wal.html#walresetbug): here one connection does both.
"""

import asyncio
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bridge.store.engines import is_conflict, is_storage_trouble, said_by
from bridge.store.errors import StoreBusy, StoreError, StoreUnavailable

T = TypeVar("T")
Item = TypeVar("Item")
Made = TypeVar("Made")


MOST_TRIES = 5
"""How often a group is written that other transactions get in the way of."""


@dataclass(frozen=True, slots=True)
class _Job:
    contact: str | None
    run: Callable[[Connection], Any]
    committed: Callable[[Any], object]
    future: "asyncio.Future[Any]"


@dataclass(frozen=True, slots=True)
class _Row:
    contact: str
    item: Any
    future: "asyncio.Future[Any]"


class Writer(Generic[Item, Made]):
    """Runs jobs in a thread of its own; a job's result is there once it is on the disk.

    Args:
        connect: opens the connection, and sets right what an unconfirmed commit may have left;
            called in the thread, first by the first job and then after any trouble.
        begin: called first in each transaction that has jobs, with the contacts of all in it.
        write_rows: writes all rows of a group, giving one result a row.
        write_at_once: the same, and commits them, where there is nothing else in a group; in fewer
            words with the database. ``None``: that cannot be, and nothing was done.
        rows_committed: told the results of all rows of a group, in the thread, after the commit.
        capacity: how many jobs and rows may gather.
        at: told ``store_before_commit`` and ``store_after_commit``, in the thread.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        write_rows: Callable[[Connection, Sequence[Item]], Sequence[Made]],
        write_at_once: Callable[[Connection, Sequence[Item]], Sequence[Made] | None],
        *,
        begin: Callable[[Connection, Collection[str]], object],
        rows_committed: Callable[[Sequence[Made]], object],
        capacity: int,
        at: Callable[[str], object],
    ) -> None:
        self._connect = connect
        self._begin = begin
        self._write_rows = write_rows
        self._write_at_once = write_at_once
        self._rows_committed = rows_committed
        self._capacity = capacity
        self._at = at
        self._loop = asyncio.get_running_loop()
        self._gathered: list[_Job | _Row] = []
        self._will_notify = False
        self._closed = False
        self._changed = threading.Condition()
        self._connection: Connection | None = None
        # As a daemon: a program that ends without closing the store ends all the same.
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()

    def write(self, item: Item, *, contact: str) -> "asyncio.Future[Made]":
        """The result of one row about a contact, once it is committed.

        Raises:
            StoreBusy: too much has gathered.
            StoreUnavailable: the writer is closed.
        """
        future: asyncio.Future[Made] = self._loop.create_future()
        self._gather(_Row(contact, item, future))
        return future

    def run(
        self,
        run: Callable[[Connection], T],
        committed: Callable[[T], object] = lambda _: None,
        *,
        contact: str | None = None,
    ) -> "asyncio.Future[T]":
        """The result of a job, perhaps about one contact, once it is committed.

        A job that raises is undone alone; ``committed`` is called in the thread, after the commit.

        Raises:
            StoreBusy: too much has gathered.
            StoreUnavailable: the writer is closed.
        """
        future: asyncio.Future[T] = self._loop.create_future()
        self._gather(_Job(contact, run, committed, future))
        return future

    def tell(self, callback: Callable[..., object], *arguments: object) -> None:
        """From the thread: the event loop calls back, unless it has ended with all who waited."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(callback, *arguments)

    async def close(self) -> None:
        """All that was asked for is done; nothing more is taken on."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        await asyncio.to_thread(self._thread.join)

    def _gather(self, task: _Job | _Row) -> None:
        with self._changed:
            if self._closed:
                msg = "The store is closed."
                raise StoreUnavailable(msg)
            if len(self._gathered) >= self._capacity:
                msg = "The store has more to write than it can keep up with."
                raise StoreBusy(msg)
            self._gathered.append(task)
        # The thread would take the first of many that come in the same turn of the event loop.
        if not self._will_notify:
            self._will_notify = True
            self._loop.call_soon(self._notify)

    def _notify(self) -> None:
        self._will_notify = False
        with self._changed:
            self._changed.notify()

    def _work(self) -> None:
        for group in self._groups():
            self.tell(_settle, self._write_group(group))
        self._disconnect()

    def _groups(self) -> Iterator[list[_Job | _Row]]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._gathered or self._closed)
                if not self._gathered:
                    return
                group, self._gathered = self._gathered, []
            yield group

    def _write_group(self, group: list[_Job | _Row]) -> "list[tuple[asyncio.Future[Any], Any]]":
        """Each future with its result, or with the exception that it gets."""
        rows = [task for task in group if isinstance(task, _Row)]
        jobs = [task for task in group if isinstance(task, _Job)]
        for tries_left in reversed(range(MOST_TRIES)):
            try:
                made, done = self._commit(rows, jobs)
                break
            except Exception as error:  # noqa: BLE001  every caller of the group gets it
                if tries_left and is_conflict(error):
                    continue
                self._disconnect()
                return [(task.future, _failure(error)) for task in group]
        self._rows_committed([each for each in made if not isinstance(each, Exception)])
        for job, result in zip(jobs, done, strict=True):
            if not isinstance(result, Exception):
                job.committed(result)
        futures = [row.future for row in rows] + [job.future for job in jobs]
        return list(zip(futures, [*made, *done], strict=True))

    def _commit(self, rows: list[_Row], jobs: list[_Job]) -> tuple[Sequence[Any], Sequence[Any]]:
        """The results of rows and jobs, committed together."""
        if not jobs and (made := self._commit_at_once(rows)) is not None:
            return made, ()
        try:
            return self._transact(rows, jobs, singly=False)
        except Exception as error:
            if not rows or is_storage_trouble(error):
                raise
        # Rare, and so nothing is prepared for it: a row that fails does not fail its neighbours.
        return self._transact(rows, jobs, singly=True)

    def _commit_at_once(self, rows: list[_Row]) -> Sequence[Any] | None:
        """A result for each row, all committed; ``None``: it is to be done the long way."""
        if self._connection is None:
            return None
        self._at("store_before_commit")
        try:
            made = self._write_at_once(self._connection, [row.item for row in rows])
        except Exception:  # noqa: BLE001  the long way meets it again, and knows what it means
            # What was committed all the same is found there, as a row that is there already.
            self._connection.invalidate()  # SQLAlchemy has not seen whether it is broken
            self._disconnect()
            return None
        if made is not None:
            self._at("store_after_commit")
        return made

    def _transact(
        self, rows: list[_Row], jobs: list[_Job], *, singly: bool
    ) -> tuple[Sequence[Any], Sequence[Any]]:
        """A result for each row, or if ``singly`` perhaps an exception; and one for each job."""
        if self._connection is None:
            self._connection = self._connect()
        with self._connection.begin():
            if jobs:
                tasks: list[_Row | _Job] = [*rows, *jobs]
                contacts = {task.contact for task in tasks if task.contact is not None}
                self._begin(self._connection, contacts)
            made = self._run_rows(self._connection, [row.item for row in rows], singly=singly)
            done = [_run(self._connection, job.run) for job in jobs]
            self._at("store_before_commit")
        self._at("store_after_commit")
        return made, done

    def _run_rows(self, connection: Connection, items: list[Any], *, singly: bool) -> Sequence[Any]:
        if not items:
            return ()
        if not singly:
            return self._write_rows(connection, items)
        each_made = (_run(connection, self._write_rows, [item]) for item in items)
        return [made if isinstance(made, Exception) else made[0] for made in each_made]

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            # What a broken disk says to the goodbye changes nothing.
            with suppress(Exception):
                connection.close()


def _run(connection: Connection, run: Callable[..., T], *rows: object) -> T | Exception:
    """What ``run`` gives, or the exception it raised, everything that it wrote undone.

    Raises:
        Exception: the storage is in trouble, and with it the whole transaction.
    """
    savepoint = connection.begin_nested()
    try:
        result = run(connection, *rows)
    except Exception as error:
        # The transaction was then given up by the engine itself, the savepoint included.
        if is_storage_trouble(error):
            raise
        savepoint.rollback()
        return error
    savepoint.commit()
    return result


def _failure(error: Exception) -> Exception:
    """An exception of its own for each caller: one that is raised twice grows its traceback."""
    if not is_storage_trouble(error):
        failure: Exception = StoreError(f"The store's write failed: {type(error).__name__}.")
    else:
        said = said_by(error) if isinstance(error, DBAPIError) else error
        failure = StoreUnavailable(f"The store cannot write: {said}.")
    failure.__cause__ = error
    return failure


def _settle(settled: "list[tuple[asyncio.Future[Any], Any]]") -> None:
    for future, result in settled:
        # A caller that was cancelled no longer asks.
        if future.done():
            continue
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)
