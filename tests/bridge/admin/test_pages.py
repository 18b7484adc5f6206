"""What the pages show of a store, and what sending again does to it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from structlog.testing import capture_logs

from bridge.delivery import Caveat, NewDelivery, Successor, Verdict
from bridge.last_posts import AnsweredPost
from bridge.surroundings import now
from tests.bridge.admin.showing import Browser, shown_in
from tests.bridge.running import ACCESS_KEY

EVIL = "<script>alert(1)</script>"


async def _keep(browser: Browser, *contacts: str, action: str = "add") -> None:
    for contact in contacts:
        await browser.site.store.put(
            NewDelivery(f"D{contact}", contact, action, now())  # type: ignore[arg-type]
        )


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    """A browser that has logged in; contact 1's delivery is held, contact 2's done, 3's waits."""
    async with shown_in(tmp_path) as browser:
        await _keep(browser, "1", "2")
        for work in await browser.site.store.take(9):
            verdict = {
                "1": Verdict("held", f"WordPress refused. {EVIL}", cause="wordpress"),
                "2": Verdict("done", caveats=(Caveat("unknown_role", "gold"),), user_id=17),
            }[work.contact]
            await browser.site.store.finish(work, verdict)
        await _keep(browser, "3", action="update_tags")
        await browser.log_in()
        yield browser


async def test_the_overview_counts(browser: Browser) -> None:
    """An owner would not see that something waits for him."""
    text = (await browser.get("")).text

    assert "1 waiting" in text
    assert "1 held" in text
    assert "3 in the last 48 hours" in text
    assert "Keap well" in text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"D1", "D2", "D3"}),
        ("state=held", {"D1"}),
        ("action=update_tags", {"D3"}),
        ("contact=2", {"D2"}),
        ("contact=2&state=held", set()),
        ("since=2000-01-01T00:00&until=2000-01-02T00:00", set()),
        ("since=2000-01-01T00:00", {"D1", "D2", "D3"}),
        ("state=nonsense&since=nonsense&before=nonsense", {"D1", "D2", "D3"}),
    ],
)
async def test_the_list_is_what_was_asked_for(
    browser: Browser, query: str, shown: set[str]
) -> None:
    """A person would look for a delivery among others, or not find it."""
    html = (await browser.get(f"deliveries?{query}")).html

    assert {each for each in ("D1", "D2", "D3") if f"/deliveries/{each}" in html} == shown


async def test_what_others_wrote_stays_text(browser: Browser) -> None:
    """An answer of WordPress, or a link, could run a script in the owner's browser."""
    for page in (
        "",
        "deliveries",
        "deliveries/D1",
        f"deliveries?contact={EVIL}",
        f"resend?ids={EVIL}",
    ):
        assert EVIL not in (await browser.get(page)).html
    assert EVIL in (await browser.get("deliveries/D1")).text


async def test_a_delivery_says_how_it_went_on(browser: Browser) -> None:
    """A person would know that it is held, and not what to do."""
    held = (await browser.get("deliveries/D1")).text
    done = (await browser.get("deliveries/D2")).text

    assert "Goes on by itself within minutes once that is mended" in held
    assert "received and kept" in held
    assert "Warning: WordPress has no role gold." in done
    assert "WordPress user 17" in done


async def test_a_delivery_says_whom_its_post_named(browser: Browser) -> None:
    """A person would look for a contact that Keap has merged with another one."""
    (work,) = await browser.site.store.take(9)
    gone = Verdict("waiting", "Contact 3 is gone.", successor=Successor("8", 17))
    await browser.site.store.finish(work, gone)

    text = (await browser.get("deliveries/D3")).text

    assert "for contact 8 (the Post named 3 , whom Keap no longer has)" in text


async def test_the_list_goes_on_page_after_page(browser: Browser) -> None:
    """Older deliveries could not be reached, or would be shown twice."""
    await _keep(browser, *(str(number) for number in range(100, 220)))
    seen: list[str] = []
    page = "deliveries"
    while page:
        html = (await browser.get(page)).html
        seen += [part.split('"')[0] for part in html.split("/admin/deliveries/")[1:]]
        _, _, older = html.partition('rel="next" href="/admin/')
        page = older.partition('"')[0].replace("&amp;", "&")

    assert len(seen) == len(set(seen)) == 123


async def test_sending_again_asks_first(browser: Browser) -> None:
    """One slip on the list would start thousands of deliveries."""
    asked = await browser.get("resend?state=held")

    assert "1 delivery would be done afresh: 1 held" in asked.text
    assert browser.site.store.unfinished == 1

    sent = await browser.post("resend", {"state": "held", "csrf_token": asked.field("csrf_token")})

    assert (sent.status, sent.headers["Location"]) == (303, "/admin/deliveries?resent=1")
    assert browser.site.store.unfinished == 2


async def test_sending_nothing_in_particular_again_sends_nothing(browser: Browser) -> None:
    """All that was ever done would be done again."""
    asked = await browser.get("resend?state=&contact=+")
    assert "Say which deliveries" in asked.text
    token = (await browser.get("")).field("csrf_token")

    assert (await browser.post("resend", {"csrf_token": token})).status == 400
    assert browser.site.store.unfinished == 1


async def test_one_delivery_sent_again_is_shown(browser: Browser) -> None:
    """A person would not see what becomes of it."""
    token = (await browser.get("resend?ids=D2")).field("csrf_token")

    sent = await browser.post("resend", {"ids": "D2", "csrf_token": token})

    assert sent.headers["Location"] == "/admin/deliveries/D2"
    assert browser.site.store.unfinished == 2


async def test_a_time_range_bounds_what_is_sent_again(browser: Browser) -> None:
    """More would be sent again than was meant."""
    token = (await browser.get("")).field("csrf_token")
    until = (now() - timedelta(hours=1)).astimezone().strftime("%Y-%m-%dT%H:%M")

    sent = await browser.post("resend", {"state": "done", "until": until, "csrf_token": token})

    assert sent.headers["Location"] == "/admin/deliveries?resent=0"


async def test_a_store_in_trouble_is_said(browser: Browser) -> None:
    """People would see a stack trace, or believe that nothing is wrong."""
    token = (await browser.get("")).field("csrf_token")
    await browser.site.store.close()

    sent = await browser.post("resend", {"ids": "D2", "csrf_token": token})

    assert (sent.status, "nothing was sent again" in sent.text) == (503, True)


async def test_a_contact_has_all_that_is_known_of_it(browser: Browser) -> None:
    """A person would have to put a contact's story together from many pages."""
    linked = (await browser.get("contacts/2")).text
    waiting = (await browser.get("contacts/3")).text
    unknown = (await browser.get("contacts/4")).text
    held = (await browser.get("contacts/1")).text

    assert "WordPress user 17 · open in WordPress" in linked
    assert "Linked 0 seconds ago" in linked
    assert "done" in linked
    assert "open in Keap" not in linked  # no answer of Keap's has said where that is
    assert "Waiting 1 delivery, next attempt" in waiting
    assert "A delivery is held : WordPress refused." in held
    assert "WordPress user none known Linked not yet Waiting nothing" in unknown
    assert "No Post has come for this contact" in unknown


@pytest.mark.parametrize("path", ["contacts/abc", "contacts/", "contacts/1/2"])
async def test_what_is_no_contacts_id_is_no_page(browser: Browser, path: str) -> None:
    """Anything would be asked for at Keap."""
    assert (await browser.get(path)).status == 404


async def test_an_end_that_does_not_answer_is_said(browser: Browser) -> None:
    """A person would get a stack trace, or believe that all is the same."""
    token = (await browser.get("")).field("csrf_token")

    compared = await browser.post("contacts/2", {"csrf_token": token})
    tried = await browser.post(
        "mapping", {"csrf_token": token, "contact": "two", "action": "update"}
    )
    checked = await browser.post("setup", {"csrf_token": token, "ask": "check"})

    assert "Keap could not be reached" in compared.text
    assert "contactId" in tried.text
    assert "2 problems" in checked.text


async def test_the_mapping_is_the_one_in_force(browser: Browser) -> None:
    """An owner would read a mapping that no attempt uses any more."""
    before = (await browser.get("mapping")).text
    config = browser.site.in_force.now.config
    newer = config.model_copy(update={"fields": {}})

    browser.site.renew(newer, "abc123")

    after = (await browser.get("mapping")).text
    assert "first_name: FirstName" in before
    assert "fields: {}" in after
    assert "Version abc123 of the configuration" in after


async def test_a_mistake_in_the_file_is_named(browser: Browser, tmp_path: Path) -> None:
    """An owner would wonder why what was saved does not hold."""
    token = (await browser.get("setup")).field("csrf_token")
    good = await browser.post("setup", {"csrf_token": token, "ask": "check"})
    file = tmp_path / "config.yaml"
    file.write_text(file.read_text() + "tags: {meta: 7, mta: x}\n")

    bad = await browser.post("setup", {"csrf_token": token, "ask": "check"})

    assert "ok config.yaml: it has no mistakes" in good.text
    assert "problem config.yaml:7: tags.mta" in bad.text


@pytest.mark.parametrize(
    ("query", "address", "role"),
    [
        ("", "https://<the address of your reverse proxy>/keap", "subscriber"),
        ("url=https://b.example.com", "https://b.example.com/keap", "subscriber"),
        ("url=https://b.example.com/keap/", "https://b.example.com/keap", "subscriber"),
        ("url=https://b.example.com:8443", "https://<the address", "subscriber"),
        ("url=javascript:alert(1)", "https://<the address", "subscriber"),
        ("role=administrator", "https://<the address", "subscriber"),
    ],
)
async def test_the_sheet_has_the_address_that_keap_reaches(
    browser: Browser, query: str, address: str, role: str
) -> None:
    """An owner would type into Keap what leads nowhere, or what is refused."""
    page = await browser.get(f"setup?{query}")

    assert f"POST URL {address}" in page.text
    assert f"role {role} Copy" in page.text
    assert ("Keap posts to 443 and 80 only" in page.text) == (":8443" in query or "java" in query)


async def test_the_address_of_the_page_is_offered(browser: Browser) -> None:
    """An owner would type a name that the browser has already."""
    headers = {"Host": "bridge.example.com:8081"}
    path = "/admin/setup"
    async with browser.client.get(path, headers=headers) as answer:
        html = await answer.text()

    assert "https://bridge.example.com/keap" in html


async def test_the_key_is_shown_when_asked_for(browser: Browser) -> None:
    """The key could be read in passing, or could not be had."""
    hidden = await browser.get("setup")
    token = hidden.field("csrf_token")

    with capture_logs() as logged:
        shown = await browser.post("setup", {"csrf_token": token, "ask": "key"})

    assert ACCESS_KEY not in hidden.html
    assert "access_key_shown" in [entry["event"] for entry in logged]
    assert ACCESS_KEY in shown.html
    assert (await browser.post("setup", {"csrf_token": token})).status == 400


async def test_a_list_costs_as_many_questions_however_long_it_is(browser: Browser) -> None:
    """Each row would be asked for alone: a long list would take seconds."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    async def questions() -> int:
        asked.clear()
        event.listen(Engine, "before_cursor_execute", note)
        try:
            await browser.get("deliveries")
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        return len([each for each in asked if "FROM deliveries" in each])

    few = await questions()
    await _keep(browser, *(str(number) for number in range(100, 220)))

    assert await questions() == few == 1


@pytest.mark.parametrize(
    ("minutes", "status", "delivery", "refusal", "words"),
    [
        (14, HTTPStatus.OK, None, "", "was accepted: the test has passed"),
        (14, HTTPStatus.OK, "D2", "", "was accepted as delivery D2"),
        (14, HTTPStatus.FORBIDDEN, None, "The key is wrong.", "refused (HTTP 403): The key is"),
        (16, HTTPStatus.OK, None, "", "Waiting for your test Post"),
    ],
)
async def test_the_last_post_is_told(
    browser: Browser,
    minutes: int,
    status: HTTPStatus,
    delivery: str | None,
    refusal: str,
    words: str,
) -> None:
    """An owner would wait for a Post that has come, or take yesterday's for today's."""
    assert "Waiting for your test Post" in (await browser.get("setup")).text
    at = now() - timedelta(minutes=minutes)

    browser.site.last_posts.note(AnsweredPost(at, status, delivery, refusal))

    assert words in (await browser.get("setup")).text
