"""Things that go wrong on demand, each in the form that a client has to tell apart."""

import asyncio
import json
from dataclasses import replace

import aiohttp
import pytest

from keap_client.sandbox import Fault, Sandbox, running_sandbox
from keap_client.sandbox.faults import FaultKind, Faults
from tests.keap_client.sandbox.conftest import Keap


@pytest.mark.parametrize(
    ("kind", "status", "said"),
    [
        ("invalid_token", 401, '"keymanagement.service.invalid_access_token"'),
        ("expired_token", 401, '"keymanagement.service.access_token_expired"'),
        ("forbidden", 403, '"PERMISSION_DENIED"'),
        ("not_found", 404, '"NOT_FOUND"'),
        ("throttled", 429, '"Quota Exceeded"'),
        ("error_html", 500, "<html>"),
        ("error_json", 500, '"INTERNAL"'),
        ("bad_gateway", 502, "<html>"),
        ("unavailable", 503, ""),
        ("gateway_timeout", 504, '"fault"'),
        ("page_instead", 200, "<html>"),
        ("redirect", 302, ""),
    ],
)
async def test_a_fault_is_answered_in_its_form(
    keap: Keap, sandbox: Sandbox, kind: FaultKind, status: int, said: str
) -> None:
    """Every fault has its status and body, happens once, and nothing was carried out."""
    sandbox.faults.add(Fault(kind))

    answer = await keap.ask("PATCH", "contacts/1001", json={"given_name": "Z"})

    assert answer.status == status
    assert said in answer.text
    assert sandbox.record.last.status == status
    assert sandbox.tenant.contacts["1001"].properties["given_name"] == "Zoë"
    assert (await keap.ask("GET", "contacts/1001")).status == 200


async def test_a_fault_can_come_after_the_work(keap: Keap, sandbox: Sandbox) -> None:
    """With ``carried_out`` the write is done although the answer says nothing of it."""
    sandbox.faults.add(Fault("bad_gateway", carried_out=True))

    answer = await keap.ask("PATCH", "contacts/1001", json={"given_name": "Z"})

    assert answer.status == 502
    assert sandbox.tenant.contacts["1001"].properties["given_name"] == "Z"


@pytest.mark.parametrize("carried_out", [False, True])
async def test_a_connection_can_close_without_an_answer(
    keap: Keap, sandbox: Sandbox, *, carried_out: bool
) -> None:
    """A hang-up gives no status; whether the work was done is not to be seen from outside."""
    sandbox.faults.add(Fault("hang_up", carried_out=carried_out))

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await keap.ask("PATCH", "contacts/1001", json={"given_name": "Z"})

    assert sandbox.record.last.status is None
    assert (sandbox.tenant.contacts["1001"].properties["given_name"] == "Z") is carried_out


async def test_an_answer_can_be_cut_off(keap: Keap, sandbox: Sandbox) -> None:
    """Half a body under the whole length is an error of the transport."""
    sandbox.faults.add(Fault("cut_off"))

    with pytest.raises(aiohttp.ClientPayloadError):
        await keap.ask("GET", "contacts/1001")


async def test_json_can_be_truncated(keap: Keap, sandbox: Sandbox) -> None:
    """Half of the JSON in sound HTTP is a 200 that cannot be read."""
    sandbox.faults.add(Fault("truncated_json"))

    answer = await keap.ask("GET", "contacts/1001")

    assert answer.status == 200
    assert answer.text.startswith('{"id"')
    with pytest.raises(json.JSONDecodeError):
        answer.json  # noqa: B018 - reading it is the test


async def test_an_answer_may_never_come(keap: Keap) -> None:
    """A silent connection ends when the sandbox stops, and the sandbox does stop."""
    async with running_sandbox() as silent:
        silent.faults.add(Fault("never_answer"))
        waiting = asyncio.create_task(Keap(keap.session, silent).ask("GET", "contacts/1001"))
        while not silent.record.requests:  # noqa: ASYNC110 - a record has no event to wait for
            await asyncio.sleep(0.01)
        assert not waiting.done()

    with pytest.raises(aiohttp.ClientError):
        await waiting


async def test_an_answer_may_be_slow(keap: Keap, sandbox: Sandbox) -> None:
    """A slow answer is the real one, once the caller has waited."""
    sandbox.faults.add(Fault("slow", seconds=0.2))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await keap.ask("GET", "contacts/1001")

    sandbox.faults.add(Fault("slow", seconds=0.01))
    assert (await keap.get("contacts/1001"))["id"] == "1001"


async def test_everything_may_be_slow(keap: Keap, sandbox: Sandbox) -> None:
    """The latency of the quirks comes before every answer."""
    sandbox.quirks = replace(sandbox.quirks, latency=0.2)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await keap.ask("GET", "contacts/1001")


async def test_unavailable_may_say_for_how_long(keap: Keap, sandbox: Sandbox) -> None:
    """A 503 carries Retry-After when it is given one."""
    sandbox.faults.add(Fault("unavailable", retry_after=30))

    assert (await keap.ask("GET", "contacts/1001")).headers["Retry-After"] == "30"


async def test_a_redirect_leads_to_the_sandbox_itself(keap: Keap, sandbox: Sandbox) -> None:
    """Who follows the redirect is seen in the record."""
    sandbox.faults.add(Fault("redirect"))

    answer = await keap.ask("GET", "contacts/1001")

    assert answer.headers["Location"] == f"{sandbox.url}/elsewhere"


def test_a_fault_waits_for_its_request() -> None:
    """Method and path choose the request; a fault is met as often as it says, oldest first."""
    faults = Faults()
    faults.add(Fault("error_html", times=2, method="PATCH", path=r"contacts/\d+"))
    faults.add(Fault("error_json"))

    assert faults.take("GET", "contacts/1001") == Fault("error_json")
    assert faults.take("GET", "contacts/1001") is None
    assert faults.take("PATCH", "contacts/1001/tags") is None
    met = [faults.take("PATCH", "contacts/1001") for _ in range(3)]
    assert [one.kind if one else None for one in met] == ["error_html", "error_html", None]


def test_faults_can_be_called_off() -> None:
    """After :meth:`clear` nothing goes wrong; the length tells how much still would."""
    faults = Faults()
    faults.add(Fault("error_html", times=3))
    assert len(faults) == 3
    faults.clear()
    assert len(faults) == 0
    assert faults.take("GET", "contacts") is None
