"""The store beside a small model of it, through any course of events that hypothesis finds."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, LiteralString, Protocol, TypeAlias, TypeVar

import psycopg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bridge.delivery import Step, Verdict, Work
from bridge.store import LaneLost, Reader, Store
from tests.bridge.store.examples import NOON, Clock, post

T = TypeVar("T")
Opening: TypeAlias = Callable[[], Coroutine[Any, Any, Store]]

contacts = st.sampled_from(["1", "2", "3"])


class Home(Protocol):
    """Where the stores of one course of events are."""

    @property
    def where(self) -> str:
        """The newest one's place."""

    async def start_again(self, old: Store, opened: Opening, *, kindly: bool) -> Store:
        """End the old store, or leave it as a killed process would, and open the next."""

    def remove(self) -> None:
        """Leave nothing behind."""


class InFiles:
    """SQLite: each store in a copy of the files that the one before it has left."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp())
        self._number = 1

    @property
    def where(self) -> str:
        """The newest file."""
        return str(self._folder / f"{self._number}.db")

    async def start_again(self, old: Store, opened: Opening, *, kindly: bool) -> Store:
        """The files are copied after or before the old store has closed them."""
        if kindly:
            await old.close()
        self._copy()
        await old.close()
        return await opened()

    def _copy(self) -> None:
        before = self.where
        self._number += 1
        for ending in ("", "-wal"):
            if Path(f"{before}{ending}").exists():
                shutil.copy(f"{before}{ending}", f"{self.where}{ending}")

    def remove(self) -> None:
        """The folder is gone."""
        shutil.rmtree(self._folder)


class InDatabase:
    """PostgreSQL: all stores in one database, which others see the old one die in."""

    def __init__(self, url: str) -> None:
        self.where = url
        self._execute(
            "TRUNCATE deliveries, lanes, attempts, carried, steps, links RESTART IDENTITY"
        )

    async def start_again(self, old: Store, opened: Opening, *, kindly: bool) -> Store:
        """A dead process says nothing, until its leases have run out."""
        if kindly:
            await old.close()
            return await opened()
        self._execute("UPDATE lanes SET lease_until = 0 WHERE attempt IS NOT NULL")
        new = await opened()
        await new._sharing.look()
        await old.close()
        return new

    def remove(self) -> None:
        """The next course of events begins with empty tables."""

    def _execute(self, statement: LiteralString) -> None:
        with psycopg.connect(self.where) as connection:
            connection.execute(statement)


class StoreMachine(RuleBasedStateMachine):
    """Puts, takes, ends and crashes; nothing is lost, doubled, overtaken or run twice at once."""

    def __init__(self, home: Home) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.home = home
        self.clock = Clock()
        self.stores: list[Store] = []
        # The model: states by id in the order of arrival, and what is known of each contact.
        self.contact: dict[str, str] = {}
        self.state: dict[str, str] = {}
        self.attempts: dict[str, int] = {}
        self.due: dict[str, datetime] = {}
        self.failures: dict[str, int] = {}
        self.users: dict[str, int] = {}
        self.works: list[Work] = []
        self.over: list[Work] = []

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """The result of something asynchronous."""
        return self.loop.run_until_complete(coroutine)

    @property
    def store(self) -> Store:
        """The newest store."""
        return self.stores[-1]

    def waiting(self, contact: str) -> list[str]:
        """The ids that wait, in order."""
        return [i for i, s in self.state.items() if s == "waiting" and self.contact[i] == contact]

    def is_open(self, contact: str) -> bool:
        """Whether the contact has a lane."""
        return any(
            self.state[i] in {"waiting", "running"} for i, c in self.contact.items() if c == contact
        )

    @initialize()
    def open(self) -> None:
        """An empty store."""
        self.stores.append(self.run(self.opened()))

    async def opened(self) -> Store:
        """The next store."""
        return await Store.open(self.home.where, clock=self.clock, owner="here")

    @rule(some=st.lists(contacts, min_size=1, max_size=4))
    def put(self, some: list[str]) -> None:
        """Several Posts arrive at once."""
        news = [post(f"{len(self.state) + place}", contact) for place, contact in enumerate(some)]

        async def put_all() -> None:
            await asyncio.gather(*(self.store.put(new) for new in news))

        for new in news:
            if not self.is_open(new.contact):
                self.due[new.contact], self.failures[new.contact] = self.clock.now, 0
            self.contact[new.id], self.state[new.id] = new.contact, "waiting"
            self.attempts[new.id] = 0
            for held in [i for i, s in self.state.items() if s == "held"]:
                if self.contact[held] == new.contact:
                    self.state[held] = "waiting"
        self.run(put_all())

    @rule(limit=st.integers(1, 3))
    def take(self, limit: int) -> None:
        """An attempt begins with all that waits for its contact."""
        busy = {work.contact for work in self.works}
        due = {
            contact: at
            for contact, at in self.due.items()
            if at <= self.clock.now and self.waiting(contact) and contact not in busy
        }

        works = self.run(self.store.take(limit))

        taken = [work.contact for work in works]
        assert len(set(taken)) == len(taken) == min(limit, len(due))
        assert set(taken) <= due.keys()
        left = due.keys() - set(taken)
        assert all(due[early] <= due[late] for early in taken for late in left)
        for work in works:
            assert [each.id for each in work.deliveries] == self.waiting(work.contact)
            assert work.failures == self.failures[work.contact]
            assert work.user_id == self.users.get(work.contact)
            for each in work.deliveries:
                self.state[each.id] = "running"
                self.attempts[each.id] += 1
                assert each.attempts == self.attempts[each.id]
        self.works += works

    @precondition(lambda self: self.works)
    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        """An attempt says what it has done."""
        work = data.draw(st.sampled_from(self.works))
        self.run(self.store.step(work, Step(self.clock.now, "contact_read")))

    @precondition(lambda self: self.works)
    @rule(
        data=st.data(),
        state=st.sampled_from(["done", "ignored", "held", "failed"]),
        user_id=st.none() | st.integers(1, 9),
    )
    def finish(self, data: st.DataObject, state: Any, user_id: int | None) -> None:  # a Literal
        """An attempt ends for good."""
        work = data.draw(st.sampled_from(self.works))
        self.run(self.store.finish(work, Verdict(state, user_id=user_id)))
        for each in work.deliveries:
            self.state[each.id] = state
        if state == "done" and user_id not in (None, work.user_id):
            # A user stands for one contact: the one that was linked last.
            others = {c: u for c, u in self.users.items() if u != user_id}
            self.users = {**others, work.contact: user_id}
        self.due[work.contact], self.failures[work.contact] = self.clock.now, 0
        self.works.remove(work)
        self.over.append(work)

    @precondition(lambda self: self.works)
    @rule(data=st.data(), pause=st.integers(0, 90))
    def retry_later(self, data: st.DataObject, pause: int) -> None:
        """An attempt fails, and some of what it carried is given up."""
        work = data.draw(st.sampled_from(self.works))
        given_up = data.draw(st.frozensets(st.sampled_from([each.id for each in work.deliveries])))
        later = self.clock.now + timedelta(seconds=pause)
        self.run(self.store.finish(work, Verdict("waiting", due_at=later, give_up=given_up)))
        for each in work.deliveries:
            self.state[each.id] = "failed" if each.id in given_up else "waiting"
        self.due[work.contact] = later
        self.failures[work.contact] += 1
        self.works.remove(work)
        self.over.append(work)

    @precondition(lambda self: self.over)
    @rule(data=st.data())
    def speak_late(self, data: st.DataObject) -> None:
        """An attempt that is over tries to go on."""
        work = data.draw(st.sampled_from(self.over))
        for late in (
            self.store.step(work, Step(NOON, "user_created")),
            self.store.finish(work, Verdict("failed")),
        ):
            try:
                self.run(late)
            except LaneLost:
                continue
            message = "a late attempt was heard"
            raise AssertionError(message)

    @rule()
    def release_held(self) -> None:
        """A person has mended what held deliveries waited for."""
        held = [i for i, s in self.state.items() if s == "held"]
        for contact in {self.contact[i] for i in held}:
            if not self.is_open(contact):
                self.due[contact], self.failures[contact] = self.clock.now, 0
        assert self.run(self.store.release_held()) == len(held)
        self.state |= dict.fromkeys(held, "waiting")

    @precondition(lambda self: self.state)
    @rule(data=st.data())
    def resend(self, data: st.DataObject) -> None:
        """A person has something done again."""
        final = [i for i, s in self.state.items() if s not in {"waiting", "running"}]
        chosen = data.draw(st.lists(st.sampled_from(list(self.state)), unique=True))
        again = [i for i in chosen if i in final]
        # While an attempt runs, its end decides when the next begins, and after how many failures.
        busy = {work.contact for work in self.works}
        for contact in {self.contact[i] for i in again}:
            self.due[contact] = self.clock.now
            if contact not in busy:
                self.failures[contact] = 0
        assert self.run(self.store.resend(ids=chosen)) == len(again)
        self.state |= dict.fromkeys(again, "waiting")
        self.attempts |= dict.fromkeys(again, 0)

    @rule(seconds=st.integers(1, 60))
    def time_passes(self, seconds: int) -> None:
        """The clock goes on."""
        self.clock.pass_(seconds)

    @rule(kindly=st.booleans())
    def restart(self, kindly: bool) -> None:  # noqa: FBT001  hypothesis names it
        """The process ends, kindly or cut short, and another begins with what it left."""
        again = self.home.start_again(self.store, self.opened, kindly=kindly)
        self.stores.append(self.run(again))
        for work in self.works:
            self.state |= {each.id: "waiting" for each in work.deliveries}
        self.over += self.works
        self.works = []

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        """What the store shows is what the model says."""
        if not self.stores:
            return
        shown = Reader.open(self.home.where).deliveries(limit=1000)
        assert [each.id for each in reversed(shown)] == list(self.state)
        for each in shown:
            assert (each.state, each.attempts) == (self.state[each.id], self.attempts[each.id])
            due = self.due[each.contact] if each.state == "waiting" else None
            assert each.due_at == due
            assert (each.finished_at is None) == (each.state in {"waiting", "running"})
        unfinished = [i for i, s in self.state.items() if s in {"waiting", "running"}]
        assert self.store.unfinished == len(unfinished)
        busy = {work.contact for work in self.works}
        free = {self.contact[i] for i in unfinished} - busy
        assert self.run(self.store.next_due()) == min((self.due[c] for c in free), default=None)

    def teardown(self) -> None:
        """Threads and files are gone."""
        for store in self.stores:
            self.run(store.close())
        self.loop.close()
        self.home.remove()


SETTINGS = settings(
    max_examples=30,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_any_course_of_events_on_sqlite() -> None:
    """Otherwise some course of events would lose, double, overtake or overlap deliveries."""
    run_state_machine_as_test(lambda: StoreMachine(InFiles()), settings=SETTINGS)  # type: ignore[arg-type]  # calls it


def test_any_course_of_events_on_postgresql(postgresql_url: str) -> None:
    """Otherwise PostgreSQL would promise less than SQLite."""
    fewer = settings(SETTINGS, max_examples=8)
    home = partial(InDatabase, postgresql_url)
    run_state_machine_as_test(lambda: StoreMachine(home()), settings=fewer)  # type: ignore[arg-type]  # calls it
