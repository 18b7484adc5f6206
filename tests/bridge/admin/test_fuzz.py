"""Whatever is asked of the page, it answers, and never with somebody else's HTML."""

import time
from collections.abc import AsyncIterator, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.admin.app import LARGEST_FORM
from bridge.delivery import NewDelivery, Verdict
from bridge.surroundings import now
from tests.bridge.admin.showing import PASSWORD, Answer, Browser, shown_in

EVIL = "\"'><marquee onload=alert(1)>"
PATHS = ("", "deliveries", "deliveries/D1", "contacts/1", "mapping", "setup", "resend", "login")
FORMS = ("resend", "login", "logout", "mapping", "setup", "contacts/1")
NAMES = (
    *("state", "action", "contact", "since", "until", "before", "ids", "id", "password", "url"),
    *("role", "key", "values", "show", "do", "confirm"),
)
VALUES = (
    EVIL,
    "held",
    "done",
    "add",
    "1",
    "0",
    "-1",
    "9" * 40,
    "\u0661",  # a digit of another script
    "2026-11-23T08:00",
    "0001-01-01T00:00",
    "9999-12-31T23:59:59.999999",
    "2026-11-23T08:00+23:59",
    "\x00",
    "%00",
    "\ud800",
    "../../etc/passwd",
    "x" * 3000,
    "' OR 1=1 --",
)
FEW = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

texts = st.sampled_from(VALUES) | st.text(max_size=20)
pairs = st.lists(st.tuples(st.sampled_from(NAMES) | st.text(max_size=8), texts), max_size=4)


class Tags(HTMLParser):
    """Counts what a browser would take for the tag that we slipped in."""

    def __init__(self) -> None:
        super().__init__()
        self.slipped_in = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag and its attributes."""
        self.slipped_in += tag == "marquee" or any(name.startswith("on") for name, _ in attrs)


def written(several: list[tuple[str, str]]) -> str:
    """Write a query or form; halves of surrogate pairs become question marks."""
    return urlencode(several, errors="replace")


def assert_well(answer: Answer) -> None:
    """No bug of the page's own, and nothing of what was sent as HTML."""
    tags = Tags()
    tags.feed(answer.html)
    assert answer.status < 500
    assert tags.slipped_in == 0
    assert "Content-Security-Policy" in answer.headers


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    """Somebody who has logged in, at a store with something in it."""
    async with shown_in(tmp_path) as browser:
        await browser.site.store.put(NewDelivery("D1", "1", "add", now()))
        for work in await browser.site.store.take(9):
            await browser.site.store.finish(work, Verdict("held", EVIL, cause="keap"))
        await browser.log_in()
        yield browser


@pytest.fixture
def time_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine stands somewhere else."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("time_zone")
@pytest.mark.parametrize(
    ("time_zone", "path"),
    # West and east of London other moments are out of reach.
    [("Asia/Tokyo", "deliveries"), ("America/New_York", "resend"), ("UTC", "setup")],
    indirect=["time_zone"],
)
async def test_each_odd_value_in_each_field(browser: Browser, path: str) -> None:
    """A date or number that no browser makes would break the page."""
    for name in NAMES:
        for value in VALUES:
            assert_well(await browser.get(f"{path}?{written([(name, value)])}"))


@FEW
@given(path=st.sampled_from(PATHS) | texts, query=pairs)
async def test_every_address_is_answered(
    browser: Browser, path: str, query: list[tuple[str, str]]
) -> None:
    """A link that somebody was sent would break the page, or run a script in it."""
    whole = quote(path, errors="replace") if path not in PATHS else path

    assert_well(await browser.get(f"{whole}?{written(query)}"))


@FEW
@given(path=st.sampled_from(FORMS), form=pairs, known=st.booleans())
async def test_every_form_is_answered(
    browser: Browser, path: str, form: list[tuple[str, str]], *, known: bool
) -> None:
    """A form that a browser or a stranger fills in oddly would break the page."""
    token = {}
    if known:
        page = await browser.get("")
        if page.status != 200:  # an earlier form has logged out
            browser.client.cookie_jar.clear()
            await browser.log_in()
            page = await browser.get("")
        if page.status == 200:
            token = {"csrf_token": page.field("csrf_token")}
    form = [(name, value) for name, value in form if name != "password"]
    body = written([*token.items(), *form])
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with browser.client.post(
        f"/admin/{path}", data=body, headers=headers, allow_redirects=False
    ) as got:
        assert_well(Answer(got.status, await got.text(), dict(got.headers)))


@pytest.mark.parametrize("size", [LARGEST_FORM + 1, 900_000])
async def test_a_large_form_is_refused(browser: Browser, size: int) -> None:
    """Whoever reaches the page could fill the memory."""
    answer = await browser.post("login", {"password": PASSWORD, "x": "x" * size})

    assert answer.status == 413
