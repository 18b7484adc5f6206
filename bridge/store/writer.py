"""One thread with one connection does every write, and commits all that has gathered at once.

While one transaction is being committed, new jobs gather; they all share the next transaction.
So a burst costs a fraction of a commit each, and a lone job waits for nobody: there is no timer.
Rows, which are new Posts, have a transaction of their own before that of the jobs.
SQLite up to 3.51.2 can lose commits when one connection checkpoints while another writes
(https://www.sqlite.org/wal.html#walresetbug): here one connection does both.
"""

import asyncio
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
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


Task = TypeVar("Task", _Job, _Row)


class Writer(Generic[Item, Made]):
    """Runs jobs in a thread of its own; a job's result is there once it is on the disk.

    Args:
        connect: opens the connection, and sets right what an unconfirmed commit may have left;
            called in the thread, first by the first job and then after any trouble.
        begin: called first in each transaction of jobs, with the contacts of all in it.
        write_rows: writes all rows of a group, giving one result a row.
        write_at_once: the same, and commits them, in fewer words with the database; asked first.
            ``None``: that cannot be, and nothing was done.
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
            # Posts first: somebody waits for their answers, and a job may take many times as long.
            if rows := [task for task in group if isinstance(task, _Row)]:
                self.tell(_settle, self._written(rows, self._commit_rows, self._rows_done))
            if jobs := [task for task in group if isinstance(task, _Job)]:
                self.tell(_settle, self._written(jobs, self._commit_jobs, self._jobs_done))
        self._disconnect()

    def _groups(self) -> Iterator[list[_Job | _Row]]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._gathered or self._closed)
                if not self._gathered:
                    return
                group, self._gathered = self._gathered, []
            yield group

    def _written(
        self,
        group: Sequence[Task],
        commit: Callable[[Sequence[Task]], Sequence[Any]],
        committed: Callable[[Sequence[Task], Sequence[Any]], object],
    ) -> "list[tuple[asyncio.Future[Any], Any]]":
        """Each future with its result, or with the exception that it gets."""
        for tries_left in reversed(range(MOST_TRIES)):
            try:
                made = commit(group)
                break
            except Exception as error:  # noqa: BLE001  every caller of the group gets it
                if tries_left and is_conflict(error):
                    continue
                self._disconnect()
                return [(task.future, _failure(error)) for task in group]
        committed(group, made)
        return [(task.future, result) for task, result in zip(group, made, strict=True)]

    def _rows_done(self, rows: Sequence[_Row], made: Sequence[Any]) -> None:
        del rows
        self._rows_committed([each for each in made if not isinstance(each, Exception)])

    def _jobs_done(self, jobs: Sequence[_Job], results: Sequence[Any]) -> None:
        for job, result in zip(jobs, results, strict=True):
            if not isinstance(result, Exception):
                job.committed(result)

    def _commit_jobs(self, jobs: Sequence[_Job]) -> Sequence[Any]:
        """A result for each job, or the exception that it raised."""
        with self._transaction() as connection:
            self._begin(connection, {job.contact for job in jobs if job.contact is not None})
            return [_run(connection, job.run) for job in jobs]

    def _commit_rows(self, rows: Sequence[_Row]) -> Sequence[Any]:
        """A result for each row, or perhaps an exception."""
        items = [row.item for row in rows]
        if (made := self._commit_at_once(items)) is not None:
            return made
        try:
            with self._transaction() as connection:
                return self._write_rows(connection, items)
        except Exception as error:
            if is_storage_trouble(error):
                raise
        # Rare, and so nothing is prepared for it: a row that fails does not fail its neighbours.
        with self._transaction() as connection:
            each_made = [_run(connection, self._write_rows, [item]) for item in items]
            return [made if isinstance(made, Exception) else made[0] for made in each_made]

    def _commit_at_once(self, items: Sequence[Any]) -> Sequence[Any] | None:
        """A result for each row, all committed; ``None``: it is to be done the long way."""
        if self._connection is None:
            return None
        self._at("store_before_commit")
        try:
            made = self._write_at_once(self._connection, items)
        except Exception:  # noqa: BLE001  the long way meets it again, and knows what it means
            # What was committed all the same is found there, as a row that is there already.
            self._connection.invalidate()  # SQLAlchemy has not seen whether it is broken
            self._disconnect()
            return None
        if made is not None:
            self._at("store_after_commit")
        return made

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """A connection on which the block is one transaction, committed after it."""
        if self._connection is None:
            self._connection = self._connect()
        with self._connection.begin():
            yield self._connection
            self._at("store_before_commit")
        self._at("store_after_commit")

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
