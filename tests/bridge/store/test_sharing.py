"""Several processes on one PostgreSQL database: nothing twice at once, nothing left lying."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.errors import DeadlockDetected
from psycopg.sql import SQL, Identifier
from sqlalchemy.exc import DBAPIError

from bridge.delivery import Step, Verdict
from bridge.store import LaneLost, Reader, Store, StoreUnavailable, WaitingListFull
from bridge.store.engines import database_at
from bridge.store.schema import lanes
from tests.bridge.store.conftest import OpenStore
from tests.bridge.store.examples import DONE, NOON, Clock, post
from tests.postgresql import PASSWORD, PostgresqlServer

pytestmark = pytest.mark.parametrize("where", ["postgresql"], indirect=True)


@pytest.fixture
async def here(open_store: OpenStore) -> Store:
    """One process's store."""
    return await open_store()


@pytest.fixture
async def there(open_store: OpenStore) -> Store:
    """Another process's store, in the same database."""
    return await open_store()


async def look_after_leases(store: Store) -> None:
    """What the store does three times in a lease."""
    await store._sharing.look()


def let_leases_run_out(where: str) -> None:
    """As when the processes that hold lanes have been silent for long."""
    with psycopg.connect(where) as connection:
        connection.execute("UPDATE lanes SET lease_until = 0 WHERE attempt IS NOT NULL")


def leases(where: str) -> list[datetime]:
    """Until when lanes are held."""
    with database_at(where).reading_engine().connect() as connection:
        held = connection.execute(lanes.select().where(lanes.c.attempt.is_not(None)))
        return [row.lease_until for row in held]


async def test_never_two_attempts_of_a_contact(here: Store, there: Store) -> None:
    """Otherwise two hosts could each create the user."""
    for number in range(60):
        await (here, there)[number % 2].put(post(f"{number}", f"{number % 20}"))

    takes = await asyncio.gather(*(store.take(2) for store in (here, there) for _ in range(9)))

    contacts = [work.contact for works in takes for work in works]
    assert sorted(contacts) == sorted(f"{number}" for number in range(20))
    loads = [len(work.deliveries) for works in takes for work in works]
    assert loads == [3] * 20


async def test_hosts_in_each_others_way_lose_nothing(here: Store, there: Store, where: str) -> None:
    """Otherwise two transactions that want the same contacts would undo one another's."""
    numbers = iter(range(10_000))

    async def work_at(store: Store) -> None:
        for _ in range(12):
            names = [next(numbers) for _ in range(10)]
            await asyncio.gather(*(store.put(post(f"{n}", f"{n % 7}")) for n in names))
            works = await store.take(3)
            await asyncio.gather(*(store.finish(work, DONE) for work in reversed(works)))

    await asyncio.gather(work_at(here), work_at(there))
    while works := await here.take(9):
        for work in works:
            await here.finish(work, DONE)

    assert Reader.open(where).counts()["done"] == 240


@dataclass
class Rival:
    """Is in the way of so many transactions."""

    times: int = 0

    def __call__(self, point: str) -> None:
        """The store's ``at``."""
        if point == "store_before_commit" and self.times:
            self.times -= 1
            raise DBAPIError("COMMIT", None, DeadlockDetected())  # noqa: EM101  the statement


async def test_transaction_that_was_undone_for_another_is_repeated(
    open_store: OpenStore, where: str
) -> None:
    """Otherwise a Post would be refused because another host was writing."""
    rival = Rival()
    store = await open_store(at=rival)
    rival.times = 2

    await store.put(post("a"))

    assert rival.times == 0
    assert [each.id for each in Reader.open(where).deliveries()] == ["a"]
    rival.times = 99
    with pytest.raises(StoreUnavailable):
        await store.put(post("b"))


async def test_attempt_in_flight_keeps_its_lane(here: Store, there: Store, where: str) -> None:
    """Otherwise a long attempt would be begun again elsewhere while it runs."""
    await here.put(post("a"))
    (work,) = await here.take(1)
    let_leases_run_out(where)

    await look_after_leases(here)

    await look_after_leases(there)
    assert await there.take(1) == ()
    await here.finish(work, DONE)


async def test_store_renews_by_itself(open_store: OpenStore, where: str) -> None:
    """Otherwise every attempt that takes longer than a lease would be begun again elsewhere."""
    store = await open_store(lease=timedelta(seconds=0.3))
    await store.put(post("a"))
    await store.take(1)
    (first,) = leases(where)

    async with asyncio.timeout(20):
        while leases(where) == [first]:  # noqa: ASYNC110  it looks from outside
            await asyncio.sleep(0.05)


async def test_lease_runs_by_the_databases_clock(here: Store, where: str) -> None:
    """Otherwise a host whose clock is wrong would lose its work to others, or keep it for ever."""
    await here.put(post("a"))  # at noon of the example, which is long past or far away
    await here.take(1)

    (until,) = leases(where)

    assert abs(until - datetime.now(UTC)) < timedelta(minutes=5)


async def test_work_of_a_silent_process_is_taken_over(
    here: Store, there: Store, where: str, clock: Clock
) -> None:
    """Otherwise what a dead host had begun would never be done."""
    await here.put(post("a"))
    (lost,) = await here.take(1)
    await here.step(lost, Step(NOON, "user_created"))
    let_leases_run_out(where)
    clock.pass_(90)
    there.arrived.clear()

    await look_after_leases(there)

    await asyncio.wait_for(there.arrived.wait(), 10)
    (work,) = await there.take(1)
    assert (work.deliveries[0].id, work.deliveries[0].attempts) == ("a", 2)
    assert (work.steps, work.failures) == (("user_created",), 0)
    first, _ = Reader.open(where).timeline("a")
    assert (first.outcome, first.finished_at) == ("interrupted", clock.now)
    with pytest.raises(LaneLost):
        await here.step(lost, Step(NOON, "password_returned"))
    with pytest.raises(LaneLost):
        await here.finish(lost, Verdict("failed"))
    await there.finish(work, DONE)
    assert Reader.open(where).counts()["done"] == 1


async def test_process_that_starts_leaves_others_alone(
    here: Store, open_store: OpenStore, where: str
) -> None:
    """Otherwise the start of one host would begin again what others are doing."""
    await here.put(post("a"))
    (work,) = await here.take(1)

    another = await open_store()

    assert await another.take(1) == ()
    await here.finish(work, DONE)
    assert Reader.open(where).counts()["done"] == 1


async def test_process_that_ends_gives_its_work_back(here: Store, there: Store) -> None:
    """Otherwise a restart would leave its contacts to wait for the lease."""
    await here.put(post("a"))
    await here.take(1)
    there.arrived.clear()

    await here.close()

    await asyncio.wait_for(there.arrived.wait(), 10)
    assert [work.contact for work in await there.take(1)] == ["7"]


async def test_post_at_one_host_wakes_the_others(here: Store, there: Store) -> None:
    """Otherwise a host that is busy would keep its Posts to itself for a minute."""
    assert not there.arrived.is_set()

    await here.put(post("a"))

    await asyncio.wait_for(there.arrived.wait(), 10)


async def test_broken_connections_are_made_again(
    here: Store, there: Store, where: str, postgresql: PostgresqlServer
) -> None:
    """Otherwise a restart of the database server would need one of every host."""
    async with here.hold("a"):
        pass
    await here.put(post("a", "7"))
    (work,) = await here.take(1)
    await asyncio.to_thread(postgresql.disconnect, where)

    await here.put(post("b", "8"))  # on a new connection: nobody need send it again
    with pytest.raises(StoreUnavailable, match="terminat") as said:
        await there.next_due()
    with pytest.raises(StoreUnavailable):
        async with here.hold("a"):
            pass

    assert PASSWORD not in str(said.value)
    async with here.hold("a"):
        await here.put(post("c", "9"))
    await here.finish(work, DONE)
    # Once it listens again, it looks.
    await asyncio.wait_for(there.arrived.wait(), 10)
    there.arrived.clear()
    await here.put(post("d", "10"))
    await asyncio.wait_for(there.arrived.wait(), 10)
    assert {each.id for each in Reader.open(where).deliveries()} == {"a", "b", "c", "d"}


async def test_waiting_list_counts_what_others_put(here: Store, open_store: OpenStore) -> None:
    """Otherwise each host would fill the database by itself."""
    another = await open_store(waiting_limit=2)
    await here.put(post("a", "1"))
    await here.put(post("b", "2"))

    await look_after_leases(another)

    assert another.unfinished == 2
    with pytest.raises(WaitingListFull):
        await another.put(post("c", "3"))


async def test_key_has_one_holder_among_all(here: Store, there: Store) -> None:
    """Otherwise two hosts could make twins of one address."""
    inside: list[str] = []
    most: list[int] = []

    async def work(store: Store, key: str) -> None:
        async with store.hold(key):
            inside.append(key)
            most.append(inside.count(key))
            await asyncio.sleep(0.01)
            inside.remove(key)

    await asyncio.gather(*(work(store, key) for key in "ab" * 5 for store in (here, there)))

    assert most == [1] * 20


async def test_key_is_free_when_its_holder_is_gone(here: Store, there: Store) -> None:
    """Otherwise an address that a dead host was working on could not be worked on again."""
    async with AsyncExitStack() as gone:
        await gone.enter_async_context(here.hold("a"))
        waiting = asyncio.create_task(there.hold("a").__aenter__())
        await asyncio.sleep(0.1)
        assert not waiting.done()

        await here._neighbours.close()

        await asyncio.wait_for(waiting, 10)


async def test_waiting_for_a_key_can_be_given_up(here: Store, there: Store) -> None:
    """Otherwise an attempt that was cut short would keep an address from everybody."""
    async with here.hold("a"):
        waiting = asyncio.create_task(there.hold("a").__aenter__())
        await asyncio.sleep(0.1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    async with asyncio.timeout(10), here.hold("a"):
        pass


@pytest.fixture
async def newcomers(empty_postgresql_url: str, clock: Clock) -> AsyncIterator[list[Store]]:
    """Four processes that start at once where there is no table yet."""
    opening = (Store.open(empty_postgresql_url, clock=clock, owner=f"{n}") for n in range(4))
    stores = await asyncio.gather(*opening)
    yield stores
    for store in stores:
        await store.close()


@pytest.mark.usefixtures("where")
async def test_one_of_those_that_start_together_makes_the_store(newcomers: list[Store]) -> None:
    """Otherwise the first start on several hosts would fail on some of them."""
    for number, store in enumerate(newcomers):
        await store.put(post(f"{number}", f"{number}"))

    assert len(await newcomers[0].take(9)) == 4


async def test_server_that_is_not_there_is_said(where: str, clock: Clock) -> None:
    """Otherwise a person would see a stack trace, or the password in a log."""
    nowhere = where.replace(where.rpartition("@")[2], "127.0.0.1:1/bridge")

    with pytest.raises(StoreUnavailable, match=r"The store postgresql://127\.0\.0\.1:1/") as said:
        await Store.open(nowhere, clock=clock, owner="here")
    with pytest.raises(StoreUnavailable, match="password authentication failed"):
        await Store.open(where.replace(":only", ":wrong"), clock=clock, owner="here")

    assert PASSWORD not in str(said.value)
    assert PASSWORD not in repr(database_at(where))


async def test_commit_survives_a_power_cut(open_store: OpenStore, where: str) -> None:
    """Otherwise a Post could be answered while it was only in the server's memory."""
    with psycopg.connect(where, autocommit=True) as connection:
        name = Identifier(where.rpartition("/")[2])
        connection.execute(SQL("ALTER DATABASE {} SET synchronous_commit = off").format(name))
    store = await open_store()

    setting = await store._writer.run(
        lambda connection: connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()
    )

    assert setting == "on"
