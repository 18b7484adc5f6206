"""What stands before the application: credentials, unknown addresses, limits, the record."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from keap_client.sandbox import Limits, Sandbox
from keap_client.sandbox.limits import Throttle
from tests.keap_client.sandbox.conftest import Keap


@pytest.mark.parametrize(
    ("style", "headers"),
    [
        ("bearer", {"Authorization": "Bearer {}"}),
        ("bearer", {"authorization": "bearer {}"}),
        ("x-keap-api-key", {"X-Keap-API-Key": "{}"}),
    ],
)
async def test_a_token_is_taken_in_either_header(
    keap: Keap, sandbox: Sandbox, style: str, headers: dict[str, str]
) -> None:
    """Both documented headers work, and the record tells which was used, without the token."""
    signed = {name: value.format(sandbox.token) for name, value in headers.items()}

    answer = await keap.ask("GET", "contacts/1001", headers=signed)

    assert answer.status == 200
    assert sandbox.record.last.auth == style
    assert sandbox.token not in repr(sandbox.record)
    assert not set(sandbox.record.last.headers) & {"authorization", "x-keap-api-key"}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "oauth.v2.InvalidAccessToken"),
        ({"Authorization": "Basic dTpw"}, "oauth.v2.InvalidAccessToken"),
        ({"Authorization": "Bearer "}, "oauth.v2.InvalidAccessToken"),
        ({"Authorization": "Bearer no"}, "keymanagement.service.invalid_access_token"),
        ({"X-Keap-API-Key": "no"}, "keymanagement.service.invalid_access_token"),
        ({"Authorization": "Bearer old"}, "keymanagement.service.access_token_expired"),
    ],
)
@pytest.mark.parametrize("path", ["contacts/1001", "no/such/path", "/anything"])
async def test_who_asks_comes_before_what_is_asked(
    keap: Keap, sandbox: Sandbox, headers: dict[str, str], code: str, path: str
) -> None:
    """Without a good token every path is the gateway's 401, all quota headers there but blank."""
    sandbox.expired_tokens.add("old")

    answer = await keap.ask("GET", path, headers=headers)

    assert answer.status == 401
    assert answer.json["fault"]["detail"]["errorcode"] == code
    assert answer.headers["x-keap-product-quota-limit"] == ""
    assert answer.headers["x-keap-tenant-throttle-limit"] == "|"


@pytest.mark.parametrize(
    "path",
    ["contacts/1001/", "contacts/", "no/such/path", "contacts/1001/emails", "/", "/crm/rest/v2"],
)
async def test_an_unknown_address_is_a_page(keap: Keap, path: str) -> None:
    """A trailing slash or an unknown path is a 404 in HTML, not in Keap's envelope."""
    answer = await keap.ask("GET", path)

    assert answer.status == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Page Not Found" in answer.text


async def test_a_known_address_has_its_methods(keap: Keap) -> None:
    """A method that an endpoint does not have is a 405 in the application's envelope."""
    answer = await keap.ask("PUT", "contacts/1001", json={})

    assert (answer.status, answer.json["code"]) == (405, 405)


async def test_a_get_with_a_body_is_a_page(keap: Keap) -> None:
    """The gateway refuses a GET that has a body, in HTML."""
    answer = await keap.ask("GET", "contacts/1001", json={})

    assert answer.status == 400
    assert "Bad Request" in answer.text


async def test_every_answer_tells_what_is_left(keap: Keap, sandbox: Sandbox) -> None:
    """The quota headers count down, and the application's two limits share a header by a pipe."""
    sandbox.quirks = replace(sandbox.quirks, limits=Limits())
    await keap.get("contacts/1001")

    headers = (await keap.ask("GET", "contacts/9999")).headers

    assert headers["x-keap-product-throttle-limit"] == "240"
    assert headers["x-keap-product-throttle-available"] == "238"
    assert headers["x-keap-product-throttle-used"] == "2"
    assert headers["x-keap-product-quota-available"] == "29998"
    assert headers["x-keap-product-quota-time-unit"] == "day"
    assert headers["x-keap-tenant-id"] == "ab103.infusionsoft.com"
    assert headers["x-keap-tenant-throttle-time-unit"] == "minute|day"
    assert headers["x-keap-tenant-throttle-available"] == "9998|249998"


@pytest.fixture
def clock(sandbox: Sandbox) -> list[datetime]:
    """The sandbox's time, in a list of one: it stands until a test puts another there."""
    now = [datetime(2026, 11, 23, 23, 59, 30, tzinfo=UTC)]
    sandbox.tenant.clock = lambda: now[0]
    return now


@pytest.mark.parametrize(
    ("limits", "pause"),
    [
        (Limits(per_second=2), timedelta(seconds=1)),
        (Limits(per_minute=2), timedelta(minutes=1)),
        (Limits(per_day=2), timedelta(seconds=30)),
    ],
    ids=["second", "minute", "day, until midnight in UTC"],
)
async def test_a_limit_refuses_until_its_time_is_over(
    keap: Keap, sandbox: Sandbox, clock: list[datetime], limits: Limits, pause: timedelta
) -> None:
    """The call beyond a limit is a 429 and does not count; once the time is over calls work."""
    sandbox.quirks = replace(sandbox.quirks, limits=limits)

    async def status() -> int:
        return (await keap.ask("GET", "contacts/1001")).status

    assert [await status() for _ in range(4)] == [200, 200, 429, 429]
    clock[0] += pause - timedelta(milliseconds=1)
    assert await status() == 429
    clock[0] += timedelta(milliseconds=1)
    assert [await status() for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("quota", {"code": "429", "status": "Request Throttled", "details": None}),
        ("fault", {"fault": {"detail": {"errorcode": "policies.ratelimit.SpikeArrestViolation"}}}),
        ("application", {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": []}),
    ],
)
@pytest.mark.parametrize("wait", [None, 7])
async def test_a_429_has_three_forms(
    keap: Keap, sandbox: Sandbox, form: Any, said: dict[str, Any], wait: int | None
) -> None:
    """Every body form that was seen can be had, with and without Retry-After."""
    sandbox.quirks = replace(
        sandbox.quirks, throttled=form, retry_after=wait, limits=Limits(per_second=0)
    )

    answer = await keap.ask("GET", "contacts/1001")

    assert answer.status == 429
    assert answer.headers.get("Retry-After") == (None if wait is None else "7")
    assert answer.headers["x-keap-product-throttle-limit"] == "240"
    body = answer.json
    if form == "fault":
        assert body["fault"]["detail"] == said["fault"]["detail"]
    else:
        assert {name: body[name] for name in said} == said


def test_the_days_quota_ends_at_midnight_in_utc() -> None:
    """The expiry header is the next midnight in UTC, in milliseconds, wherever the clock is."""
    evening = datetime(2026, 11, 23, 20, tzinfo=UTC).astimezone(timezone(timedelta(hours=9)))

    headers = Throttle().headers(evening, Limits())

    midnight = datetime(2026, 11, 24, tzinfo=UTC)
    assert headers["x-keap-product-quota-expiry-time"] == str(int(midnight.timestamp() * 1000))


async def test_the_record_holds_what_was_asked(keap: Keap, sandbox: Sandbox) -> None:
    """Method, path, query, body, endpoint and status of every request are there, in order."""
    await keap.get("contacts/1001", fields="id,tag_ids")
    await keap.ask("POST", "tags/92/contacts:applyTags", json={"contact_ids": ["1001"]})
    await keap.ask("GET", "nowhere")

    first, second, third = sandbox.record.requests
    assert (first.method, first.path, first.query) == (
        "GET",
        "contacts/1001",
        (("fields", "id,tag_ids"),),
    )
    assert second.json() == {"contact_ids": ["1001"]}
    assert (third.endpoint, third.status) == (None, 404)
    assert sandbox.record.counts() == {
        "GET contacts/{contact_id}": 1,
        "POST tags/{tag_id}/contacts:applyTags": 1,
        "GET nowhere": 1,
    }
    assert sandbox.record.to("GET contacts/{contact_id}") == [first]
    sandbox.record.clear()
    assert sandbox.record.counts() == {}
