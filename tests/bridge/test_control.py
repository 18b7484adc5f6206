"""What people at this machine may ask of the running server, and who else may not."""

import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from bridge.config import load
from bridge.control import Control, _is_from_here
from bridge.control_key import RESEND, SYNC, ControlKey, new_token
from bridge.delivery import Verdict
from bridge.site import open_site
from bridge.store import Store
from bridge.surroundings import Surroundings
from keap_client.sandbox import Sandbox
from tests.bridge.cli.calling import write_config
from tests.bridge.simulated import NOON, post

TOKEN = new_token(secrets.choice)
KNOWN = {"Authorization": f"Bearer {TOKEN}"}
Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A store in which the deliveries of two contacts are held."""
    path = tmp_path / "bridge.db"
    async with await Store.open(path, clock=lambda: NOON, owner="test") as store:
        await post(store, "1", "2")
        for work in await store.take(9):
            await store.finish(work, Verdict("held", "It refuses.", cause="keap"))
        yield store


@pytest.fixture
def told() -> list[str]:
    """What the worker was told."""
    return []


@pytest.fixture
async def client(store: Store, told: list[str]) -> AsyncIterator[Client]:
    """Asks the server from this machine."""
    app = web.Application()
    app.add_routes(Control(store, TOKEN, changed=lambda: told.append("hurry")).routes())
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_what_is_asked_for_is_sent_again_at_once(
    client: Client, store: Store, told: list[str]
) -> None:
    """A person who has mended something would have to stop the bridge to go on."""
    answer = await client.post(RESEND, json={"ids": ["D1", "D9"]}, headers=KNOWN)

    assert (answer.status, await answer.json()) == (200, {"success": True, "count": 1})
    assert (store.unfinished, told) == (1, ["hurry"])
    assert [work.contact for work in await store.take(9)] == ["1"]


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": f"Basic {TOKEN}"}, {"Authorization": f"Bearer {TOKEN[:-1]}"}],
)
async def test_who_cannot_read_the_key_is_refused(
    client: Client, store: Store, headers: dict[str, str]
) -> None:
    """Behind a reverse proxy the whole world comes from this machine."""
    answer = await client.post(RESEND, json={"state": "held"}, headers=headers)

    assert (answer.status, store.unfinished) == (403, 0)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"state": "gone"}', b'{"since": "2026-03-01T12:00"}', b'{"all": true}'],
)
async def test_an_unclear_wish_changes_nothing(client: Client, store: Store, body: bytes) -> None:
    """All that was ever done would be done again."""
    answer = await client.post(RESEND, data=body, headers=KNOWN)

    assert (answer.status, store.unfinished) == (400, 0)


async def test_a_store_in_trouble_is_told(client: Client, store: Store) -> None:
    """A person would believe that what they resent is on its way."""
    await store.close()
    answer = await client.post(RESEND, json={"state": "held"}, headers=KNOWN)

    assert answer.status == 503


@pytest.mark.parametrize(
    ("peer", "own", "here"),
    [
        (("127.0.0.1", 5), ("127.0.0.1", 80), True),
        (("::1", 5, 0, 0), ("::1", 80, 0, 0), True),
        (("192.0.2.7", 5), ("192.0.2.7", 80), True),
        (("192.0.2.8", 5), ("192.0.2.7", 80), False),
        (("fe80::2%eth0", 5, 0, 2), ("fe80::1%eth0", 80, 0, 2), False),
        ("", ("127.0.0.1", 80), False),
        (None, None, False),
    ],
)
def test_only_this_machine_is_listened_to(peer: Any, own: Any, *, here: bool) -> None:
    """A token that leaked would open the route to the whole network."""

    class Transport:
        def get_extra_info(self, name: str, default: object = None) -> object:
            return {"peername": peer, "sockname": own}.get(name, default)

        def is_closing(self) -> bool:
            return False

    request = make_mocked_request("POST", RESEND, transport=Transport())

    assert _is_from_here(request) is here


async def test_others_are_answered_as_if_there_were_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger would learn that there is something to break into."""
    monkeypatch.setattr("bridge.control._is_from_here", lambda _request: False)
    app = web.Application()
    app.add_routes(Control(store, TOKEN, changed=lambda: None).routes())
    async with TestClient(TestServer(app)) as client:
        answer = await client.post(RESEND, json={"state": "held"}, headers=KNOWN)

    assert (answer.status, store.unfinished) == (404, 0)


def test_the_key_is_there_for_the_owner_alone_while_the_server_runs(tmp_path: Path) -> None:
    """Any account on the machine could have everything done again."""
    url = f"sqlite:///{tmp_path}/bridge.db"
    left = tmp_path / "bridge.db.control"
    left.write_text("what a killed server has left")
    left.chmod(0o666)
    key = ControlKey.at("0.0.0.0", 8080, TOKEN)  # noqa: S104 - what is written for it is asked here
    with key.kept_beside(url):
        mode, found = left.stat().st_mode & 0o777, ControlKey.beside(url)

    assert (mode, found) == (0o600, key)
    assert key.address == "http://127.0.0.1:8080"
    assert not left.exists()
    assert TOKEN not in repr(key)


@pytest.mark.parametrize("text", ["", "{}", "[1]", "not JSON", '"text"'])
def test_a_key_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    """A person would see a traceback in the moment in which the server writes it."""
    (tmp_path / "bridge.db.control").write_text(text)

    assert ControlKey.beside(f"sqlite:///{tmp_path}/bridge.db") is None


def test_a_server_that_cannot_leave_a_key_runs_without(tmp_path: Path) -> None:
    """A full disk would keep the bridge from starting, which then answers 503 at least."""
    with ControlKey.at("::1", 8080, TOKEN).kept_beside(f"sqlite:///{tmp_path}/no/bridge.db"):
        pass

    assert os.listdir(tmp_path) == []  # noqa: PTH208 - all that is there, hidden or not


def test_a_database_needs_no_key() -> None:
    """A key would be written into the folder in which the server was started."""
    with ControlKey.at("::1", 8080, TOKEN).kept_beside("postgresql://user@host/db"):
        assert ControlKey.beside("postgresql://user@host/db") is None


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", "http://192.0.2.7:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),  # noqa: S104 - named, not listened at
        ("::1", "http://[::1]:80"),
        ("::", "http://[::1]:80"),
    ],
)
def test_the_key_leads_to_the_server(host: str, address: str) -> None:
    """A person would be told that no bridge is running."""
    assert ControlKey.at(host, 80, TOKEN).address == address


async def test_without_syncs_there_is_no_such_address(client: Client) -> None:
    """A sync would be promised by a server that carries none out."""
    answer = await client.post(SYNC, json={"kind": "all", "action": "update"}, headers=KNOWN)

    assert answer.status == 404


@pytest.fixture
async def syncing(tmp_path: Path, sandbox: Sandbox) -> AsyncIterator[Client]:
    """Asks a server that carries syncs out."""
    config = load(write_config(tmp_path, keap_url=sandbox.url), {}).config
    async with open_site(config, version="1", surroundings=Surroundings()) as site:
        app = web.Application()
        control = Control(site.store, TOKEN, changed=lambda: None, backfill=site.backfill)
        app.add_routes(control.routes())
        async with TestClient(TestServer(app)) as client:
            yield client


async def test_one_sync_is_begun_and_ended(syncing: Client) -> None:
    """Two would be under way, or one that nobody can end."""
    wish = {"kind": "tag", "subject": "91", "action": "add", "roles": ["gold"]}

    said = [
        await (await syncing.post(SYNC, json=each, headers=KNOWN)).json()
        for each in (wish, wish | {"max_changes": 3}, wish | {"subject": "92"})
    ]
    ended = [await (await syncing.delete(SYNC, headers=KNOWN)).json() for _ in range(2)]

    assert said[:2] == [{"success": True, "run": 1}] * 2
    assert "another sync" in said[2]["error"].lower()
    assert ended == [{"success": True, "dropped": 0}, {"success": True, "dropped": None}]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "some", "action": "add"},
        {"kind": "all", "action": "test"},
        {"kind": "list", "action": "add", "contacts": ["1", "ann@example.com"]},
        {"kind": "all", "action": "add", "max_changes": 0},
    ],
)
async def test_an_unclear_sync_is_not_begun(syncing: Client, body: dict[str, object]) -> None:
    """Something else would be done than was meant."""
    answer = await syncing.post(SYNC, json=body, headers=KNOWN)

    assert (answer.status, "ann@" in await answer.text()) == (400, False)
    assert (await (await syncing.delete(SYNC, headers=KNOWN)).json())["dropped"] is None


async def test_strangers_neither_begin_nor_end_a_sync(syncing: Client) -> None:
    """Behind a reverse proxy the whole world comes from this machine."""
    begun = await syncing.post(SYNC, json={"kind": "all", "action": "update"})
    ended = await syncing.delete(SYNC)

    assert (begun.status, ended.status) == (403, 403)
