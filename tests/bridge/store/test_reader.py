"""What the page and the command line read, while the server writes."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bridge.delivery import Attempt, Step, Verdict
from bridge.store import Reader, Store, StoreRefused
from tests.bridge.store.examples import DONE, NOON, Clock, post

only_sqlite = pytest.mark.parametrize("where", ["sqlite"], indirect=True)


async def test_list_is_newest_first_and_paged(store: Store, where: str) -> None:
    """Otherwise a page would repeat or skip deliveries while new ones arrive."""
    for number in range(5):
        await store.put(post(f"{number}"))
    reader = Reader.open(where)

    first = reader.deliveries(limit=2)
    await store.put(post("new"))
    second = reader.deliveries(limit=2, before=first[-1].number)

    assert [each.id for each in first] == ["4", "3"]
    assert [each.id for each in second] == ["2", "1"]


async def test_list_by_state_and_contact(store: Store, where: str) -> None:
    """Otherwise a person would have to search for what waits for them."""
    for name, contact in [("a", "7"), ("b", "8"), ("c", "9")]:
        await store.put(post(name, contact))
    (work,) = await store.take(1)
    await store.put(post("d", "7"))
    await store.finish(work, Verdict("held", "Wrong password."))
    reader = Reader.open(where)

    assert [each.id for each in reader.deliveries("held")] == ["a"]
    assert [each.id for each in reader.deliveries("waiting")] == ["d", "c", "b"]
    assert [each.id for each in reader.deliveries(contact="7")] == ["d", "a"]
    assert [each.id for each in reader.deliveries("waiting", "7")] == ["d"]
    assert reader.deliveries("failed") == []


async def test_one_delivery(store: Store, where: str) -> None:
    """Otherwise an id from an answer or a log line would lead nowhere."""
    await store.put(post("a"))
    await store.put(post("b"))
    reader = Reader.open(where)

    found = reader.delivery("b")

    assert found is not None
    assert (found.id, found.number) == ("b", 2)
    assert reader.delivery("c") is None


async def test_the_user_of_a_contact(store: Store, where: str) -> None:
    """Otherwise a preview would look for the user elsewhere than the worker does."""
    await store.put(post("a", "7"))
    (work,) = await store.take(1)
    await store.finish(work, Verdict("done", user_id=17))
    reader = Reader.open(where)

    assert reader.user_of("7") == 17
    assert reader.user_of("8") is None


async def test_counts(store: Store, where: str) -> None:
    """Otherwise the page and the metrics would not tell how much waits."""
    for number in range(4):
        await store.put(post(f"{number}", f"{number}"))
    first, second, _ = await store.take(3)
    await store.finish(first, DONE)
    await store.finish(second, Verdict("held"))

    counts = Reader.open(where).counts()

    assert counts == {
        "waiting": 1,
        "running": 1,
        "done": 1,
        "ignored": 0,
        "held": 1,
        "failed": 0,
    }


async def test_timeline_tells_every_attempt(store: Store, where: str, clock: Clock) -> None:
    """Otherwise nobody could tell what happened to a delivery, or in which attempt."""
    await store.put(post("a"))
    (work,) = await store.take(1, config_version="v1")
    read, made = Step(NOON, "contact_read"), Step(NOON + timedelta(seconds=1), "user_created", "12")
    await store.step(work, read)
    clock.pass_(2)
    await store.finish(work, Verdict("waiting", "Keap is busy.", due_at=clock.now))
    await store.put(post("b"))
    clock.pass_(5)
    (work,) = await store.take(1)
    await store.step(work, made)
    reader = Reader.open(where)
    first = Attempt(
        number=1,
        first="a",
        started_at=NOON,
        finished_at=NOON + timedelta(seconds=2),
        outcome="waiting",
        reason="Keap is busy.",
        steps=(read,),
        config_version="v1",
    )
    second = Attempt(
        number=2,
        first="a",
        started_at=NOON + timedelta(seconds=7),
        finished_at=None,
        outcome=None,
        reason="",
        steps=(made,),
    )

    assert reader.timeline("a") == [first, second]
    assert reader.timeline("b") == [second]
    assert reader.timeline("c") == []


async def test_reader_cannot_write(store: Store, where: str) -> None:
    """Otherwise a second writer could break the file that the server writes."""
    await store.put(post("a"))
    reader = Reader.open(where)

    with reader._engine.connect() as connection, pytest.raises(DBAPIError, match=r"read-?only"):
        connection.execute(text("DELETE FROM deliveries"))


@only_sqlite
async def test_copy_can_be_read(store: Store, file: Path, tmp_path: Path) -> None:
    """Otherwise a backup could only be looked at by restoring it."""
    await store.put(post("a"))
    copies = tmp_path / "copies of #1?"
    copies.mkdir()
    for part in (file, Path(f"{file}-wal")):
        shutil.copy(part, copies)
    await store.put(post("b"))

    assert [each.id for each in Reader.open(copies / file.name).deliveries()] == ["a"]


async def test_store_that_is_closed_can_be_read(store: Store, where: str) -> None:
    """Otherwise the deliveries could not be listed while the server is down."""
    await store.put(post("a"))
    await store.close()

    assert [each.id for each in Reader.open(where).deliveries()] == ["a"]


def test_missing_store_is_said_and_not_made(file: Path, empty_postgresql_url: str) -> None:
    """Otherwise a mistyped path would show an empty list and leave a file behind."""
    for where in (f"sqlite:///{file}", empty_postgresql_url):
        with pytest.raises(StoreRefused, match=r"no store .* yet"):
            Reader.open(where)

    assert not file.exists()
