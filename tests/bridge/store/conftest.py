"""A store on each engine, a clock that the test turns, and Posts to put."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.store import Store
from tests.bridge.store.examples import Clock

OpenStore = Callable[..., Awaitable[Store]]


@pytest.fixture
def clock() -> Clock:
    """A clock that stands until the test turns it."""
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the store is on SQLite."""
    return tmp_path / "bridge.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, file: Path) -> str:
    """Where the store is, on each engine.

    A module about one of them says so:
    ``pytestmark = pytest.mark.parametrize("where", ["sqlite"], indirect=True)``.
    """
    if request.param == "sqlite":
        return f"sqlite:///{file}"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
async def open_store(where: str, clock: Clock) -> AsyncIterator[OpenStore]:
    """Opens the store as often as asked; what is still open at the end is closed."""
    opened = []

    async def open_it(**options: Any) -> Store:  # the options are those of Store.open
        store = await Store.open(where, clock=clock, owner="here", **options)
        opened.append(store)
        if where.startswith("postgresql"):
            # Once it listens, it looks: something may have arrived before.
            await asyncio.wait_for(store.arrived.wait(), 10)
            store.arrived.clear()
        return store

    yield open_it
    for store in opened:
        await store.close()


@pytest.fixture
async def store(open_store: OpenStore) -> Store:
    """An empty store."""
    return await open_store()
