"""The sandbox steered from another process."""

import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from keap_client.sandbox import Sandbox
from tests.keap_client.sandbox.conftest import Keap


class Control:
    """Requests to the controls, without a token."""

    def __init__(self, keap: Keap) -> None:
        """Use the session that talks to the API."""
        self.keap = keap

    async def ask(self, method: str, path: str, **request: Any) -> Any:
        """Send a request and give the answer."""
        return await self.keap.ask(method, f"/_sandbox/{path}", headers={}, **request)


@pytest.fixture
def control(keap: Keap) -> Control:
    """The controls of this test's sandbox."""
    return Control(keap)


async def test_contacts_are_shown_whole(control: Control, sandbox: Sandbox) -> None:
    """Everything of a contact is there, with names for tags and custom fields, unrecorded."""
    shown = (await control.ask("GET", "contacts/1001")).json
    every = (await control.ask("GET", "contacts")).json["contacts"]

    assert shown["email_addresses"][0]["email"] == "zoe@example.com"
    assert shown["custom"]["Country"] == "United States"
    assert shown["tag_names"] == ["Gold member", "Customer"]
    assert [one["id"] for one in every] == ["1001", "1002", "1003", "1004"]
    assert sandbox.record.requests == []


async def test_a_contact_is_added_and_edited(control: Control, sandbox: Sandbox) -> None:
    """Another process can make a contact and change what a Keap user could."""
    made = await control.ask(
        "POST",
        "contacts",
        json={"given_name": "Ada", "email": "ada@example.com", "custom": {"Country": "Malta"}},
    )
    contact_id = made.json["id"]
    edited = await control.ask(
        "PATCH",
        f"contacts/{contact_id}",
        json={
            "properties": {"family_name": "Lovelace"},
            "custom": {"_WPPassword": "x"},
            "apply_tags": ["Gold member", "93"],
        },
    )
    await control.ask("PATCH", f"contacts/{contact_id}", json={"remove_tags": ["Customer"]})

    assert made.status == 201
    assert edited.json["custom"] == {"Country": "Malta", "WP Password": "x"}
    assert edited.json["family_name"] == "Lovelace"
    assert list(sandbox.tenant.contacts[contact_id].tags) == ["91"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "contacts/9", None, 404),
        ("PATCH", "contacts/1001", {"apply_tags": ["No such tag"]}, 404),
        ("PATCH", "contacts/1001", {"tags": ["91"]}, 400),
        ("PATCH", "quirks", {"latecy": 1}, 404),
        ("PATCH", "quirks", {"limits": {"per_hour": 1}}, 404),
        ("PATCH", "quirks", {"limits": 3}, 400),
        ("PATCH", "quirks", {"model": "empty"}, 400),
        ("POST", "faults", {"kind": "earthquake"}, 400),
        ("POST", "faults", {"kind": "error_html", "when": 1}, 404),
        ("POST", "send", {"contact": "1001"}, 400),
        ("POST", "send", {"url": "http://127.0.0.1:1/", "contact": "9"}, 404),
    ],
)
async def test_a_mistake_is_said(
    control: Control, method: str, path: str, body: Any, status: int
) -> None:
    """Nothing misspelt passes for a change."""
    answer = await control.ask(method, path, **({} if body is None else {"json": body}))

    assert answer.status == status
    assert answer.json


async def test_a_change_needs_json(control: Control, sandbox: Sandbox) -> None:
    """A form from a page in a browser changes nothing."""
    answer = await control.ask("POST", "contacts", data={"given_name": "Eve"})

    assert answer.status == 415
    assert len(sandbox.tenant.contacts) == 4


async def test_quirks_change_one_by_one(control: Control, keap: Keap, sandbox: Sandbox) -> None:
    """A switch that is not named stays, down to the single limits."""
    before = (await control.ask("GET", "quirks")).json
    body = {"unset": "omit", "limits": {"per_minute": 5}}

    after = (await control.ask("PATCH", "quirks", json=body)).json

    limits = before["limits"] | {"per_minute": 5}
    assert after == before | {"unset": "omit", "limits": limits}
    assert await keap.get("contacts/1003", fields="id,family_name") == {"id": "1003"}
    assert sandbox.quirks.limits.per_minute == 5


async def test_faults_are_set_and_called_off(control: Control, keap: Keap) -> None:
    """Another process decides what goes wrong."""
    fault = {"kind": "error_html", "times": 2, "path": "contacts/.*"}
    await control.ask("POST", "faults", json=fault)
    first = await keap.ask("GET", "contacts/1001")
    await control.ask("DELETE", "faults")
    second = await keap.ask("GET", "contacts/1001")

    assert (first.status, second.status) == (500, 200)


async def test_the_record_is_shown_and_cleared(control: Control, keap: Keap) -> None:
    """Another process sees every request and its count, and can start afresh."""
    await keap.ask("PATCH", "contacts/1001", json={"given_name": "Zoé"})

    shown = (await control.ask("GET", "record")).json
    await control.ask("DELETE", "record")

    assert shown["counts"] == {"PATCH contacts/{contact_id}": 1}
    assert json.loads(shown["requests"][0]["body"]) == {"given_name": "Zoé"}
    assert shown["requests"][0]["status"] == 200
    assert (await control.ask("GET", "record")).json == {"requests": [], "counts": {}}


@pytest.fixture
async def posts() -> AsyncIterator[tuple[str, list[bytes]]]:
    """A receiver's address and the bodies that it was sent."""
    bodies: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        return web.json_response({"success": True})

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}/hook", bodies
    await runner.cleanup()


async def test_it_sends_an_http_post(control: Control, posts: tuple[str, list[bytes]]) -> None:
    """Another process can have a campaign's step carried out, in the manner it wants."""
    url, bodies = posts
    body = {
        "url": url,
        "pairs": [["contactId", "~Contact.Id~"], ["wpf_action", "add"]],
        "contact": "1001",
        "manner": {"parallel": 2},
    }

    answer = await control.ask("POST", "send", json=body)

    assert bodies == [b"contactId=1001&wpf_action=add"] * 2
    attempts = answer.json["attempts"]
    assert [one["status"] for one in attempts] == [200, 200]
    assert json.loads(attempts[0]["body"]) == {"success": True}


@pytest.fixture
def program() -> Iterator[subprocess.Popen[str]]:
    """The sandbox as a program of its own."""
    command = [sys.executable, "-m", "keap_client.sandbox", "--token", "KeapAK-program"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:  # noqa: S603 - our own program
        yield running
        running.kill()


async def test_it_runs_as_a_program(program: subprocess.Popen[str]) -> None:
    """One JSON line says where it is; it answers to the token given; SIGTERM ends it well."""
    assert program.stdout is not None
    ready = json.loads(program.stdout.readline())
    async with aiohttp.ClientSession() as session:
        headers = {"X-Keap-API-Key": ready["token"]}
        async with session.get(ready["url"] + "/contacts/1001", headers=headers) as answer:
            contact = await answer.json()
        async with session.get(ready["control_url"] + "/record") as answer:
            record = await answer.json()

    assert ready["token"] == "KeapAK-program"
    assert ready["url"].startswith("http://127.0.0.1:")
    assert ready["url"].endswith("/crm/rest/v2")
    assert contact["given_name"] == "Zoë"
    assert record["counts"] == {"GET contacts/{contact_id}": 1}
    program.send_signal(signal.SIGTERM)
    assert program.wait(10) == 0
