"""The page in a real browser, over a real bridge."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect
from structlog.testing import capture_logs

from bridge.delivery import NewDelivery
from bridge.surroundings import now
from tests.bridge.admin.browsing import PHONE, Watched, World, bridge_with_page, window
from tests.bridge.admin.showing import PASSWORD, shown_in
from tests.chromium import axe, chromium
from tests.wordpress import Sites

# Chromium, WordPress and the bridge take seconds to start: all tests here share one of each.
pytestmark = pytest.mark.asyncio(loop_scope="module")

ZOE = "1001"
NOBODY = "999999"
PAGES = [
    "login",
    "",
    "deliveries",
    "deliveries?state=held",
    "deliveries/{delivery}",
    f"contacts/{ZOE}",
    "resend?state=failed",
    "mapping",
    "setup",
    "nothing",
]
MANY = 10_000


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def world(
    wordpress_sites: Sites, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A bridge to which Posts for one contact and for nobody have come."""
    wordpress = await asyncio.to_thread(wordpress_sites.clean, "6.8", companion=True)
    async with bridge_with_page(wordpress, tmp_path_factory.mktemp("bridge")) as world:
        yield world


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def deliveries(world: World, browser: Browser) -> dict[str, str]:
    """The ids of a delivery that is done, and of one that failed."""
    ids = {}
    async with window(browser, world.page) as seen:
        await seen.log_in()
        for state, contact in (("done", ZOE), ("failed", NOBODY)):
            ids[state] = (await world.post(contact, role="member_a"))["delivery"]
            await seen.open(f"deliveries/{ids[state]}")
            await expect(seen.page.locator(".state").first).to_have_text(state)
    return ids


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def inside(world: World, browser: Browser) -> Any:
    """What a browser keeps that has logged in."""
    async with window(browser, world.page) as seen:
        await seen.log_in()
        return await seen.page.context.storage_state()


async def test_the_wrong_password_stays_outside(world: World, browser: Browser) -> None:
    """Somebody who guesses would be in, or the owner would not know why he is not."""
    async with window(browser, world.page) as seen:
        await seen.log_in("wrong")
        await expect(seen.page.get_by_role("alert")).to_have_text("This is not the password.")
        await seen.open()
        await expect(seen.page.get_by_label("Password")).to_be_focused()
        await seen.log_in()
        await expect(seen.page.get_by_role("heading", level=1)).to_have_text("Overview")
        assert [fault for fault in seen.faults if "403" not in fault] == []
        seen.faults.clear()


async def _ask(seen: Watched) -> None:
    """Let the page ask both ends, where it has a button for that: what it shows then counts too."""
    for button in ("Compare with Keap and WordPress", "Show what would change", "Check now"):
        found = seen.page.get_by_role("button", name=button)
        if await found.count():
            if "would" in button:
                await seen.page.get_by_label("Contact id").fill("1002")
            await found.click()
            await seen.page.get_by_role("status").first.wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_keeps_anybody_from_reading(
    world: World, browser: Browser, inside: Any, deliveries: dict[str, str], scheme: str
) -> None:
    """People with a phone, a screen reader or weak eyes could not use a page."""
    script = await asyncio.to_thread(axe)
    options = {"storage_state": inside, "color_scheme": scheme, "viewport": PHONE}
    async with window(browser, world.page, bypass_csp=True, **options) as seen:
        for page in PAGES:
            await seen.open(page.format(delivery=deliveries["done"]))
            await _ask(seen)
            width = await seen.page.evaluate("document.documentElement.scrollWidth")
            assert width <= PHONE["width"], f"{page} is {width} pixels wide"
            await seen.page.evaluate(script)
            found = await seen.page.evaluate("axe.run()")
            serious = [
                (page, each["id"], [node["html"] for node in each["nodes"]])
                for each in found["violations"]
                if each["impact"] in ("serious", "critical")
            ]
            assert serious == []
        seen.faults[:] = [fault for fault in seen.faults if "404" not in fault]


async def test_every_page_keeps_to_its_own_policy(
    world: World, browser: Browser, inside: Any, deliveries: dict[str, str]
) -> None:
    """A script or style of the page itself would be blocked, and something would not work."""
    async with window(browser, world.page, storage_state=inside) as seen:
        for page in PAGES:
            if page != "nothing":
                await seen.open(page.format(delivery=deliveries["done"]))
                await expect(seen.page.get_by_role("heading", level=1)).to_be_visible()


async def test_a_delivery_tells_its_story(
    world: World, browser: Browser, inside: Any, deliveries: dict[str, str]
) -> None:
    """A person would see that it is done, and not what was done."""
    async with window(browser, world.page, storage_state=inside) as seen:
        await seen.open(f"deliveries/{deliveries['done']}")

        text = " ".join((await seen.text()).split())

    for words in ("received and kept", "read from Keap", "user created in WordPress", "user_email"):
        assert words in text
    assert "zoe@" not in text


async def test_a_delivery_is_sent_again(
    world: World, browser: Browser, inside: Any, deliveries: dict[str, str]
) -> None:
    """The button would do nothing."""
    async with window(browser, world.page, storage_state=inside) as seen:
        await seen.open(f"deliveries/{deliveries['failed']}")
        await seen.page.get_by_role("button", name="Send again").click()
        await expect(seen.page.locator("main")).to_contain_text("1 delivery would be done afresh")
        await seen.page.get_by_role("button", name="Send it again").click()

        # It changes by itself: nobody loads the page again.
        await expect(seen.page.locator("main")).to_contain_text("attempt 2")
        await expect(seen.page.locator(".state").first).to_have_text("failed")


@pytest.mark.usefixtures("deliveries")
async def test_all_works_without_javascript(world: World, browser: Browser) -> None:
    """Who forbids scripts would be shut out."""
    async with window(browser, world.page, java_script_enabled=False) as seen:
        await seen.log_in()
        await seen.page.get_by_role("link", name="Deliveries").click()
        await seen.page.get_by_label("State").select_option("failed")
        await seen.page.get_by_role("button", name="Show", exact=True).click()
        await expect(seen.page.locator("tbody tr")).to_have_count(1)
        await seen.page.get_by_label("Until").fill("2000-01-01T00:00")
        await seen.page.get_by_role("button", name="Show", exact=True).click()
        await expect(seen.page.locator("main")).to_contain_text("No deliveries.")
        await seen.page.get_by_label("Until").fill("")
        await seen.page.get_by_label("From").fill("2000-01-01T00:00")
        await seen.page.get_by_role("button", name="Show", exact=True).click()
        await expect(seen.page.locator("tbody tr")).to_have_count(1)
        await seen.page.get_by_role("button", name="Send these again").click()
        await seen.page.get_by_role("button", name="Send it again").click()
        await expect(seen.page.get_by_role("status")).to_have_text("Sent again: 1.")
        await seen.open("setup")
        await expect(seen.page.get_by_role("button", name="Copy")).to_have_count(0)
        await seen.page.get_by_role("button", name="Check now").click()
        await expect(seen.page.get_by_role("status").first).to_contain_text("Ready: no problems")


async def test_all_works_without_a_mouse(
    world: World, browser: Browser, deliveries: dict[str, str]
) -> None:
    """Who cannot use a mouse would be shut out."""
    async with window(browser, world.page) as seen:
        keyboard = seen.page.keyboard
        await seen.open("login")
        await keyboard.type(PASSWORD)
        await keyboard.press("Enter")
        await expect(seen.page.get_by_role("heading", level=1)).to_have_text("Overview")
        await _tab_to(seen, seen.page.locator(f"a[href$='{deliveries['failed']}']").first)
        await keyboard.press("Enter")
        await _tab_to(seen, seen.page.get_by_role("button", name="Send again"))
        await keyboard.press("Enter")
        await expect(seen.page.get_by_role("button", name="Send it again")).to_be_focused()
        await keyboard.press("Enter")
        await expect(seen.page.get_by_role("heading", level=1)).to_contain_text("Delivery")


async def _tab_to(seen: Watched, wanted: Locator) -> None:
    """Press Tab until this has the focus."""
    await wanted.wait_for()
    for _ in range(100):
        await seen.page.keyboard.press("Tab")
        if await wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(wanted)


@pytest.mark.usefixtures("deliveries")
async def test_a_contact_is_compared(world: World, browser: Browser, inside: Any) -> None:
    """An owner could not see whether a user agrees with Keap, or would read too much."""
    contact = world.sandbox.tenant.contacts[ZOE]
    before, contact.properties["given_name"] = contact.properties["given_name"], "Zoraida"
    try:
        async with window(browser, world.page, storage_state=inside) as seen:
            await seen.open(f"contacts/{ZOE}")
            compare = seen.page.get_by_role("button", name="Compare with Keap and WordPress")
            await compare.click()
            line = seen.page.locator(".changes tr", has_text="first_name")
            await expect(line).to_contain_text("changed")
            assert "Zoraida" not in await seen.text()
            await seen.page.get_by_label("Show values").check()
            with capture_logs() as logged:
                await compare.click()
                await expect(line).to_contain_text("Zoraida")
            assert "values_shown" in [entry["event"] for entry in logged]
            links = [
                await seen.page.get_by_role("link", name=name).get_attribute("href")
                for name in ("open in Keap", "open in WordPress")
            ]
    finally:
        contact.properties["given_name"] = before

    keap, wordpress = (str(link) for link in links)
    assert keap == f"https://ab103.infusionsoft.com/Contact/manageContact.jsp?view=edit&ID={ZOE}"
    assert "/wp-admin/user-edit.php?user_id=" in wordpress


async def test_the_mapping_is_tried(world: World, browser: Browser, inside: Any) -> None:
    """An owner would send Posts to learn what they do."""
    async with window(browser, world.page, storage_state=inside) as seen:
        await seen.open("mapping")
        await expect(seen.page.locator("pre")).to_contain_text("first_name: FirstName")
        await seen.page.get_by_label("Contact id").fill("1002")
        await seen.page.get_by_label("Action").select_option("add")
        await seen.page.get_by_role("button", name="Show what would change").click()
        await expect(seen.page.get_by_role("status")).to_contain_text("a user would be created")
        await seen.page.get_by_label("Contact id").fill(NOBODY)
        await seen.page.get_by_role("button", name="Show what would change").click()
        await expect(seen.page.get_by_role("alert")).to_contain_text("Keap")


async def test_the_test_post_turns_the_page_green(
    world: World, browser: Browser, inside: Any
) -> None:
    """An owner would not know whether Keap reaches the bridge, or why it is refused."""
    permissions = ["clipboard-read", "clipboard-write"]
    options = {"storage_state": inside, "permissions": permissions}
    async with window(browser, world.page, **options) as seen:
        await seen.open("setup?url=https://bridge.example.com&role=member_b")
        await seen.page.get_by_role("button", name="Copy POST URL").click()
        copied = await seen.page.evaluate("navigator.clipboard.readText()")
        assert copied == "https://bridge.example.com/keap"
        await expect(seen.page.locator("#value-role")).to_have_text("member_b")

        live = seen.page.locator("[data-live]")
        await world.post(key="not the key", wpf_action="test")
        await expect(live.locator(".said.bad")).to_contain_text(
            "The access key is missing or wrong"
        )
        await world.post(wpf_action="test")
        await expect(live.locator(".said.good")).to_contain_text("the test has passed")


async def test_the_key_is_seen_only_when_asked_for(
    world: World, browser: Browser, inside: Any
) -> None:
    """Who looks over a shoulder would know the key; or it could not be copied."""
    async with window(browser, world.page, storage_state=inside) as seen:
        await seen.open("setup")
        key = seen.page.locator("#value-access_key")
        await expect(key).to_have_text("•" * 12)
        await seen.page.get_by_role("button", name="Show", exact=True).click()
        await expect(key).not_to_contain_text("•")


async def test_ten_thousand_deliveries_are_paged(browser: Browser, tmp_path: Path) -> None:
    """A site that has run for a while would get a page without end, or none."""
    async with shown_in(tmp_path) as shown:
        put = shown.site.store.put
        news = (NewDelivery(f"D{each}", str(each), "add", now()) for each in range(MANY))
        await asyncio.gather(*map(put, news))
        address = str(shown.client._base_url) + "admin/"  # its own client has it
        async with window(browser, address) as seen:
            await seen.log_in()
            await expect(seen.page.locator(".card.waiting")).to_contain_text(f"{MANY:,}")
            await seen.page.get_by_role("link", name="Deliveries").click()
            ids = []
            for _ in range(3):
                rows = seen.page.locator("tbody tr td:last-child")
                await expect(rows).to_have_count(50)
                ids += await rows.all_inner_texts()
                await seen.page.get_by_role("link", name="Older").click()

    assert ids == [f"D{each}" for each in reversed(range(MANY - 150, MANY))]
