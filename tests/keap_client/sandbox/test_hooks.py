"""The sandbox's hooks: the handshake, the deliveries, and when it gives up."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from keap_client.sandbox import Sandbox
from tests.keap_client.sandbox.conftest import Keap


class Receiver:
    """Somebody's address, who answers as the test says."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        """Of the next deliveries; then 200."""
        self.echoes = True
        self.got: list[Any] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        """Answer."""
        if secret := request.headers.get("X-Hook-Secret"):
            headers: Mapping[str, str] = {"X-Hook-Secret": secret} if self.echoes else {}
            return web.Response(headers=headers)
        self.got.append(await request.json())
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 0:
            await asyncio.sleep(5)
        return web.Response(status=status or 200)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver that listens."""
    made = Receiver()
    app = web.Application(client_max_size=2**20)
    app.router.add_post("/hook", made.answer)
    async with TestServer(app) as server:
        made.url = f"http://127.0.0.1:{server.port}/hook"
        yield made


async def subscribe(keap: Keap, url: str, event: str = "contact.edit") -> Any:
    """Make a hook over v1."""
    body = {"eventKey": event, "hookUrl": url}
    answered = await keap.ask("POST", "/crm/rest/v1/hooks", json=body)
    assert answered.status == 200, answered.text
    return answered.json


async def tell(keap: Keap, contacts: list[str], event: str = "contact.edit") -> list[Any]:
    """Let an event happen; give the statuses of the attempts."""
    body = {"event_key": event, "contacts": contacts}
    told: list[Any] = (await keap.ask("POST", "/_sandbox/hooks", json=body)).json["attempts"]
    return told


async def test_who_sends_the_secret_back_is_told(keap: Keap, receiver: Receiver) -> None:
    """A receiver that does not shake hands would pass here."""
    made = await subscribe(keap, receiver.url)
    attempts = await tell(keap, ["1001", "1002"])
    listed = (await keap.ask("GET", "/crm/rest/v1/hooks")).json

    assert (made["status"], attempts, listed) == ("Verified", [200], [made])
    assert receiver.got[0]["event_key"] == "contact.edit"
    assert [each["id"] for each in receiver.got[0]["object_keys"]] == [1001, 1002]


async def test_who_does_not_is_not_told(keap: Keap, receiver: Receiver) -> None:
    """A receiver that only answers 200 would pass here."""
    receiver.echoes = False
    made = await subscribe(keap, receiver.url)

    assert (made["status"], await tell(keap, ["1001"])) == ("Unverified", [])


async def test_after_four_attempts_a_hook_is_given_up(
    keap: Keap, sandbox: Sandbox, receiver: Receiver
) -> None:
    """A receiver would not learn here that Keap stops, and what wakes it."""
    made = await subscribe(keap, receiver.url)
    sandbox.hooks.patience = 0.05
    receiver.statuses = [500, 0, 403, 404]
    attempts = await tell(keap, ["1001"])
    while_inactive = await tell(keap, ["1001"])
    sandbox.hooks.patience = 30.0
    verified = await keap.ask("POST", f"/crm/rest/v1/hooks/{made['key']}/verify")

    assert (attempts, while_inactive) == ([500, None, 403, 404], [])
    assert (verified.json["status"], await tell(keap, ["1001"])) == ("Verified", [200])


async def test_410_ends_it_at_once(keap: Keap, sandbox: Sandbox, receiver: Receiver) -> None:
    """A receiver that answers 410 for one delivery would pass here."""
    await subscribe(keap, receiver.url)
    receiver.statuses = [410]

    assert await tell(keap, ["1001"]) == [410]
    assert [hook.status for hook in sandbox.hooks.hooks.values()] == ["Inactive"]


async def test_a_delivery_has_a_thousand_objects_at_most(keap: Keap, receiver: Receiver) -> None:
    """A receiver with a small limit would pass here."""
    await subscribe(keap, receiver.url)
    await tell(keap, [str(number) for number in range(1, 1502)])

    assert [len(each["object_keys"]) for each in receiver.got] == [1000, 501]


async def test_hooks_are_removed_and_wrong_ones_refused(keap: Keap, receiver: Receiver) -> None:
    """A client's mistakes would pass here."""
    made = await subscribe(keap, receiver.url)
    path = f"/crm/rest/v1/hooks/{made['key']}"
    removed = await keap.ask("DELETE", path)
    again = await keap.ask("DELETE", path)
    verified = await keap.ask("POST", f"{path}/verify")
    events = (await keap.ask("GET", "/crm/rest/v1/hooks/event_keys")).json
    refused = [
        (await keap.ask("POST", "/crm/rest/v1/hooks", json=body)).status
        for body in (
            {"eventKey": "contact.dance", "hookUrl": receiver.url},
            {"eventKey": "contact.edit", "hookUrl": "http://www.site.org/"},
        )
    ]

    assert (removed.status, again.status, verified.status) == (204, 404, 404)
    assert (again.json, refused) == ({"message": "Unable to find this Hook"}, [400, 400])
    assert "contactGroup.applied" in events
