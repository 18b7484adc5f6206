"""Takes the pictures of the page that the documentation shows: ``python -m tests.screenshots``.

With a folder as its argument it takes every page there, light and dark, wide and on a phone, for
somebody to look at.
"""

import asyncio
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, expect

from bridge.delivery import NewDelivery, Verdict
from bridge.demo.wordpress import default_cache, own_folder, start
from bridge.store import Store
from bridge.surroundings import new_ulid, now
from tests.bridge.admin.browsing import DESKTOP, PHONE, World, bridge_with_page, window
from tests.chromium import chromium

IMAGES = Path(__file__).parents[1] / "docs" / "images"
SHOWN = {
    "overview": "",
    "delivery": "deliveries/{delivery}",
    "setup": "setup?url=https://bridge.example.com",
}
"""What the documentation shows."""

OTHERS = {
    "login": "login",
    "contact": "contacts/1001",
    "deliveries": "deliveries",
    "failed": "deliveries/{failed}",
    "mapping": "mapping",
    "resend": "resend?state=failed",
    "nothing": "nothing",
}
SMALL = {"width": 960, "height": 320}
"""As wide as a page of documentation; pictures are as high as what they show."""

POSTS_AN_HOUR = (2, 3, 1, 0, 0, 1, 4, 9, 14, 11, 8, 12, 15, 10, 9, 7, 5, 6, 4, 3, 2, 5, 3, 2)
"""As a small site has them."""


async def take(folder: Path | None) -> None:
    """Start everything, let some Posts come, take the pictures."""
    home = default_cache() / "runs"
    with own_folder(home) as site, tempfile.TemporaryDirectory() as store:
        await _remember(Path(store))
        wordpress = await asyncio.to_thread(start, site / "wordpress", suite="trixie")
        async with bridge_with_page(wordpress, Path(store)) as world, chromium() as browser:
            ids = {}
            for name, contact in (("delivery", "1001"), ("failed", "999999")):
                said = await world.post(contact, role="member_a", send_notification="true")
                ids[name] = said["delivery"]
            await world.post(wpf_action="test")
            if folder is None:
                await _pictures(browser, world, IMAGES, SHOWN, ids, {"viewport": SMALL})
                return
            for scheme in ("light", "dark"):
                for size, viewport in (("wide", DESKTOP), ("phone", PHONE)):
                    options = {"viewport": viewport, "color_scheme": scheme}
                    where = folder / f"{scheme}-{size}"
                    await _pictures(browser, world, where, SHOWN | OTHERS, ids, options)


async def _remember(folder: Path) -> None:
    """Let the store know two days of Posts."""
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    async with await Store.open(folder / "bridge.db", clock=now, owner="yesterday") as store:
        for back in range(47, 0, -1):
            for number in range(POSTS_AN_HOUR[(hour.hour - back) % 24]):
                came = hour - timedelta(hours=back) + timedelta(minutes=3 * number)
                contact = str(2000 + back * 20 + number)
                await store.put(NewDelivery(new_ulid(), contact, "add", came))
        while works := await store.take(100):
            for work in works:
                await store.finish(work, Verdict("done", user_id=int(work.contact) - 1900))


async def _pictures(
    browser: Browser,
    world: World,
    folder: Path,
    pages: dict[str, str],
    ids: dict[str, str],
    options: dict[str, Any],
) -> None:
    async with window(browser, world.page, **options) as seen:
        await seen.log_in()
        for name, path in pages.items():
            await seen.open(path.format(**ids))
            await _do(name, seen.page)
            await seen.page.screenshot(path=folder / f"{name}.png", full_page=True)
        seen.faults[:] = [fault for fault in seen.faults if "404" not in fault]


async def _do(name: str, page: Page) -> None:
    """Do what somebody does there, so that there is something to see."""
    match name:
        case "delivery":
            await expect(page.locator(".state").first).to_have_text("done", timeout=30_000)
        case "contact":
            await page.get_by_role("button", name="Compare").click()
        case "setup":
            await page.get_by_role("button", name="Check now").click()
        case "mapping":
            await page.get_by_label("Contact id").fill("1002")
            await page.get_by_role("button", name="Show what would change").click()


if __name__ == "__main__":
    asyncio.run(take(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
