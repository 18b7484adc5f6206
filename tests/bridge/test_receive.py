"""The door: what is let in, kept, and answered."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import BaseTestServer, TestServer
from pydantic import SecretStr

from bridge.config.access_key import AccessKey
from bridge.config.networks import Network
from bridge.delivery import NewDelivery
from bridge.receive import LARGEST_BODY, AccessKeys, Receiver
from bridge.server import answer_in_json
from bridge.store.errors import StoreError, StoreUnavailable, WaitingListFull
from bridge.wrong_keys import FREE

KEY = "f3a9c1d27b5e4086"
OTHER_KEY = "0d5b6e7f8a9b0c1d"
LOOPBACK = (ip_network("127.0.0.1"),)
KEAP = {"X-Forwarded-For": "203.0.113.7"}
STRANGER = {"X-Forwarded-For": "203.0.113.7, 198.51.100.9"}
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ADD = {"contactId": "1001", "wpf_action": "add", "access_key": KEY}


class Shelf:
    """Keeps deliveries in a list, or refuses them."""

    def __init__(self) -> None:
        self.kept: list[NewDelivery] = []
        self.trouble: StoreError | None = None

    async def put(self, new: NewDelivery) -> None:
        """Keep it, unless there is trouble."""
        if self.trouble is not None:
            raise self.trouble
        self.kept.append(new)


class Door:
    """A receiver that listens."""

    def __init__(self, shelf: Shelf, server: BaseTestServer, client: aiohttp.ClientSession) -> None:
        self.shelf = shelf
        self._server = server
        self._client = client

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server.port
        return self._server.port

    async def send(self, method: str = "POST", path: str = "/keap", **request: Any) -> "Answered":
        """Send a request."""
        url = self._server.make_url(path)
        async with self._client.request(method, url, **request) as answer:
            text = await answer.text()
            assert answer.content_type == "application/json"
            return Answered(answer.status, json.loads(text), dict(answer.headers))


class Answered:
    """What was answered."""

    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str]) -> None:
        self.status = status
        self.body = body
        self.headers = headers


@asynccontextmanager
async def opened(
    *,
    accept_query: bool = False,
    body_seconds: float = 5,
    proxies: Sequence[Network] = (),
    allow_from: Sequence[Network] = (),
    key_used: Callable[[str], None] = lambda _name: None,
) -> AsyncIterator[Door]:
    """Open a door."""
    shelf = Shelf()
    ids = iter(f"01K{number}" for number in range(1000))
    receiver = Receiver(
        AccessKeys([AccessKey("new", SecretStr(KEY)), AccessKey("old", SecretStr(OTHER_KEY))]),
        shelf,
        clock=lambda: NOW,
        new_id=lambda: next(ids),
        body_seconds=body_seconds,
        accept_query=accept_query,
        proxies=proxies,
        allow_from=allow_from,
        key_used=key_used,
    )
    app = aiohttp.web.Application(client_max_size=LARGEST_BODY, middlewares=[answer_in_json])
    app.add_routes(receiver.routes("/keap"))
    async with TestServer(app) as server, aiohttp.ClientSession() as client:
        yield Door(shelf, server, client)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """A door with the defaults."""
    async with opened() as door:
        yield door


async def test_a_post_is_kept_and_answered_with_its_receipt(door: Door) -> None:
    """Keap's Post would not be taken, or answered before it is safe."""
    form = {**ADD, "role": "gold, silver", "send_notification": "Yes"}
    answered = await door.send(data=form)

    assert (answered.status, answered.body) == (200, {"success": True, "delivery": "01K0"})
    assert door.shelf.kept == [
        NewDelivery("01K0", "1001", "add", NOW, roles=("gold", "silver"), notify=True)
    ]


async def test_multipart_is_read_like_a_form(door: Door) -> None:
    """A sender that uses multipart would be refused."""
    with aiohttp.MultipartWriter("form-data") as form:
        for name, value in ADD.items():
            form.append(value).set_content_disposition("form-data", name=name)
    answered = await door.send(data=form)

    assert (answered.status, door.shelf.kept[0].contact) == (200, "1001")


async def test_the_test_action_keeps_nothing(door: Door) -> None:
    """Trying the address would make users."""
    answered = await door.send(data={"wpf_action": "test", "access_key": KEY})

    assert (answered.status, answered.body) == (200, {"success": True})
    assert door.shelf.kept == []


@pytest.mark.parametrize("key", [KEY[:-1], KEY + "0", "", KEY.upper(), "é" * 16, "\ud800"])
async def test_a_wrong_key_is_refused(door: Door, key: str) -> None:
    """Strangers would make users."""
    body = f"contactId=1&wpf_action=add&access_key={key}".encode(errors="surrogatepass")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answered = await door.send(data=body, headers=headers)

    assert answered.status == 403
    assert "access_key" in answered.body["error"]
    assert door.shelf.kept == []


async def test_a_missing_key_is_refused_before_anything_else_is_said(door: Door) -> None:
    """Strangers would learn which fields are understood."""
    answered = await door.send(data={"wpf_action": "nonsense"})

    assert answered.status == 403


async def test_a_second_key_opens_too(door: Door) -> None:
    """A key could not be replaced while campaigns still use the old one."""
    assert (await door.send(data=ADD | {"access_key": OTHER_KEY})).status == 200


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"wpf_action": "adds"}, '"adds" is not known'),
        ({"wpf_action": ""}, "The action is missing"),
        ({"contactId": "~Contact.Id~"}, "The contact's id is missing"),
        ({"contactId": "x1"}, "not a contact's id"),
        ({"send_notification": "maybe"}, "must be true or false"),
    ],
)
async def test_what_cannot_be_read_is_answered_with_a_sentence(
    door: Door, change: dict[str, str], said: str
) -> None:
    """Whoever set the campaign up would not learn what is wrong, or a Post would be lost."""
    answered = await door.send(data=ADD | change)

    assert (answered.status, answered.body["success"]) == (400, False)
    assert said in answered.body["error"]
    assert door.shelf.kept == []


async def test_json_is_kept_as_a_form_is(door: Door) -> None:
    """A service that posts JSON, as WP Fusion takes it, would have to change."""
    answered = await door.send(json=ADD)

    assert answered.status == 200
    assert [new.contact for new in door.shelf.kept] == ["1001"]


@pytest.mark.parametrize(
    "trouble", [StoreUnavailable("disk full at /srv/x"), WaitingListFull("too many")]
)
async def test_what_cannot_be_kept_is_not_answered_with_200(
    door: Door, trouble: StoreError
) -> None:
    """Keap would believe that a lost Post is done; a stranger would read this machine's paths."""
    door.shelf.trouble = trouble
    answered = await door.send(data=ADD)

    assert answered.status == 503
    assert int(answered.headers["Retry-After"]) > 0
    assert "/srv" not in answered.body["error"]


async def test_a_large_body_is_refused(door: Door) -> None:
    """Anybody could fill the memory."""
    answered = await door.send(data=ADD | {"x": "x" * LARGEST_BODY})

    assert answered.status == 413
    assert "64 KiB" in answered.body["error"]


async def test_a_small_body_that_unpacks_to_a_large_one_is_refused(door: Door) -> None:
    """Anybody could fill the memory with a few kilobytes."""
    body = gzip.compress(b"x=" + b" " * 50_000_000)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Encoding": "gzip",
    }
    answered = await door.send(data=body, headers=headers)

    assert len(body) < LARGEST_BODY
    assert answered.status == 413


async def test_many_fields_are_refused(door: Door) -> None:
    """Anybody could keep the processor busy."""
    answered = await door.send(data=ADD | {f"x{n}": "" for n in range(300)})

    assert answered.status == 400


async def test_a_body_that_trickles_in_is_given_up() -> None:
    """A few slow senders could hold every connection."""
    async with opened(body_seconds=0.2) as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(b"POST /keap HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\ncontactId")
        await writer.drain()
        head = await asyncio.wait_for(reader.readline(), 10)
        writer.close()

    assert b" 408 " in head


async def test_values_in_the_address_are_ignored_unless_wanted(door: Door) -> None:
    """A key in the address would stand in every proxy's log."""
    by_post = await door.send(path="/keap?access_key=" + KEY, data=ADD | {"access_key": ""})
    by_get = await door.send("GET", params=ADD)

    assert (by_post.status, by_get.status) == (403, 405)
    assert "POST" in by_get.headers["Allow"]


async def test_values_in_the_address_are_read_where_wanted() -> None:
    """``server.accept_query: true`` would do nothing."""
    async with opened(accept_query=True) as door:
        by_get = await door.send("GET", params=ADD)
        by_post = await door.send(
            params={"contactId": "7"}, data={"wpf_action": "update", "access_key": KEY}
        )
        head = await door.send("POST", path="/other", data=ADD)

    assert (by_get.status, by_post.status, head.status) == (200, 200, 404)
    assert [each.contact for each in door.shelf.kept] == ["1001", "7"]


async def test_a_bug_is_answered_without_its_words(door: Door) -> None:
    """A stack trace would tell strangers about this machine."""
    door.shelf.trouble = StoreError("secret detail")
    answered = await door.send(data=ADD)

    assert answered.status == 500
    assert "secret" not in answered.body["error"]


async def test_each_key_is_told_apart() -> None:
    """Nobody could know which campaigns still have the old key."""
    used: list[str] = []
    async with opened(key_used=used.append) as door:
        await door.send(data=ADD | {"access_key": OTHER_KEY})
        await door.send(data={"wpf_action": "test", "access_key": KEY})
        await door.send(data=ADD | {"access_key": "wrong"})

    assert used == ["old", "new"]


async def test_who_guesses_keys_is_slowed_down_before_anything_is_read() -> None:
    """A list of keys could be tried, or a stranger could keep Keap out."""
    async with opened(proxies=LOOPBACK) as door:
        for _ in range(FREE):
            assert (await door.send(data=ADD | {"access_key": "x"}, headers=STRANGER)).status == 403
        slowed = await door.send(data=ADD, headers=STRANGER)
        of_keap = await door.send(data=ADD, headers=KEAP)
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(
            b"POST /keap HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n"
            b"X-Forwarded-For: 198.51.100.9\r\n\r\n"
        )
        unread = await asyncio.wait_for(reader.readline(), 10)
        writer.close()

    assert (slowed.status, slowed.headers["Retry-After"]) == (429, "1")
    assert b" 429 " in unread
    assert of_keap.status == 200
    assert [each.id for each in door.shelf.kept] == ["01K0"]


async def test_an_address_with_a_right_key_is_never_slowed_down() -> None:
    """One campaign with a mistyped key would stop all others, whose Posts Keap would give up."""
    async with opened(proxies=LOOPBACK) as door:
        await door.send(data=ADD, headers=KEAP)
        for _ in range(2 * FREE):
            await door.send(data=ADD | {"access_key": "mistyped"}, headers=KEAP)

        assert (await door.send(data=ADD, headers=KEAP)).status == 200


async def test_behind_a_proxy_that_nobody_named_nobody_is_slowed_down(door: Door) -> None:
    """A stranger could keep Keap out, since all come from the proxy's address."""
    for _ in range(2 * FREE):
        await door.send(data=ADD | {"access_key": "x"}, headers=STRANGER)

    assert (await door.send(data=ADD, headers=KEAP)).status == 200


@pytest.mark.parametrize(
    ("headers", "proxies", "status"),
    [
        (KEAP, LOOPBACK, 200),
        (STRANGER, LOOPBACK, 403),
        ({"X-Forwarded-For": "198.51.100.9"}, LOOPBACK, 403),
        ({}, LOOPBACK, 403),
        (KEAP, (), 403),
        ({"Forwarded": "for=203.0.113.7", "X-Real-IP": "203.0.113.7"}, LOOPBACK, 403),
    ],
)
async def test_posts_come_from_named_networks_only(
    headers: dict[str, str], proxies: Sequence[Network], status: int
) -> None:
    """``server.allow_from`` would keep nobody out, or Keap."""
    networks = [ip_network("203.0.113.0/24")]
    async with opened(proxies=proxies, allow_from=networks) as door:
        answered = await door.send(data=ADD, headers=headers)

    assert answered.status == status
    assert len(door.shelf.kept) == int(status == 200)
    if status == 403:
        assert "server.allow_from" in answered.body["error"]
