"""The door for Keap's hooks: who is let in, and what is kept before it is answered."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bridge.hook_address import hook_token
from bridge.receive import LARGEST_BODY as OF_A_POST
from bridge.receive_hooks import LARGEST_BODY, HookReceiver
from bridge.server import answer_in_json
from bridge.store import Reader, Store
from keap_client.sandbox import Sandbox

KEY = "f3a9c1d27b5e4086"
OLD_KEY = "0d5b6e7f8a9b0c1d"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Door:
    """A receiver of hooks that listens."""

    store: Store
    file: Path
    url: str
    client: aiohttp.ClientSession

    async def send(self, key: str = KEY, **request: Any) -> tuple[int, Any, dict[str, str]]:
        """Send a request to the address that an access key gives."""
        async with self.client.post(f"{self.url}/{hook_token(key)}", **request) as answer:
            return answer.status, await answer.json(), dict(answer.headers)

    def kept(self) -> list[tuple[str, str]]:
        """Give contacts and actions of what is kept, oldest first."""
        found = Reader.open(self.file).deliveries(limit=5000)[::-1]
        return [(each.contact, each.action) for each in found]


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    """A receiver with two keys, and a store that takes 1500 deliveries."""
    file = tmp_path / "bridge.db"
    numbers = count(1)
    async with (
        await Store.open(file, clock=lambda: NOW, owner="test", waiting_limit=1500) as store,
        aiohttp.ClientSession() as client,
    ):
        receiver = HookReceiver(
            [SecretStr(KEY), SecretStr(OLD_KEY)],
            {"contact.edit": "update", "contactGroup.applied": "update_tags"},
            store,
            clock=lambda: NOW,
            new_id=lambda: f"D{next(numbers)}",
            body_seconds=0.5,
        )
        # As the server has it: the limit of an HTTP Post.
        app = web.Application(client_max_size=OF_A_POST, middlewares=[answer_in_json])
        app.add_routes(receiver.routes("/keap"))
        async with TestServer(app) as server:
            url = f"http://127.0.0.1:{server.port}/keap/hooks"
            yield Door(store, file, url, client)


def edited(*contacts: object, event: str = "contact.edit") -> dict[str, object]:
    """Give a delivery about contacts."""
    return {"event_key": event, "object_keys": [{"id": each} for each in contacts]}


async def test_the_secret_of_a_handshake_comes_back(door: Door) -> None:
    """Keap would not verify the hook, and never send anything."""
    status, _, headers = await door.send(headers={"X-Hook-Secret": "a1b2c3"})

    assert (status, headers["X-Hook-Secret"], door.kept()) == (200, "a1b2c3", [])


@pytest.mark.parametrize("secret", ["x" * 201, "with blank", "é"])
async def test_only_what_can_be_a_secret_comes_back(door: Door, secret: str) -> None:
    """The bridge would repeat whatever somebody sends."""
    status, _, headers = await door.send(headers={"X-Hook-Secret": secret})

    assert (status, headers.get("X-Hook-Secret")) == (400, None)


@pytest.mark.parametrize("headers", [{}, {"X-Hook-Secret": "a1b2c3"}])
async def test_who_does_not_know_the_address_is_refused(
    door: Door, headers: dict[str, str]
) -> None:
    """Anybody could let contacts be updated, or subscribe this address to a Keap of theirs."""
    with structlog.testing.capture_logs() as logs:
        status, said, _ = await door.send("another-key-9f8e7d", headers=headers, json=edited(1))

    assert (status, said["success"], door.kept()) == (403, False, [])
    assert hook_token("another-key-9f8e7d") not in str(logs)


async def test_an_older_key_still_opens(door: Door) -> None:
    """Keap's hooks would fail between the change of the key and the next ``subscribe``."""
    status, _, _ = await door.send(OLD_KEY, json=edited(1001))

    assert (status, door.kept()) == (200, [("1001", "update")])


async def test_the_action_is_the_configured_one(door: Door) -> None:
    """A tag would cost a whole update, or an edit only its tags."""
    told = {"id": 91, "contact_details": [{"id": 7}, {"id": 8}]}
    await door.send(json=edited(1001, 1002, 1001))
    await door.send(json={"event_key": "contactGroup.applied", "object_keys": [told]})

    assert door.kept() == [
        ("1001", "update"),
        ("1002", "update"),
        ("7", "update_tags"),
        ("8", "update_tags"),
    ]


async def test_a_thousand_contacts_are_kept_in_one_commit(tmp_path: Path, sandbox: Sandbox) -> None:
    """A delivery of many contacts would be too large, take too long, or be kept by halves."""
    commits: list[str] = []
    file = tmp_path / "bridge.db"
    numbers = count(1)
    async with await Store.open(file, clock=lambda: NOW, owner="test", at=commits.append) as store:
        receiver = HookReceiver(
            [SecretStr(KEY)],
            {"contact.edit": "update"},
            store,
            clock=lambda: NOW,
            new_id=lambda: f"D{next(numbers)}",
            body_seconds=10,
        )
        app = web.Application(client_max_size=OF_A_POST)
        app.add_routes(receiver.routes("/keap"))
        async with TestServer(app) as server:
            url = f"http://127.0.0.1:{server.port}/keap/hooks/{hook_token(KEY)}"
            await sandbox.hooks.subscribe("contact.edit", url)
            commits.clear()
            many = [str(900_000_000 + number) for number in range(1000)]
            answered = await sandbox.hooks.deliver("contact.edit", many, NOW)
        unfinished = store.unfinished

    assert (answered, unfinished) == ([200], 1000)
    assert commits == ["store_before_commit", "store_after_commit"]
    assert len(Reader.open(file).deliveries(limit=2000)) == 1000


async def test_there_is_room_for_all_or_for_none(door: Door) -> None:
    """Keap would repeat what was kept by halves, or count as kept what was not."""
    first = await door.send(json=edited(*range(1, 1001)))
    second = await door.send(json=edited(*range(2001, 3001)))

    assert (first[0], second[0], second[2]["Retry-After"]) == (200, 503, "30")
    assert len(door.kept()) == 1000


async def test_without_a_store_nothing_is_promised(door: Door) -> None:
    """A change would be lost, and Keap not repeat it."""
    await door.store.close()

    status, said, _ = await door.send(json=edited(1001))
    assert (status, said["error"]) == (
        503,
        "Nothing was kept, since the bridge's storage is not available.",
    )


async def test_an_event_without_an_action_is_answered_and_not_kept(door: Door) -> None:
    """Keap would give up the hook, or the answer say that something was kept."""
    status, said, _ = await door.send(json=edited(1001, event="contact.delete"))

    assert (status, said) == (200, {"success": True, "ignored": "no action for this event"})
    assert door.kept() == []


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"contactId=1001", 400), (b"", 400), (b" " * (LARGEST_BODY + 1), 413)],
)
async def test_what_is_no_delivery_is_refused(door: Door, body: bytes, status: int) -> None:
    """Somebody who posts a form here would be told that it was kept."""
    answered, said, _ = await door.send(data=BytesIO(body))

    assert (answered, said["success"], door.kept()) == (status, False, [])


async def test_a_body_that_does_not_come_is_not_waited_for(door: Door) -> None:
    """Slow senders would hold connections open for ever."""

    async def slowly() -> AsyncIterator[bytes]:
        yield json.dumps(edited(1001)).encode()[:9]
        await asyncio.sleep(5)

    status, _, _ = await door.send(data=slowly())
    assert status == 408
