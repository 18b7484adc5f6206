"""A store in a real file, a clock that the test turns, and Posts to put."""

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
    """Where the store is."""
    return tmp_path / "bridge.db"


@pytest.fixture
async def open_store(file: Path, clock: Clock) -> AsyncIterator[OpenStore]:
    """Opens the store as often as asked; what is still open at the end is closed."""
    opened = []

    async def open_it(**options: Any) -> Store:  # the options are those of Store.open
        store = await Store.open(file, clock=clock, owner="here", **options)
        opened.append(store)
        return store

    yield open_it
    for store in opened:
        await store.close()


@pytest.fixture
async def store(open_store: OpenStore) -> Store:
    """An empty store."""
    return await open_store()
