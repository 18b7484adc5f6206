"""Every statement that the store executes finds its rows by an index."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from bridge.delivery import Step, Verdict
from bridge.store import Reader
from bridge.store.schema import metadata
from bridge.sync_run import SyncWish
from tests.bridge.store.conftest import OpenStore
from tests.bridge.store.examples import DONE, NOON, post

ALLOWED = {
    # Only contacts that have something to do, and only when the store is opened.
    "SCAN lanes",
    # Counting: 20 bytes a delivery, 50 ms for a million, in the page's thread.
    "SCAN deliveries USING COVERING INDEX deliveries_by_state",
    # Backwards until the page is full; for a contact, 60 ms for a million in the page's thread.
    "SCAN deliveries",
    # Backwards, to the first row.
    "SCAN sync_runs",
}

pytestmark = pytest.mark.parametrize("where", ["sqlite"], indirect=True)


def note_statements(engine: Engine, noted: dict[str, Any]) -> None:
    """From now on every statement of the engine is noted, with parameters for an example."""

    def note(*call: Any) -> None:  # as SQLAlchemy calls it
        _, _, statement, parameters, _, many = call
        # Rows that come back one statement at a time are not listed.
        listed = many and isinstance(parameters, list)
        noted[statement] = parameters[0] if listed else parameters

    event.listen(engine, "before_cursor_execute", note)


def plan(file: Path, statement: str, parameters: Any) -> list[str]:
    """How SQLite goes about a statement."""
    if not statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
        return []
    with sqlite3.connect(file) as connection:
        found = connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
    return [detail for _, _, _, detail in found]


async def test_a_million_deliveries_are_not_searched(open_store: OpenStore, file: Path) -> None:
    """Otherwise the store would slow down as it fills."""
    noted: dict[str, Any] = {}
    store = await open_store()
    note_statements(store._engine, noted)
    for name, contact in [("a", "7"), ("b", "7"), ("c", "8"), ("d", "9")]:
        await store.put(post(name, contact))
    seven, eight, nine = await store.take(9)
    await store.step(seven, Step(NOON, "contact_read"))
    await store.link("7", 1)
    await store.finish(seven, DONE)
    await store.finish(eight, Verdict("held"))
    await store.finish(nine, Verdict("waiting", due_at=NOON))
    await store.next_due()
    await store.release_held()
    await store.release_held({"keap"})
    await store.resend(state="failed")
    await store.resend(ids=["a"])
    await store.put(post("e", "9"))
    await store.take(1)
    run = await store.syncs.begin(SyncWish("list", "x"), 2)
    await store.syncs.add_contacts(run.number, ["7", "10", "11"], "", complete=True)
    await store.syncs.queue(run, 9, iter("xyz").__next__)
    await store.take(9)
    await store.next_due()
    await store.syncs.standing()
    await store.syncs.linked("6", 9)
    await store.syncs.end(run.number, "")
    await store.close()
    store._writer._connect().close()  # as at opening, with something left running
    reader = Reader.open(file)
    note_statements(reader._engine, noted)
    reader.deliveries()
    reader.deliveries("held", before=3)
    reader.deliveries(contact="7")
    reader.delivery("a")
    reader.timeline("a")
    reader.counts()

    lines = {line for statement in noted for line in plan(file, statement, noted[statement])}
    of_tables = tuple(f"SCAN {table}" for table in metadata.tables)
    assert {line for line in lines if line.startswith(of_tables)} == ALLOWED
    takes = [plan(file, each, noted[each]) for each in noted if "FROM lanes JOIN" in each]
    assert takes
    for take in takes:
        assert any("INDEX deliveries_waiting (contact=? AND state=?)" in line for line in take)
    (due,) = (plan(file, each, noted[each]) for each in noted if "due_at <= ?" in each)
    assert due == ["SEARCH lanes USING INDEX lanes_due (rank=? AND due_at<?)"]
