"""Syncs in the store: whose turn it is, how far they have come, and when they stop."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bridge.delivery import Verdict
from bridge.store import Store
from bridge.store.errors import SyncUnderWay
from bridge.sync_run import SyncRun, SyncWish
from tests.bridge.store.conftest import OpenStore
from tests.bridge.store.examples import DONE, NOON, Clock, post

LIST = SyncWish("list", "here", "update")
CHANGED = Verdict("done", user_id=1, changed=True)


def ids() -> Iterator[str]:
    """Give ids of deliveries."""
    return (f"S{number}" for number in range(1000))


async def begin(store: Store, *contacts: str, max_changes: int | None = None) -> SyncRun:
    """Begin a sync of a list, all of which waits."""
    run = await store.syncs.begin(LIST, max_changes)
    await store.syncs.add_contacts(run.number, contacts, "", complete=True)
    await store.syncs.queue(run, 100, ids().__next__)
    return run


async def contacts_of(store: Store, limit: int = 9, behind: int | None = None) -> list[str]:
    """Take work; give its contacts in order."""
    return [work.contact for work in await store.take(limit, behind=behind)]


async def test_posts_go_before_a_sync(store: Store, clock: Clock) -> None:
    """A Post would wait until all of a backfill is done."""
    await begin(store, "1", "2", "3")
    clock.pass_(60)
    await store.put(post("p", "9"))

    assert await contacts_of(store, 2) == ["9", "1"]
    assert await contacts_of(store, 9) == ["2", "3"]


async def test_a_post_takes_the_contacts_sync_along(store: Store) -> None:
    """One contact would be read and written twice, and the Post would wait its turn."""
    await begin(store, "1", "2", "3")
    await store.put(post("p", "3"))

    first, *others = await store.take(9)
    assert (first.contact, [each.id for each in first.deliveries]) == ("3", ["S2", "p"])
    assert (first.behind, [each.behind for each in others]) == (False, [True, True])


async def test_a_sync_gets_the_places_that_it_is_given(store: Store) -> None:
    """Where Keap's calls are kept for Posts a sync would go on, or the worker would never rest."""
    await begin(store, "1", "2", "3")
    await store.put(post("p", "9"))

    assert await store.next_due(behind=False) == NOON
    assert await contacts_of(store, 9, behind=0) == ["9"]
    assert await store.next_due(behind=False) is None
    assert await store.next_due(behind=True) == NOON
    assert await contacts_of(store, 9, behind=2) == ["1", "2"]


async def test_no_more_users_are_changed_than_allowed(store: Store) -> None:
    """A mistake in the configuration would reach every user, despite the safety belt."""
    run = await begin(store, "1", "2", "3", "4", max_changes=2)

    one, two = await store.take(9)
    await store.finish(one, DONE)  # nothing was changed
    await store.finish(two, CHANGED)
    (three,) = await store.take(9)
    await store.finish(three, CHANGED)

    assert await store.take(9) == ()
    assert await store.next_due() is None
    standing = await store.syncs.standing()
    assert standing is not None
    assert (standing.run.changed, standing.finished, standing.untried) == (2, 3, 1)
    await store.syncs.stop(run.number, "Enough.")
    again = await store.syncs.begin(LIST, 3)
    assert (again.number, again.state, again.reason) == (run.number, "open", "")
    assert await contacts_of(store) == ["4"]


async def test_a_stopped_sync_lets_posts_through(store: Store) -> None:
    """A person looks at the sync, and meanwhile no Post would be done."""
    run = await begin(store, "1", "2")
    await store.syncs.stop(run.number, "Enough.")
    await store.put(post("p", "2"))

    assert await contacts_of(store) == ["2"]
    assert await store.next_due() is None


async def test_each_contact_has_one_turn(store: Store) -> None:
    """A contact that Keap lists on two pages would be done twice."""
    run = await store.syncs.begin(LIST, None)
    await store.syncs.add_contacts(run.number, ["1", "2", "1"], "next", complete=False)
    await store.syncs.add_contacts(run.number, ["2", "3"], "", complete=True)

    assert await store.syncs.queue(run, 2, ids().__next__) == 2
    assert await store.syncs.queue(run, 2, iter("xy").__next__) == 1
    assert await store.syncs.queue(run, 2, iter("xy").__next__) == 0
    assert await contacts_of(store) == ["1", "2", "3"]
    kept = await store.syncs.latest()
    assert kept is not None
    assert (kept.found, kept.all_read) == (3, True)


async def test_one_sync_at_a_time(store: Store) -> None:
    """Two would undo each other's roles, and nobody could say how far either has come."""
    run = await begin(store, "1")

    with pytest.raises(SyncUnderWay, match="--stop"):
        await store.syncs.begin(SyncWish("all"), None)
    assert (await store.syncs.begin(LIST, 5)).number == run.number
    await store.syncs.stop(run.number, "Enough.")
    other = await store.syncs.begin(SyncWish("all"), None)
    assert (other.number, other.state) == (run.number + 1, "open")


async def test_what_is_ended_leaves_no_trace_in_line(store: Store) -> None:
    """Its contacts would be done by the next sync, or be counted as waiting for ever."""
    run = await begin(store, "1", "2", "3")
    await store.put(post("p", "2"))
    (running,) = await store.take(1)  # contact 2: the Post's and the sync's

    assert await store.syncs.end(run.number, "Ended.") == 2
    assert store.unfinished == 2
    await store.finish(running, DONE)
    assert (store.unfinished, await store.next_due()) == (0, None)
    await store.put(post("q", "1"))
    assert [work.deliveries[0].id for work in await store.take(9)] == ["q"]


async def test_what_was_cut_short_has_not_had_its_turn(open_store: OpenStore) -> None:
    """A sync would say that it is done while the contacts it was killed at still wait."""
    store = await open_store()
    await begin(store, "1", "2")
    one, two = await store.take(9)
    await store.finish(one, Verdict("waiting", "Down.", due_at=NOON + timedelta(hours=1)))
    await store.step(two)
    await store.close()

    store = await open_store()
    standing = await store.syncs.standing()
    assert standing is not None
    assert (standing.finished, standing.untried, standing.in_hand) == (1, 1, 1)


async def test_what_comes_regularly_comes_once(store: Store, clock: Clock) -> None:
    """Each restart, or each of several hosts, would begin a reconcile of its own."""
    day, hour = timedelta(days=1), timedelta(hours=1)

    assert await store.syncs.is_turn("r", day, hour) == hour
    clock.pass_(1800)
    assert await store.syncs.is_turn("r", day, day) == hour / 2
    clock.pass_(1800)
    assert await store.syncs.is_turn("r", day, hour) == timedelta(0)
    assert await store.syncs.is_turn("r", day, hour) == day
    assert await store.syncs.is_turn("r", hour, hour) == hour


async def test_who_is_linked_is_told_page_by_page(store: Store) -> None:
    """A reconcile would leave users out, or never come to an end."""
    for user, contact in enumerate(("10", "9", "100")):
        await store.link(contact, user)

    first = await store.syncs.linked("", 2)
    assert (first, await store.syncs.linked(first[-1], 2)) == (["10", "100"], ["9"])


async def test_what_a_person_has_ended_stays_ended(store: Store) -> None:
    """What was being read or done just then would let the sync go on behind the person's back."""
    run = await begin(store, "1")
    await store.syncs.end(run.number, "Ended.")

    await store.syncs.add_contacts(run.number, ["2"], "", complete=True)
    assert await store.syncs.queue(run, 9, ids().__next__) == 0
    await store.syncs.note(run.number, "Waits.")
    await store.syncs.stop(run.number, "Stopped.")
    await store.syncs.finish(run.number)

    kept = await store.syncs.latest()
    assert kept is not None
    assert (kept.state, kept.reason, kept.found) == ("ended", "Ended.", 1)
