"""Several sites in one PostgreSQL database, each in a schema of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeAlias

import psycopg
import pytest

from bridge.config import load
from bridge.store import Reader, Store, StoreMissing
from tests.bridge.store.examples import Clock, post

OpenIt: TypeAlias = Callable[[str], Awaitable[Store]]

FILE = """\
sites:
  shop:
    access_keys: [0f3a9c1d27b5e4086a1c4e2b9]
    store: {database}
    keap: &keap {{token: KeapAK-5f1d0c7e9a}}
    wordpress: {{url: "https://shop.site.org", application_password: abcdefghijklmnopqrstuvwx}}
  book-club:
    access_keys: [1c4e2b9f3a9c1d27b5e4086a]
    store: {database}?application_name=club
    keap: *keap
    wordpress: {{url: "https://club.site.org", application_password: xwvutsrqponmlkjihgfedcba}}
"""


@pytest.fixture
def stores_of_sites(empty_postgresql_url: str, tmp_path: Path) -> dict[str, str]:
    """Give each site's store, as the rest of the bridge gets it from the configuration."""
    file = tmp_path / "config.yaml"
    file.write_text(FILE.format(database=empty_postgresql_url))
    return {name: config.server.store for name, config in load(file, {}).sites.items()}


@pytest.fixture
async def opened() -> AsyncIterator[OpenIt]:
    """Open stores, as often as asked; close them at the end."""
    async with AsyncExitStack() as stack:

        async def open_it(where: str) -> Store:
            store = await stack.enter_async_context(
                await Store.open(where, clock=Clock(), owner="here")
            )
            await asyncio.wait_for(store.arrived.wait(), 10)
            store.arrived.clear()
            return store

        yield open_it


async def test_each_site_has_its_own_queue(stores_of_sites: dict[str, str], opened: OpenIt) -> None:
    """One site would read another one's contacts from its own Keap, and make its users."""
    shop, club = stores_of_sites.values()
    with pytest.raises(StoreMissing):
        Reader.open(shop)
    at_shop, at_club = await opened(shop), await opened(club)
    await at_shop.put(post("a", "7"))
    await at_club.put(post("b", "7"))

    assert [each.id for each in Reader.open(shop).deliveries()] == ["a"]
    assert [each.id for each in Reader.open(club).deliveries()] == ["b"]
    with psycopg.connect(shop) as connection:
        found = connection.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'bridge%' ORDER BY 1"
        )
        assert [name for (name,) in found] == ["bridge_book_club", "bridge_shop"]


async def test_sites_neither_wake_nor_wait_for_each_other(
    stores_of_sites: dict[str, str], opened: OpenIt
) -> None:
    """A burst at one site would keep all others looking, and one address lock two sites."""
    shop, club = stores_of_sites.values()
    here, there, elsewhere = await opened(shop), await opened(shop), await opened(club)
    async with asyncio.timeout(10), here.hold("zoe@site.org"):
        async with elsewhere.hold("zoe@site.org"):
            await here.put(post("a", "7"))
        waiting = asyncio.create_task(_held(there, "zoe@site.org"))
        await there.arrived.wait()
        await asyncio.sleep(0.2)  # who is told at all is told at the same moment
        assert not elsewhere.arrived.is_set()
        assert not waiting.done()
    await asyncio.wait_for(waiting, 10)


async def _held(store: Store, key: str) -> None:
    async with store.hold(key):
        pass
