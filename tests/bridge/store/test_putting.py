"""A delivery is kept when ``put`` returns, once, in order, and only while there is room."""

import asyncio
import threading
from datetime import timedelta

import pytest

from bridge.delivery import Verdict
from bridge.store import Reader, Store, WaitingListFull
from tests.bridge.store.conftest import OpenStore
from tests.bridge.store.examples import DONE, NOON, Clock, post


async def test_put_is_on_the_disk_when_it_returns(store: Store, where: str) -> None:
    """Otherwise a 200 would stand for something that another process cannot see."""
    await store.put(post("a", "42", action="update", roles=("gold", "VIP member"), notify=True))

    (kept,) = Reader.open(where).deliveries()

    assert (kept.id, kept.contact, kept.action) == ("a", "42", "update")
    assert (kept.roles, kept.notify, kept.received_at) == (("gold", "VIP member"), True, NOON)
    assert (kept.state, kept.attempts, kept.due_at) == ("waiting", 0, NOON)


@pytest.mark.parametrize("notify", [None, True, False])
async def test_notify_comes_back_as_posted(
    store: Store,
    where: str,
    notify: bool | None,  # noqa: FBT001  as the Post says
) -> None:
    """Otherwise "not given" and "no" would become one."""
    await store.put(post("a", notify=notify))

    assert Reader.open(where).deliveries()[0].notify is notify


async def test_repeated_id_is_kept_once(store: Store, where: str) -> None:
    """Otherwise a caller that is not sure and puts again would double a delivery."""
    await store.put(post("a"))
    await store.put(post("a"))
    await asyncio.gather(store.put(post("b")), store.put(post("b")), store.put(post("c")))

    assert [kept.id for kept in Reader.open(where).deliveries()] == ["c", "b", "a"]
    assert store.unfinished == 3
    (work,) = await store.take(9)
    assert len(work.deliveries) == 3


async def test_naive_time_is_refused_alone(store: Store, where: str) -> None:
    """Otherwise a time of nobody knows which zone would be kept, or would fail its neighbours."""
    naive = post("naive", contact="no personal data", received_at=NOON.replace(tzinfo=None))

    results = await asyncio.gather(
        store.put(post("before")),
        store.put(naive),
        store.put(post("after")),
        return_exceptions=True,
    )

    assert "time zone" in str(results[1])
    assert "no personal data" not in str(results[1])
    assert [results[0], results[2]] == [None, None]
    assert {kept.id for kept in Reader.open(where).deliveries()} == {"before", "after"}
    assert store.unfinished == 2


async def test_waiting_list_has_an_end(open_store: OpenStore, where: str) -> None:
    """Otherwise a flood would fill the disk, or one Post too many would answer for the others."""
    store = await open_store(waiting_limit=3)

    results = await asyncio.gather(
        *(store.put(post(f"{number}", f"{number}")) for number in range(5)),
        return_exceptions=True,
    )

    assert [type(result) for result in results] == [type(None)] * 3 + [WaitingListFull] * 2
    assert len(Reader.open(where).deliveries()) == 3


async def test_full_waiting_list_takes_again_when_one_is_finished(open_store: OpenStore) -> None:
    """Otherwise a list that was full once would stay shut, or would count what is running out."""
    store = await open_store(waiting_limit=2)
    await store.put(post("a", "1"))
    await store.put(post("b", "2"))
    (work, _) = await store.take(2)
    with pytest.raises(WaitingListFull, match="2 deliveries wait"):
        await store.put(post("c", "3"))

    await store.finish(work, DONE)

    await store.put(post("c", "3"))
    assert store.unfinished == 2


async def test_waiting_list_is_counted_again_at_opening(open_store: OpenStore) -> None:
    """Otherwise a restart would forget how much waits."""
    store = await open_store()
    await store.put(post("a", "1"))
    await store.put(post("b", "1"))
    await store.close()

    store = await open_store(waiting_limit=2)

    assert store.unfinished == 2
    with pytest.raises(WaitingListFull):
        await store.put(post("c"))


async def test_arrival_wakes(store: Store) -> None:
    """Otherwise the worker would have to poll."""
    assert not store.arrived.is_set()

    await store.put(post("a"))
    await asyncio.wait_for(store.arrived.wait(), 10)


async def test_put_that_is_cancelled_still_wakes(open_store: OpenStore) -> None:
    """Otherwise a Post kept for a sender that hung up would wait for the next one."""
    writing = threading.Event()
    writing.set()
    store = await open_store(at=lambda _: writing.wait(10))
    writing.clear()
    putting = asyncio.ensure_future(store.put(post("a")))
    await asyncio.sleep(0)
    putting.cancel()
    writing.set()

    async with asyncio.timeout(10):
        await store.arrived.wait()
        # On PostgreSQL it is also set when listening begins, perhaps just now.
        while not store.unfinished:  # noqa: ASYNC110 - from outside
            await asyncio.sleep(0.01)

    assert store.arrived.is_set()
    assert putting.cancelled()


async def test_lane_in_back_off_stays_so_when_a_post_arrives(store: Store, clock: Clock) -> None:
    """Otherwise every Post would break the pause that Retry-After asked for."""
    await store.put(post("a"))
    (work,) = await store.take(1)
    later = clock.now + timedelta(minutes=5)
    await store.finish(work, Verdict("waiting", due_at=later))

    await store.put(post("b"))

    assert await store.take(1) == ()
    assert await store.next_due() == later


async def test_many_are_kept_together_with_what_was_held_of_them(store: Store, where: str) -> None:
    """Otherwise a delivery of Keap's hooks would be kept by halves, or put back what is newer."""
    await store.put(post("held", "3"))
    (work,) = await store.take(1)
    await store.finish(work, Verdict("held", "It refuses.", cause="keap"))
    await store.put_all([post(f"n{number}", f"{number}") for number in range(1, 1001)])
    await store.put_all([])

    assert store.unfinished == 1001
    works = await store.take(2000)
    assert len(works) == 1000
    (third,) = [work for work in works if work.contact == "3"]
    assert [each.id for each in third.deliveries] == ["held", "n3"]
    assert len(Reader.open(where).deliveries(limit=2000)) == 1001


async def test_many_find_room_together_or_not_at_all(open_store: OpenStore, where: str) -> None:
    """Otherwise whoever repeats a delivery that was refused would double a part of it."""
    store = await open_store(waiting_limit=3)
    await store.put(post("a"))
    with pytest.raises(WaitingListFull):
        await store.put_all([post("b", "1"), post("c", "2"), post("d", "3")])
    await store.put_all([post("e", "1"), post("f", "2")])

    assert [kept.id for kept in Reader.open(where).deliveries()] == ["f", "e", "a"]
