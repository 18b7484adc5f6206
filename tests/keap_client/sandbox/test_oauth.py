"""The sandbox gives tokens as Keap does, and takes them back as mercilessly."""

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from keap_client.sandbox import Sandbox
from tests.keap_client.sandbox.conftest import Keap

BACK = "https://www.site.org/back"


async def ask_token(keap: Keap, form: Mapping[str, str], **headers: str) -> tuple[int, Any]:
    """Post a form to the token address; give status and answer."""
    answered = await keap.ask("POST", "/token", data=form, headers=headers)
    return answered.status, answered.json


async def code(keap: Keap, **more: str) -> dict[str, list[str]]:
    """Let Keap's user press Allow; give what comes back."""
    asked = {
        "client_id": keap.sandbox.oauth.client_id,
        "redirect_uri": BACK,
        "response_type": "code",
        "state": "st",
        **more,
    }
    answered = await keap.ask("GET", "/app/oauth/authorize", params=asked, headers={})
    assert answered.status == 302
    return parse_qs(urlsplit(answered.headers["Location"]).query)


def exchange(sandbox: Sandbox, code: str) -> dict[str, str]:
    """Give the form that takes a code."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "client_id": sandbox.oauth.client_id,
        "client_secret": sandbox.oauth.client_secret,
    }


def basic(sandbox: Sandbox, secret: str | None = None) -> str:
    """Give the header of a refresh."""
    pair = f"{sandbox.oauth.client_id}:{secret or sandbox.oauth.client_secret}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


async def test_a_code_gives_tokens_once(keap: Keap, sandbox: Sandbox) -> None:
    """A client that asks twice would pass here and fail at Keap."""
    came = await code(keap)
    status, given = await ask_token(keap, exchange(sandbox, came["code"][0]))
    again = await ask_token(keap, exchange(sandbox, came["code"][0]))

    known = {"Authorization": f"Bearer {given['access_token']}"}
    asked = await keap.ask("GET", "contacts/1001", headers=known)
    assert (status, came["state"], asked.status) == (200, ["st"], 200)
    assert given["expires_in"] == 86400
    assert (again[0], again[1]["error"]) == (400, "invalid_grant")


async def test_a_refresh_token_dies_when_it_is_used(keap: Keap, sandbox: Sandbox) -> None:
    """A client that keeps the old one would work for ever here, and for a day at Keap."""
    given = sandbox.oauth.issue(sandbox.tenant.clock(), "app")
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    status, following = await ask_token(keap, form, Authorization=basic(sandbox))
    again = await ask_token(keap, form, Authorization=basic(sandbox))

    assert status == 200
    assert following["refresh_token"] != given["refresh_token"]
    assert (again[0], again[1]["error"]) == (400, "invalid_grant")


async def test_tokens_run_out(keap: Keap, sandbox: Sandbox) -> None:
    """A client that never renews would pass here."""
    began = sandbox.tenant.clock()
    given = sandbox.oauth.issue(began, "app")
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    sandbox.tenant.clock = lambda: began + timedelta(days=1)
    known = {"Authorization": f"Bearer {given['access_token']}"}
    asked = await keap.ask("GET", "contacts/1001", headers=known)
    sandbox.tenant.clock = lambda: began + timedelta(days=45)
    late = await ask_token(keap, form, Authorization=basic(sandbox))

    assert (asked.status, "access_token_expired" in asked.text) == (401, True)
    assert late[1]["error"] == "invalid_grant"


@pytest.mark.parametrize("header", [None, "Basic !", "Bearer x", "wrong secret"])
async def test_a_refresh_wants_the_secret_in_the_header(
    keap: Keap, sandbox: Sandbox, header: str | None
) -> None:
    """A client that sends it in the form would pass here."""
    given = sandbox.oauth.issue(sandbox.tenant.clock(), "app")
    form = exchange(sandbox, "") | {
        "grant_type": "refresh_token",
        "refresh_token": given["refresh_token"],
    }
    wrong = basic(sandbox, "wrong") if header == "wrong secret" else header
    answered = await ask_token(keap, form, **({"Authorization": wrong} if wrong else {}))

    assert (answered[0], answered[1]["error"]) == (401, "invalid_client")
    assert given["refresh_token"] in sandbox.oauth.refresh_tokens


async def test_an_exchange_wants_the_secret_in_the_form_alone(keap: Keap, sandbox: Sandbox) -> None:
    """A client that sends the header, too, would pass here."""
    came = await code(keap)
    form = exchange(sandbox, came["code"][0])
    answered = await ask_token(keap, form, Authorization=basic(sandbox))

    assert (answered[0], answered[1]["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("form", "error"),
    [({}, "invalid_request"), ({"grant_type": "client_credentials"}, "unsupported_grant_type")],
)
async def test_there_are_two_grants(keap: Keap, form: dict[str, str], error: str) -> None:
    """A client could count on client credentials, which Keap does not have."""
    assert (await ask_token(keap, form))[1]["error"] == error


async def test_json_is_not_understood(keap: Keap) -> None:
    """A client that sends JSON would pass here."""
    answered = await keap.ask("POST", "/token", json={"grant_type": "refresh_token"}, headers={})

    assert (answered.status, answered.json["error"]) == (400, "invalid_request")


async def test_the_page_sends_back_no_code_where_it_should_not(
    keap: Keap, sandbox: Sandbox
) -> None:
    """The ways in which it goes wrong could not be tried."""
    wrong = {"client_id": "nobody", "redirect_uri": BACK, "response_type": "code"}
    unknown = await keap.ask("GET", "/app/oauth/authorize", params=wrong, headers={})
    bad = await code(keap, response_type="token")
    sandbox.oauth.says_no = True
    denied = await code(keap)

    assert unknown.status == 400
    assert (bad["error"], denied["error"]) == (["invalid_request"], ["access_denied"])


async def test_another_process_can_let_tokens_run_out_and_take_rights_away(
    keap: Keap, sandbox: Sandbox
) -> None:
    """The demonstration could not show what happens then."""
    sandbox.oauth.issue(sandbox.tenant.clock(), "app")
    await keap.ask("POST", "/_sandbox/oauth", json={"expire": True})
    (until,) = sandbox.oauth.access_tokens.values()
    await keap.ask("POST", "/_sandbox/oauth", json={"withdraw": True})

    assert until < sandbox.tenant.clock()
    assert (sandbox.oauth.access_tokens, sandbox.oauth.refresh_tokens) == ({}, {})


async def test_further_tokens_have_calls_of_their_own(keap: Keap, sandbox: Sandbox) -> None:
    """A backup token would be used up together with the first."""
    sandbox.more_tokens.add("KeapAK-second")
    await keap.get("contacts/1001")
    second = {"Authorization": "Bearer KeapAK-second"}
    answered = await keap.ask("GET", "contacts/1001", headers=second)

    assert answered.headers["x-keap-product-quota-used"] == "1"
