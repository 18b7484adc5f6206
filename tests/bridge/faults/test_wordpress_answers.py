"""WordPress, or what stands before it, answers strangely: nothing is lost, and nothing doubled."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from tests.bridge.faults.front import Trouble, writes
from tests.bridge.faults.scene import SOAK, Scene

pytestmark = pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)

HTML = {"Content-Type": "text/html; charset=UTF-8"}
PAGE = b"<!DOCTYPE html><html><head><title>Hello</title></head><body>Hello.</body></html>"


def page(status: int, body: bytes = PAGE, **headers: str) -> Trouble:
    """A page in place of the answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Trouble(status, body, HTML | named)


def says(status: int, code: str) -> Trouble:
    """WordPress itself says no."""
    said: dict[str, Any] = {"code": code, "message": "No.", "data": {"status": status}}
    return Trouble(status, json.dumps(said).encode(), {"Content-Type": "application/json"})


def half(body: bytes) -> bytes:
    """An answer that breaks off."""
    return body[: len(body) // 2]


def after_a_notice(body: bytes) -> bytes:
    """What PHP prints with display_errors on, and then the answer."""
    return (
        b"<br />\n<b>Notice</b>:  Undefined index: x in <b>/srv/x.php</b> on line <b>1</b><br />"
        + body
    )


WAITS: dict[str, tuple[Trouble, str]] = {
    "200_page": (page(200), "what has happened is unknown"),
    "half_json": (Trouble(spoilt=half), "what has happened is unknown"),
    "notice_before_json": (Trouble(spoilt=after_a_notice), "what has happened is unknown"),
    "500_with_code": (says(500, "internal_server_error"), "failed with an error of its own"),
    "502_page": (page(502), "failed with an error of its own (HTTP 502)"),
    "503_maintenance": (page(503), "busy or in maintenance"),
    "cut": (Trouble(body=None), "WordPress gave no answer"),
    "time_out": (Trouble(body=None, seconds=4), "WordPress gave no answer"),
}
HELD: dict[str, tuple[Trouble, str]] = {
    "301": (
        page(301, Location="https://www.site.example/wp-json/"),
        "put https://www.site.example in wordpress.url",
    ),
    "401": (says(401, "incorrect_password"), "make a new application password"),
    "403_firewall": (page(403), "allow this server's address"),
    "403_json": (says(403, "rest_forbidden"), "WordPress refuses (rest_forbidden)"),
    "cf_mitigated": (page(403, cf_mitigated="challenge"), "Cloudflare's challenge page"),
}
TABLE = [
    *(pytest.param(trouble, "waiting", said, id=name) for name, (trouble, said) in WAITS.items()),
    *(pytest.param(trouble, "held", said, id=name) for name, (trouble, said) in HELD.items()),
]


@pytest.mark.parametrize(
    "wordpress", ["companion", "core"] if SOAK else ["companion"], indirect=True
)
@pytest.mark.parametrize(("trouble", "state", "said"), TABLE)
async def test_nothing_but_strange_answers(
    scene: Scene, trouble: Trouble, state: str, said: str
) -> None:
    """The Post would be lost, or the owner not be told what to do, or a user be made twice."""
    troubled = await scene.first_attempt(lambda: scene.front.make(trouble))
    done = await scene.in_the_end()

    assert scene.front.met > 0
    assert troubled.state == state
    assert said in troubled.reason
    scene.judge(done)


AFTER_THE_WRITE = {
    name: replace(trouble, carried_out=True, meets=writes)
    for name, (trouble, _) in (WAITS | HELD).items()
    if SOAK or name in {"200_page", "half_json", "cut", "time_out"}
}


@pytest.mark.parametrize("trouble", AFTER_THE_WRITE.values(), ids=AFTER_THE_WRITE.keys())
async def test_strange_answers_to_what_was_carried_out(scene: Scene, trouble: Trouble) -> None:
    """A user would be made twice or mailed twice, or have another password than Keap tells."""
    await scene.first_attempt(lambda: scene.front.make(trouble))
    done = await scene.in_the_end()

    assert scene.front.met > 0
    scene.judge(done)


def _asks_for_mail(request: web.Request) -> bool:
    return request.path.endswith("wp-login.php")


@pytest.mark.parametrize("wordpress", ["core"], indirect=True)
@pytest.mark.parametrize(
    "name", ["200_page", "500_with_code", "502_page", "503_maintenance", "cut", "time_out"]
)
async def test_strange_answers_to_a_mail_that_was_sent(scene: Scene, name: str) -> None:
    """Somebody would be welcomed twice: core alone does not remember what it has mailed."""
    trouble = replace(WAITS[name][0], carried_out=True, meets=_asks_for_mail)
    await scene.first_attempt(lambda: scene.front.make(trouble))
    done = await scene.in_the_end()

    assert scene.front.met == 1
    assert [caveat.code for caveat in done.caveats].count("notification_uncertain") == 1
    scene.judge(done)


async def test_maintenance_that_says_how_long(scene: Scene) -> None:
    """A site that asks for a pause would be asked again at once."""
    trouble = page(503, Retry_After="120")
    waiting = await scene.first_attempt(lambda: scene.front.make(trouble))
    done = await scene.in_the_end()

    assert waiting.state == "waiting"
    assert waiting.due_at
    assert waiting.due_at >= waiting.received_at + timedelta(seconds=120)
    scene.judge(done)


async def test_a_slow_site_is_no_trouble(scene: Scene) -> None:
    """A site that takes a second for each answer would never get its users."""
    trouble = Trouble(spoilt=bytes, seconds=0.6)
    done = await scene.first_attempt(lambda: scene.front.make(trouble))

    assert scene.front.met > 0
    assert done.attempts == 1
    scene.judge(done)
