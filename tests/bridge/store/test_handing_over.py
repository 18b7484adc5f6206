"""Deliveries of a contact that Keap no longer has go on in another contact's lane."""

from datetime import timedelta

from bridge.delivery import Successor, Verdict
from bridge.store import Reader, Store
from bridge.store.handing_over import LOOK_AGAIN
from tests.bridge.store.examples import DONE, Clock, post

GOES_ON = Verdict("waiting", "Contact 7 is gone.", successor=Successor("8", 12))


async def test_all_that_was_carried_waits_for_the_other_contact(store: Store, where: str) -> None:
    """Otherwise what Keap posts for a merged contact would be lost, or done by two attempts."""
    await store.link("7", 12)
    await store.put(post("a"))
    await store.put(post("b"))
    (work,) = await store.take(9)
    await store.put(post("late"))
    await store.finish(work, GOES_ON)

    found = {each.contact: each for each in await store.take(9)}
    assert [each.id for each in found["8"].deliveries] == ["a", "b"]
    assert {(each.formerly, each.former_user) for each in found["8"].deliveries} == {("7", 12)}
    assert (found["8"].user_id, found["8"].failures) == (12, 0)
    assert [each.id for each in found["7"].deliveries] == ["late"]
    assert found["7"].user_id is None
    assert store.unfinished == 3
    for each in found.values():
        await store.finish(each, DONE)
    assert store.unfinished == 0
    assert Reader.open(where).counts()["done"] == 3


async def test_a_lane_that_is_left_empty_is_gone(store: Store) -> None:
    """Otherwise the worker would find nothing in it, for ever."""
    await store.put(post("a"))
    (work,) = await store.take(9)
    await store.finish(work, GOES_ON)
    (moved,) = await store.take(9)
    await store.finish(moved, DONE)

    assert await store.next_due() is None


async def test_they_wait_until_the_other_contacts_work_is_done(store: Store, clock: Clock) -> None:
    """Otherwise the delivery that made the other contact's user would no longer stand for it."""
    await store.put(post("a"))
    await store.put(post("own", "8"))
    works = {each.contact: each for each in await store.take(9)}
    await store.finish(works["7"], GOES_ON)
    assert await store.take(9) == ()
    await store.finish(works["8"], DONE)

    clock.pass_(LOOK_AGAIN.total_seconds())
    (again,) = await store.take(9)
    assert (again.contact, [each.formerly for each in again.deliveries]) == ("7", [None])
    await store.finish(again, GOES_ON)
    (moved,) = await store.take(9)
    assert moved.contact == "8"


async def test_a_user_of_the_other_contacts_own_stays_its_user(store: Store) -> None:
    """Otherwise a merge would give a member somebody else's account."""
    await store.link("8", 31)
    await store.put(post("a"))
    (work,) = await store.take(9)
    await store.finish(work, GOES_ON)

    (moved,) = await store.take(9)
    assert moved.user_id == 31


async def test_a_user_stands_for_the_newest_contact_alone(store: Store) -> None:
    """Otherwise two contacts would go on changing one user in turn."""
    await store.link("7", 12)
    await store.link("8", 12)

    assert await store.contact_of(12) == "8"
    assert await store.contact_of(13) is None
    await store.put(post("a"))
    (work,) = await store.take(9)
    assert work.user_id is None


async def test_only_a_person_releases_what_the_brake_holds(store: Store) -> None:
    """Otherwise a restart, or an end that is well again, would take the roles away after all."""
    await store.put(post("a"))
    (work,) = await store.take(9)
    await store.finish(work, Verdict("held", "Many roles.", cause="brake"))
    assert await store.release_held() == 0
    assert await store.release_held({"keap", "configuration"}) == 0

    assert await store.resend(ids=["a"]) == 1
    (work,) = await store.take(9)
    assert [each.passes_brake for each in work.deliveries] == [True]
    await store.finish(work, DONE)

    await store.resend(ids=["a"])  # this time nobody has looked at its roles
    (work,) = await store.take(9)
    assert [each.passes_brake for each in work.deliveries] == [False]


async def test_removals_are_counted_once_and_forgotten(store: Store, clock: Clock) -> None:
    """Otherwise the brake would hold too early, too late, or for ever."""
    hour = timedelta(hours=1)
    assert await store.removals.add("a", 2, within=hour, most=3)
    assert await store.removals.add("a", 2, within=hour, most=3)
    assert not await store.removals.add("b", 2, within=hour, most=3)
    assert await store.removals.add("c", 5, within=hour)
    assert await store.removals.count(hour) == 7
    clock.pass_(3600)
    assert await store.removals.count(hour) == 0
    assert await store.removals.add("b", 2, within=hour, most=3)
