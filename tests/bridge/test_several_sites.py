"""Several sites in one process: each has its own Keap, WordPress, queue and pace."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.cli.options import one_site
from bridge.cli.running_server import ask_server
from bridge.config import load
from bridge.control_key import RESEND
from bridge.delivery import Delivery, NewDelivery
from bridge.demo.wordpress import RunningWordPress
from bridge.store import Reader, Store
from bridge.surroundings import new_ulid, now
from keap_client.sandbox import Limits, Quirks, Sandbox, running_sandbox
from tests.bridge.cli.serving import Serving, free_port, serving

pytestmark = pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)

KEYS = {"shop": "f3a9c1d27b5e4086a1c4e2b9", "club": "a1c4e2b9f3a9c1d27b5e4086"}
SITE = """\
  {name}:
    access_keys: [{key}]
    store: sqlite:///{name}.db
    keap: {{url: {keap.url}, token: {keap.token}, calls_per_minute: 240}}
    wordpress:
      url: {url}
      user: {wordpress.service.login}
      application_password: "{wordpress.service.application_password}"
      seconds: 60
"""
NOBODY_LISTENS = "http://127.0.0.1:1"


@pytest.fixture
async def other_sandbox() -> AsyncIterator[Sandbox]:
    """Another Keap application, with one contact, who has the number of one in the first."""
    unlimited = Limits(per_second=None, per_minute=None, per_day=None)
    async with running_sandbox(quirks=Quirks(limits=unlimited), token="KeapAK-other") as running:
        running.tenant.contacts.clear()
        yield running


def write_sites(
    folder: Path, ends: dict[str, tuple[Sandbox, RunningWordPress, str]]
) -> tuple[Path, int]:
    """Write a configuration of these sites; give it, and the port."""
    port = free_port()
    sites = "".join(
        SITE.format(name=name, key=KEYS[name], keap=keap, wordpress=wordpress, url=url)
        for name, (keap, wordpress, url) in ends.items()
    )
    file = folder / "config.yaml"
    file.touch(0o600)
    file.write_text(f"server: {{listen: '127.0.0.1:{port}', stop_seconds: 0.2}}\nsites:\n{sites}")
    return file, port


async def post(bridge: Serving, site: str, contact: str, *, key: str | None = None) -> int:
    """Send an HTTP Post to a site's door; give the status of the answer."""
    pairs = {"contactId": contact, "wpf_action": "add", "access_key": key or KEYS[site]}
    address = f"{bridge.url}/keap/{site}"
    async with aiohttp.ClientSession() as client, client.post(address, data=pairs) as answer:
        return answer.status


async def ask(bridge: Serving, path: str) -> tuple[int, Any, str]:
    """Get a path; give the status, the JSON if it is one, the text."""
    async with aiohttp.ClientSession() as client, client.get(bridge.url + path) as answer:
        is_json = answer.content_type == "application/json"
        return answer.status, await answer.json() if is_json else None, await answer.text()


async def settled(store: Path, number: int) -> Sequence[Delivery]:
    """Wait until so many deliveries are finished; give all."""
    reader = await asyncio.to_thread(Reader.open, store)
    async with asyncio.timeout(60):
        while True:
            found = await asyncio.to_thread(reader.deliveries, limit=100)
            if sum(each.finished_at is not None for each in found) == number:
                return found
            await asyncio.sleep(0.05)


async def test_each_site_has_its_own_ends(
    sandbox: Sandbox,
    other_sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    wordpress_without_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """A contact of one shop would become a user of another one's, or its key open both doors."""
    shop, club = wordpress_with_companion, wordpress_without_companion
    mine = sandbox.tenant.add_contact(email="ada@shop.example.com", given_name="Ada")
    theirs = other_sandbox.tenant.add_contact(email="bob@club.example.com", given_name="Bob")
    file, port = write_sites(
        tmp_path, {"shop": (sandbox, shop, shop.url), "club": (other_sandbox, club, club.url)}
    )
    async with serving(file, port) as bridge:
        statuses = [
            await post(bridge, "shop", mine.id),
            await post(bridge, "club", theirs.id),
            await post(bridge, "club", theirs.id, key=KEYS["shop"]),
        ]
        done = [*await settled(tmp_path / "shop.db", 1), *await settled(tmp_path / "club.db", 1)]
        _, health, _ = await ask(bridge, "/healthz")
        _, _, figures = await ask(bridge, "/metrics")
        sites = {(each["event"], each.get("site")) for each in bridge.events()}

    assert statuses == [200, 200, 403]
    assert [each.state for each in done] == ["done", "done"]
    assert shop.user("ada@shop.example.com")["meta"]["first_name"] == "Ada"
    assert club.user("bob@club.example.com")["meta"]["first_name"] == "Bob"
    assert {each["user_email"] for each in shop.users()}.isdisjoint({"bob@club.example.com"})
    assert health["sites"].keys() == {"shop", "club"}
    assert 'bridge_posts_total{site="shop",status="200"} 1.0' in figures
    assert 'bridge_posts_total{site="club",status="403"} 1.0' in figures
    for event in ("server_started", "post_kept", "attempt_finished"):
        assert {(event, "shop"), (event, "club")} <= sites, event
        assert (event, None) not in sites


async def test_a_site_that_is_down_keeps_nobody_else_waiting(
    sandbox: Sandbox,
    other_sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    wordpress_without_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """One broken shop would stop the deliveries of all."""
    well, down = wordpress_with_companion, wordpress_without_companion
    mine = sandbox.tenant.add_contact(email="ada@shop.example.com", given_name="Ada")
    theirs = other_sandbox.tenant.add_contact(email="bob@club.example.com", given_name="Bob")
    file, port = write_sites(
        tmp_path, {"shop": (sandbox, well, well.url), "club": (other_sandbox, down, down.url)}
    )
    with down.down():
        async with serving(file, port) as bridge:
            assert await post(bridge, "club", theirs.id) == 200
            await bridge.logged("attempt_finished")
            assert await post(bridge, "shop", mine.id) == 200
            (done,) = await settled(tmp_path / "shop.db", 1)
            status, health, _ = await ask(bridge, "/healthz")
            ready, _, _ = await ask(bridge, "/readyz")
            _, _, figures = await ask(bridge, "/metrics")

    assert done.state == "done"
    assert [each.state for each in Reader.open(tmp_path / "club.db").deliveries()] == ["waiting"]
    assert (status, ready) == (200, 200)
    assert health["sites"]["shop"]["unfinished"] == 0
    assert health["sites"]["club"]["unfinished"] == 1
    assert 'bridge_deliveries_waiting{site="club"} 1.0' in figures


async def test_thousands_that_wait_at_one_site_slow_no_other(
    sandbox: Sandbox,
    other_sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """A burst at a site that hangs would take all places, all turns at Keap, or the one queue."""
    well = wordpress_with_companion
    mine = people(sandbox, 20)
    await keep(tmp_path / "club.db", people(other_sandbox, 3000))
    async with hanging() as url:
        file, port = write_sites(
            tmp_path, {"shop": (sandbox, well, well.url), "club": (other_sandbox, well, url)}
        )
        async with serving(file, port) as bridge:
            async with asyncio.timeout(60):
                # By now all that the club may have in flight hangs at its WordPress.
                while other_sandbox.record.counts().get("GET contacts", 0) == 0:  # noqa: ASYNC110 - it looks from outside
                    await asyncio.sleep(0.05)
            for contact in mine:
                assert await post(bridge, "shop", contact) == 200
            done = await settled(tmp_path / "shop.db", 20)
            _, health, _ = await ask(bridge, "/healthz")

    assert {each.state for each in done} == {"done"}
    assert health["sites"]["club"]["unfinished"] == 3000


async def test_commands_ask_for_the_site_that_is_meant(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """A person would send one shop's deliveries again, and another shop's would be done."""
    well = wordpress_with_companion
    ends = (sandbox, well, NOBODY_LISTENS)
    file, port = write_sites(tmp_path, {"shop": ends, "club": ends})
    for name in KEYS:
        await keep(tmp_path / f"{name}.db", ["1001"])
    loaded = load(file, {})
    async with serving(file, port):
        for name in KEYS:
            wish = {"ids": ["none"]}
            config = one_site(loaded, name).config
            said = await asyncio.to_thread(ask_server, config, RESEND, wish)
            assert said == {"success": True, "count": 0}
        key = (tmp_path / "club.db.control").read_text()
        (tmp_path / "shop.db.control").write_text(key.replace("/sites/club", "/sites/shop"))
        config = one_site(loaded, "shop").config
        # The key of one site is a stranger's at another one.
        assert await asyncio.to_thread(ask_server, config, RESEND, {"ids": ["none"]}) is None


async def test_an_edit_of_one_site_is_taken_by_it_alone(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """An owner would restart all sites for a field of one, or change them all with it."""
    ends = (sandbox, wordpress_with_companion, wordpress_with_companion.url)
    file, port = write_sites(tmp_path, {"club": ends, "shop": ends})
    contact = sandbox.tenant.add_contact(email="ada@shop.example.com", given_name="Ada").id
    async with serving(file, port) as bridge:
        newer = file.with_suffix(".new")
        newer.touch(0o600)
        newer.write_text(f"{file.read_text()}    fields: {{given: FirstName}}\n")
        newer.rename(file)
        told = await bridge.logged("config_reloaded")
        for site in ("club", "shop"):
            await post(bridge, site, contact)
            await settled(tmp_path / f"{site}.db", 1)
            if site == "club":
                before = wordpress_with_companion.user("ada@shop.example.com")["meta"].get("given")
        after = wordpress_with_companion.user("ada@shop.example.com")["meta"].get("given")

    assert {key.split(".")[1] for key in told["changed"]} == {"shop"}
    assert "sites.shop.fields.given" in told["changed"]
    assert (before, after) == (None, "Ada")


@asynccontextmanager
async def hanging() -> AsyncIterator[str]:
    """Give the address of a site that takes every request and answers none."""
    clients: list[asyncio.StreamWriter] = []

    async def never(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        clients.append(writer)

    async with await asyncio.start_server(never, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for client in clients:
            client.close()


def people(sandbox: Sandbox, number: int) -> list[str]:
    """Give the ids of so many new contacts."""
    add = sandbox.tenant.add_contact
    return [add(email=f"p{each}@example.com", given_name="P").id for each in range(number)]


async def keep(file: Path, contacts: Iterable[str]) -> None:
    """Let Posts for these contacts wait in a store that no bridge has open yet."""
    async with await Store.open(file, clock=now, owner="test") as store:
        new = [NewDelivery(new_ulid(), each, "add", datetime.now(UTC)) for each in contacts]
        await store.put_all(new)
