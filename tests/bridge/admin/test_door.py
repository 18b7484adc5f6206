"""Who gets in to the page, and what the door keeps out."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.tries import FREE
from tests.bridge.admin.showing import Browser, shown_in

PAGES = [
    "",
    "deliveries",
    "deliveries/D1",
    "resend?state=held",
    "contacts/1",
    "mapping",
    "setup",
]


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    """A browser that has not logged in."""
    async with shown_in(tmp_path) as browser:
        yield browser


@pytest.mark.parametrize("page", PAGES)
async def test_without_the_password_there_is_only_the_door(browser: Browser, page: str) -> None:
    """Anybody who reaches the address would read who the contacts are."""
    answer = await browser.get(page)

    assert (answer.status, answer.headers["Location"]) == (303, "/admin/login")


async def test_the_password_opens_and_the_log_out_closes(browser: Browser) -> None:
    """The owner would stay out, or the next person at the machine would be in."""
    entered = await browser.log_in()
    assert (entered.status, entered.headers["Location"]) == (303, "/admin/")
    page = await browser.get("")
    assert page.status == 200

    await browser.post("logout", {"csrf_token": page.field("csrf_token")})

    assert (await browser.get("")).status == 303


async def test_the_cookie_is_for_this_page_alone(browser: Browser) -> None:
    """A script, another site or a listener on the way could take the session over."""
    cookie = (await browser.log_in()).headers["Set-Cookie"]

    for property_ in ("HttpOnly", "Secure", "SameSite=Strict", "Path=/admin"):
        assert property_ in cookie


async def test_wrong_passwords_are_slowed_down(browser: Browser) -> None:
    """A list of passwords could be tried."""
    for _ in range(FREE):
        assert (await browser.log_in("wrong")).status == 403

    slowed = await browser.log_in()

    assert slowed.status == 429
    assert int(slowed.headers["Retry-After"]) >= 1
    assert (await browser.get("")).status == 303


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil"}],
)
async def test_a_form_of_another_site_is_refused(browser: Browser, headers: dict[str, str]) -> None:
    """Another site could send everything again, or log the owner in as somebody else."""
    await browser.log_in()
    token = (await browser.get("")).field("csrf_token")

    answer = await browser.post("logout", {"csrf_token": token}, headers)

    assert answer.status == 403
    assert (await browser.get("")).status == 200


@pytest.mark.parametrize("token", ["", "guessed"])
async def test_a_form_without_the_token_is_refused(browser: Browser, token: str) -> None:
    """A form made elsewhere would be taken from browsers that do not say where it is from."""
    await browser.log_in()

    assert (await browser.post("logout", {"csrf_token": token})).status == 403
    assert (await browser.get("")).status == 200


@pytest.mark.parametrize("page", ["", "login", "nothing", "static/page.css"])
async def test_every_answer_is_armoured(browser: Browser, page: str) -> None:
    """The page could be framed, could load scripts from elsewhere, or stay in a cache."""
    for _ in range(2):
        headers = (await browser.get(page)).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"
        await browser.log_in()


async def test_what_is_not_there_is_said_in_words(browser: Browser) -> None:
    """People would see the server's own error page, or nothing."""
    await browser.log_in()

    answer = await browser.get("nothing")

    assert (answer.status, "There is no such page." in answer.text) == (404, True)
