"""An attempt takes all that waits for one contact, says what it does, and ends it together."""

import asyncio
from datetime import timedelta
from typing import Any, Literal, get_args

import pytest

from bridge.delivery import Caveat, Step, Verdict, Work
from bridge.store import LaneLost, Reader, Store
from bridge.store.taking import MOST_DELIVERIES
from tests.bridge.store.examples import DONE, NOON, Clock, post

Final = Literal["done", "ignored", "held", "failed"]


def ids(work: Work) -> list[str]:
    """The ids of a work's deliveries."""
    return [delivery.id for delivery in work.deliveries]


async def test_all_that_waits_for_a_contact_is_taken_in_order(store: Store) -> None:
    """Otherwise Posts of one contact would overtake each other or be read one by one."""
    for name, contact in [("a", "7"), ("b", "8"), ("c", "7"), ("d", "7")]:
        await store.put(post(name, contact))

    first, second = await store.take(9)

    assert (first.contact, ids(first)) == ("7", ["a", "c", "d"])
    assert (second.contact, ids(second)) == ("8", ["b"])
    assert {each.state for each in first.deliveries} == {"running"}
    assert [each.attempts for each in first.deliveries] == [1, 1, 1]
    assert (first.user_id, first.failures, first.steps) == (None, 0, ())


async def test_longest_due_first_and_no_more_than_asked(store: Store, clock: Clock) -> None:
    """Otherwise a contact could wait for ever behind others."""
    for contact in ("3", "1", "2"):
        await store.put(post(contact, contact))
        clock.pass_(1)

    assert [work.contact for work in await store.take(2)] == ["3", "1"]
    assert [work.contact for work in await store.take(2)] == ["2"]
    assert await store.take(2) == ()


async def test_never_two_attempts_of_a_contact(store: Store) -> None:
    """Otherwise two attempts could each create the user."""
    for number in range(30):
        await store.put(post(f"{number}", f"{number % 10}"))

    takes = await asyncio.gather(*(store.take(2) for _ in range(9)))

    contacts = [work.contact for works in takes for work in works]
    assert sorted(contacts) == [f"{number}" for number in range(10)]


async def test_arrival_during_an_attempt_waits_for_the_next(store: Store, clock: Clock) -> None:
    """Otherwise the newest state in Keap would be missed, or two attempts would run at once."""
    await store.put(post("a"))
    (work,) = await store.take(1)
    await store.finish(work, Verdict("waiting", due_at=NOON))
    (work,) = await store.take(1)
    await asyncio.gather(store.put(post("b")), store.put(post("c")))
    assert await store.take(1) == ()
    assert await store.next_due() is None

    store.arrived.clear()
    await store.finish(work, DONE)

    await asyncio.wait_for(store.arrived.wait(), 10)
    assert await store.next_due() == clock.now
    (work,) = await store.take(1)
    assert (ids(work), work.failures) == (["b", "c"], 0)


@pytest.mark.parametrize("state", get_args(Final))
async def test_verdict_ends_every_delivery(
    store: Store, where: str, clock: Clock, state: Final
) -> None:
    """Otherwise a folded delivery would be left running, or would not say how it ended."""
    await store.put(post("a"))
    await store.put(post("b"))
    (work,) = await store.take(1)
    clock.pass_(3)
    caveats = (Caveat("role_not_allowed", "gold"), Caveat("no_address"))

    await store.finish(work, Verdict(state, "So it is.", caveats, user_id=12))

    ended = Reader.open(where).deliveries()
    assert ids(work) == ["a", "b"]
    assert [each.id for each in ended] == ["b", "a"]
    for each in ended:
        assert (each.state, each.reason, each.caveats) == (state, "So it is.", caveats)
        assert (each.user_id, each.finished_at, each.due_at) == (12, clock.now, None)
    assert store.unfinished == 0
    assert await store.next_due() is None


async def test_waiting_is_tried_again_when_due(store: Store, where: str, clock: Clock) -> None:
    """Otherwise a retry would come too early, never, or without what it is a retry of."""
    await store.put(post("a"))
    later = clock.now + timedelta(seconds=30)
    for failures in range(3):
        (work,) = await store.take(1)
        assert (ids(work), work.failures) == (["a"], failures)
        await store.finish(work, Verdict("waiting", "WordPress is down.", due_at=later))
        (waiting,) = Reader.open(where).deliveries()
        assert (waiting.state, waiting.due_at) == ("waiting", later)
        assert (waiting.attempts, waiting.reason) == (failures + 1, "WordPress is down.")
        assert (waiting.finished_at, store.unfinished) == (None, 1)
        clock.now = later - timedelta(microseconds=1)
        assert await store.take(1) == ()
        clock.now = later
        later += timedelta(seconds=30)
    (work,) = await store.take(1)

    await store.finish(work, DONE)
    await store.put(post("b"))

    (work,) = await store.take(1)
    assert work.failures == 0


async def test_waiting_needs_a_time(store: Store) -> None:
    """Otherwise a delivery would wait for nothing."""
    await store.put(post("a"))
    (work,) = await store.take(1)

    with pytest.raises(ValueError, match="due_at"):
        await store.finish(work, Verdict("waiting"))


async def test_given_up_deliveries_fail_and_the_others_wait(
    store: Store, where: str, clock: Clock
) -> None:
    """Otherwise the oldest delivery's end would end the younger ones, or would never come."""
    await store.put(post("old"))
    await store.put(post("new"))
    (work,) = await store.take(1)
    later = clock.now + timedelta(hours=1)

    await store.finish(work, Verdict("waiting", "Down.", due_at=later, give_up=frozenset({"old"})))

    new, old = Reader.open(where).deliveries()
    assert [each.outcome for each in Reader.open(where).timeline("old")] == ["waiting"]
    assert (old.state, old.reason, old.finished_at) == ("failed", "Down.", clock.now)
    assert (new.state, new.due_at) == ("waiting", later)
    assert store.unfinished == 1
    clock.now = later
    (work,) = await store.take(1)
    assert (ids(work), work.failures) == (["new"], 1)


async def test_last_delivery_given_up_leaves_the_lane_idle(
    store: Store, where: str, clock: Clock
) -> None:
    """Otherwise an empty lane would be due, and a new Post would wait for its back-off."""
    await store.put(post("old"))
    (work,) = await store.take(1)
    later = clock.now + timedelta(hours=1)
    await store.finish(work, Verdict("waiting", due_at=later, give_up=frozenset({"old"})))
    assert await store.next_due() is None
    assert [each.outcome for each in Reader.open(where).timeline("old")] == ["failed"]

    await store.put(post("new"))

    (work,) = await store.take(1)
    assert (ids(work), work.failures) == (["new"], 0)


async def test_very_many_of_one_contact_come_in_parts(store: Store) -> None:
    """Otherwise one contact with thousands of Posts would slow everybody, or lose some."""
    names = [f"{number:04}" for number in range(MOST_DELIVERIES + 20)]
    await asyncio.gather(*(store.put(post(name)) for name in names))

    (work,) = await store.take(1)
    assert ids(work) == names[:MOST_DELIVERIES]
    await store.finish(work, DONE)

    (work,) = await store.take(1)
    assert ids(work) == names[MOST_DELIVERIES:]


async def test_steps_of_earlier_attempts_are_known(store: Store, clock: Clock) -> None:
    """Otherwise a later attempt would send what an earlier one had sent."""
    await store.put(post("a"))
    (work,) = await store.take(1)
    await store.step(work, Step(NOON, "user_created", "as 12"), Step(NOON, "mail_started"))
    await store.step(work, Step(NOON, "mail_failed"))
    await store.put(post("b"))
    await store.finish(work, Verdict("waiting", due_at=clock.now), [Step(NOON, "gave_up")])
    (work,) = await store.take(1)
    await store.finish(work, Verdict("waiting", due_at=clock.now), [Step(NOON, "mail_started")])

    (work,) = await store.take(1)

    assert work.steps == (
        "user_created",
        "mail_started",
        "mail_failed",
        "gave_up",
        "mail_started",
    )
    assert ids(work) == ["a", "b"]


async def test_each_contact_has_its_own_steps(store: Store) -> None:
    """Otherwise one contact's mail would count as sent because another's was."""
    await store.put(post("a", "7"))
    await store.put(post("b", "8"))
    for work in await store.take(2):
        await store.step(work, Step(NOON, f"step_of_{work.contact}"))
        await store.finish(work, Verdict("waiting", due_at=NOON))

    retries = {work.contact: work.steps for work in await store.take(2)}

    assert retries == {"7": ("step_of_7",), "8": ("step_of_8",)}


async def test_steps_of_another_first_delivery_are_not_counted(store: Store, clock: Clock) -> None:
    """Otherwise work marked with one delivery's id would be taken for another's."""
    await store.put(post("a"))
    await store.put(post("b"))
    (work,) = await store.take(1)
    await store.step(work, Step(NOON, "user_created"))
    await store.finish(work, Verdict("waiting", due_at=clock.now, give_up=frozenset({"a"})))

    (work,) = await store.take(1)

    assert (ids(work), work.steps) == (["b"], ())


async def test_link_is_known_to_the_next_attempt(store: Store) -> None:
    """Otherwise the user would be searched for, or another be made, at every Post."""
    await store.put(post("a", "7"))
    await store.put(post("b", "8"))
    first, second = await store.take(2)
    await store.link("7", 11)
    await store.link("7", 12)
    await store.finish(first, Verdict("done"))
    await store.finish(second, Verdict("done", user_id=13))
    await store.put(post("c", "7"))
    await store.put(post("d", "8"))

    assert [work.user_id for work in await store.take(2)] == [12, 13]


@pytest.mark.parametrize("state", ["ignored", "held", "failed"])
async def test_only_done_links(store: Store, state: Final) -> None:
    """Otherwise a user that was refused would stand for the contact."""
    await store.put(post("a"))
    (work,) = await store.take(1)
    await store.finish(work, Verdict(state, user_id=12))
    await store.put(post("b"))

    (work,) = await store.take(1)

    assert work.user_id is None


async def test_attempt_that_is_over_writes_nothing(store: Store, where: str) -> None:
    """Otherwise a late attempt could undo what a newer one has done."""
    await store.put(post("a"))
    (old,) = await store.take(1)
    await store.finish(old, Verdict("waiting", due_at=NOON))
    (new,) = await store.take(1)

    with pytest.raises(LaneLost):
        await store.step(old, Step(NOON, "user_created"))
    with pytest.raises(LaneLost):
        await store.finish(old, DONE)

    assert Reader.open(where).deliveries()[0].state == "running"
    await store.finish(new, DONE)
    with pytest.raises(LaneLost):
        await store.finish(new, Verdict("failed"))
    assert Reader.open(where).deliveries()[0].state == "done"
    assert [each.steps for each in Reader.open(where).timeline("a")] == [(), ()]


async def test_held_deliveries_are_released(store: Store, where: str, clock: Clock) -> None:
    """Otherwise what a person has mended would stay undone."""
    for name, contact in [("a", "7"), ("b", "7"), ("c", "8"), ("d", "9")]:
        await store.put(post(name, contact))
    seven, eight, nine = await store.take(3)
    await store.finish(seven, Verdict("held", "Wrong password."))
    await store.finish(eight, Verdict("held", "Wrong password."))
    await store.finish(nine, DONE)
    later = clock.now + timedelta(hours=1)
    await store.put(post("e", "8"))
    (eight,) = await store.take(1)
    await store.finish(eight, Verdict("waiting", due_at=later))
    store.arrived.clear()

    assert await store.release_held() == 2  # the new Post has brought "c" along

    await asyncio.wait_for(store.arrived.wait(), 10)
    assert store.unfinished == 4
    (work,) = await store.take(9)
    assert (ids(work), work.failures) == (["a", "b"], 0)
    assert [each.attempts for each in work.deliveries] == [2, 2]
    assert {(each.reason, each.finished_at) for each in work.deliveries} == {("", None)}
    clock.now = later
    (work,) = await store.take(9)
    assert (ids(work), work.failures) == (["c", "e"], 1)
    assert Reader.open(where).counts()["held"] == 0


async def test_a_new_post_brings_what_is_held_of_its_contact_along(store: Store) -> None:
    """An old Post, let go later, would put back the role that a newer one has changed."""
    await store.put(post("old", roles=("silver",)))
    await store.put(post("other", "8"))
    for work in await store.take(2):
        await store.finish(work, Verdict("held", "Wrong password."))
    await store.put(post("new", roles=("gold",)))

    (work,) = await store.take(5)
    assert [each.id for each in work.deliveries] == ["old", "new"]
    assert store.unfinished == 2
    await store.finish(work, DONE)
    assert store.unfinished == 0
    assert await store.release_held() == 1


async def test_only_what_was_mended_is_released(store: Store, where: str) -> None:
    """Otherwise a good answer of Keap would try again what WordPress refuses."""
    for name, contact in [("a", "7"), ("b", "8"), ("c", "9")]:
        await store.put(post(name, contact))
    seven, eight, nine = await store.take(3)
    await store.finish(seven, Verdict("held", cause="keap"))
    await store.finish(eight, Verdict("held", cause="wordpress"))
    await store.finish(nine, Verdict("held"))
    assert [each.cause for each in Reader.open(where).deliveries("held")] == [
        "",
        "wordpress",
        "keap",
    ]

    assert await store.release_held({"keap", "configuration"}) == 1

    (released,) = Reader.open(where).deliveries("waiting")
    assert (released.id, released.cause) == ("a", "")
    assert await store.release_held() == 2


async def test_resent_deliveries_begin_afresh(store: Store, clock: Clock) -> None:
    """Otherwise what a person sends again would be given up at its first new failure."""
    for name, contact in [("a", "7"), ("b", "7"), ("c", "8")]:
        await store.put(post(name, contact))
    seven, eight = await store.take(2)
    await store.finish(seven, Verdict("waiting", due_at=NOON))
    (seven,) = await store.take(1)
    await store.finish(seven, Verdict("failed", "Gone."))
    await store.put(post("d", "7"))
    (seven,) = await store.take(1)
    later = clock.now + timedelta(hours=1)
    await store.finish(seven, Verdict("waiting", due_at=later))
    store.arrived.clear()

    assert await store.resend(ids=["a", "c", "d", "unknown"]) == 1

    await asyncio.wait_for(store.arrived.wait(), 10)
    (work,) = await store.take(9)
    assert (ids(work), work.failures) == (["a", "d"], 0)
    assert [each.attempts for each in work.deliveries] == [1, 2]
    assert [(each.reason, each.finished_at) for each in work.deliveries] == [("", None)] * 2
    assert store.unfinished == 3
    await store.finish(work, DONE)
    await store.finish(eight, DONE)
    assert store.unfinished == 0


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"state": "failed"}, ["b", "c"]),
        ({"state": "done"}, ["d"]),
        ({"state": "waiting"}, []),
        ({"since": NOON + timedelta(minutes=2)}, ["c", "d"]),
        ({"contact": "a"}, ["a"]),
        ({"state": "failed", "since": NOON + timedelta(minutes=2)}, ["c"]),
        ({"ids": []}, []),
    ],
)
async def test_only_what_is_meant_is_resent(
    store: Store, where: str, wanted: dict[str, Any], found: list[str]
) -> None:
    """Otherwise one word too few or too many would send other people's deliveries again."""
    for minute, name in enumerate("abcdefg"):
        await store.put(post(name, name, received_at=NOON + timedelta(minutes=minute)))
    works = {work.contact: work for work in await store.take(6)}
    for name, state in [("a", "held"), ("b", "failed"), ("c", "failed"), ("d", "done")]:
        await store.finish(works[name], Verdict(state))  # type: ignore[arg-type]  # as listed

    assert await store.resend(**wanted) == len(found)

    waiting = Reader.open(where).deliveries("waiting")
    assert [each.id for each in reversed(waiting)] == [*found, "g"]


async def test_resending_everything_is_refused(store: Store) -> None:
    """Otherwise a call without a word would do again all that was ever done."""
    with pytest.raises(ValueError, match="what is meant"):
        await store.resend()


async def test_releasing_nothing_is_nothing(store: Store) -> None:
    """Otherwise every start would wake the worker for nothing or leave empty lanes."""
    assert await store.release_held() == 0
    assert await store.next_due() is None
    assert not store.arrived.is_set()
