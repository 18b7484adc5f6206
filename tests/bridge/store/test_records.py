"""What is stored of contacts goes when it is old, or when somebody asks for it."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from bridge.delivery import Step, Successor, Verdict
from bridge.store import Reader, Store, belongings
from bridge.store.belongings import AT_ONCE, OF_NOBODY
from bridge.store.errors import ContactBusy
from bridge.store.schema import metadata
from tests.bridge.store.examples import DONE, NOON, Clock, post

DAY = timedelta(days=1)


async def carry(store: Store, verdict: Verdict = DONE) -> None:
    """Carry out what waits, all alike."""
    for work in await store.take(1000):
        await store.step(work, Step(NOON, "keap_read", f"of {work.contact}"))
        await store.finish(work, verdict)


def left(where: str) -> list[str]:
    """Give the ids of the deliveries that there are, oldest first."""
    return [each.id for each in Reader.open(where).deliveries(limit=10_000)][::-1]


def test_every_table_is_somebodys_or_nobodys() -> None:
    """A table would be left out of what is told and forgotten of a contact."""
    assert set(metadata.sorted_tables) == {*belongings.rows_of("1"), *OF_NOBODY}


async def test_what_is_old_goes_with_its_timeline(store: Store, where: str, clock: Clock) -> None:
    """The store would grow for ever, and tell for ever who was a member when."""
    await store.put(post("OLD", "1"))
    await store.put(post("OLD2", "1"))
    await store.put(post("FAILED", "2"))
    for work in await store.take(9):
        await store.finish(work, DONE if work.contact == "1" else Verdict("failed", "No."))
    clock.now += 5 * DAY
    await store.put(post("NEW", "1"))
    await carry(store)
    await store.put(post("WAITS", "3"))

    assert await store.records.sweep("done", 4 * DAY, pause=0) == 2

    assert left(where) == ["FAILED", "NEW", "WAITS"]
    assert Reader.open(where).timeline("OLD") == []
    assert len(Reader.open(where).timeline("NEW")) == 1
    assert Reader.open(where).user_of("1") == 1
    assert store.unfinished == 1
    assert await store.records.sweep("done", 4 * DAY, pause=0) == 0


async def test_what_was_sent_again_is_as_old_as_its_end(
    store: Store, where: str, clock: Clock
) -> None:
    """What was done yesterday would be forgotten, and what is older would stay because of it."""
    await store.put(post("A", "1"))
    await store.put(post("B", "1"))
    await store.put(post("C", "2"))
    await carry(store)
    clock.now += 5 * DAY
    await store.resend(["A"])
    await carry(store)

    assert await store.records.sweep("done", 4 * DAY, pause=0) == 2

    # An attempt that carried both stays with the one that stays.
    assert left(where) == ["A"]
    assert [each.first for each in Reader.open(where).timeline("A")] == ["A", "A"]


async def test_an_attempt_is_handed_on_when_its_first_delivery_goes(
    store: Store, where: str, clock: Clock
) -> None:
    """The sweep would fail for ever, or take what is not old yet."""
    await store.put(post("A", "1"))
    await store.put(post("B", "1"))
    await carry(store)
    clock.now += 5 * DAY
    await store.resend(["B"])
    await carry(store)

    assert await store.records.sweep("done", 4 * DAY, pause=0) == 1

    assert left(where) == ["B"]
    assert [each.first for each in Reader.open(where).timeline("B")] == ["B", "B"]


@pytest.mark.parametrize("where", ["sqlite"], indirect=True)
async def test_many_go_in_small_bites(store: Store, where: str, clock: Clock) -> None:
    """Posts that arrive during a sweep would wait for all of it, or a part would stay."""
    number = 2 * AT_ONCE + 7
    await asyncio.gather(*(store.put(post(f"D{each}", f"{each}")) for each in range(number)))
    works = await store.take(number)
    await asyncio.gather(*(store.finish(work, DONE) for work in works))
    clock.now += 5 * DAY

    assert await store.records.sweep("done", 4 * DAY, pause=0) == number
    assert left(where) == []


async def test_a_contact_is_forgotten(store: Store, where: str) -> None:
    """Something of who asked to be forgotten would be kept, or something of others lost."""
    for each, contact in (("A", "1"), ("B", "2"), ("C", "1")):
        await store.put(post(each, contact))
    await carry(store)
    await store.put(post("D", "1"))
    await store.put(post("E", "2"))
    before = Reader.open(where).all_of("2")

    assert await store.records.forget("1") == 3

    assert not any(Reader.open(where).all_of("1").values())
    assert Reader.open(where).all_of("2") == before
    assert [
        len(before[name]) for name in ("deliveries", "attempts", "steps", "links", "lanes")
    ] == [
        2,
        1,
        1,
        1,
        1,
    ]
    assert store.unfinished == 1
    assert [work.contact for work in await store.take(9)] == ["2"]


async def test_a_contact_that_is_worked_on_is_not_forgotten(store: Store, where: str) -> None:
    """The attempt would find nothing to note its outcome at, and the user would be made again."""
    await store.put(post("A", "1"))
    (work,) = await store.take(1)

    with pytest.raises(ContactBusy):
        await store.records.forget("1")

    await store.finish(work, DONE)
    assert left(where) == ["A"]


@pytest.mark.parametrize("where", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("where")
async def test_what_is_forgotten_is_not_on_the_disk(store: Store, file: Path) -> None:
    """Who gets hold of the file would read what was to be forgotten."""
    await store.put(post("FORGETME", "1"))
    await store.put(post("OTHER", "2"))
    await carry(store, Verdict("failed", "A mark that is easy to find."))
    await store.records.forget("1")
    await store.records.sweep("failed", -DAY, pause=0)
    await store.close()

    kept = b"".join(each.read_bytes() for each in file.parent.glob("bridge.db*"))
    for mark in (b"FORGETME", b"OTHER", b"easy to find", b"of 2"):
        assert mark not in kept


async def test_what_is_carried_out_for_a_successor_goes_with_both(store: Store, where: str) -> None:
    """A contact that Keap has merged into another one would never be forgotten."""
    await store.put(post("A", "1"))
    (work,) = await store.take(1)
    await store.finish(work, Verdict("waiting", successor=Successor("2", 5)))

    with pytest.raises(ContactBusy):
        await store.records.forget("1")

    await carry(store)
    assert [each["id"] for each in Reader.open(where).all_of("1")["deliveries"]] == ["A"]
    assert await store.records.forget("1") == 1
    assert left(where) == []


@pytest.mark.parametrize("where", ["sqlite"], indirect=True)
async def test_only_the_named_state_is_swept(store: Store, where: str) -> None:
    """What waits for a person would be gone before one came."""
    verdicts: tuple[tuple[str, Literal["done", "ignored", "held"]], ...] = (
        ("D", "done"),
        ("I", "ignored"),
        ("H", "held"),
    )
    for each, state in verdicts:
        await store.put(post(each, each))
        await carry(store, Verdict(state, cause="keap" if state == "held" else ""))

    assert await store.records.sweep("held", -DAY, pause=0) == 1
    assert left(where) == ["D", "I"]


async def test_the_use_of_keys_is_noted_once_a_minute(
    store: Store, where: str, clock: Clock
) -> None:
    """An old key could never be taken out, or every Post would cost a row more."""
    store.key_uses.used("new")
    clock.now += timedelta(seconds=59)
    store.key_uses.used("new")
    store.key_uses.used("old")
    await store.next_due()
    first = Reader.open(where).key_uses()
    clock.now += timedelta(seconds=1)
    store.key_uses.used("new")
    await store.next_due()

    assert first == {"new": NOON, "old": NOON + timedelta(seconds=59)}
    assert Reader.open(where).key_uses()["new"] == NOON + timedelta(seconds=60)


@pytest.mark.parametrize("where", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("where")
async def test_the_use_of_a_key_never_keeps_a_post_out(store: Store) -> None:
    """A Post would be answered 500 because of a figure for the page."""
    await store.close()

    store.key_uses.used("new")
