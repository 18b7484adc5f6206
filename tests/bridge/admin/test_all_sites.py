"""The page of several sites: all in short, and each with pages of its own."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bridge.admin import Shown, make_page
from bridge.config import load
from bridge.delivery import NewDelivery, Verdict
from bridge.site import Site, open_site
from bridge.surroundings import Surroundings, now
from tests.bridge.admin.showing import PASSWORD, Browser, browsing

CONFIG = f"""\
server: {{admin_password: {PASSWORD}}}
sites:
  shop:
    access_keys: [f3a9c1d27b5e4086a1c4e2b9]
    keap: &keap {{url: "http://127.0.0.1:9", token: KeapAK-0123456789abcdef}}
    wordpress: {{url: "http://127.0.0.1:9", application_password: abcdEFGHijklMNOPqrstUVWX}}
  club:
    access_keys: [a1c4e2b9f3a9c1d27b5e4086]
    keap: *keap
    wordpress: {{url: "http://127.0.0.2:9", application_password: abcdEFGHijklMNOPqrstUVWX}}
"""


@pytest.fixture
async def sites(tmp_path: Path) -> AsyncIterator[list[Site]]:
    """Two sites; a delivery of the club is held."""
    file = tmp_path / "config.yaml"
    file.touch(0o600)
    file.write_text(CONFIG)
    loaded = load(file, {})
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(
                open_site(config, version="v", surroundings=Surroundings(), name=name)
            )
            for name, config in loaded.sites.items()
        ]
        club = opened[1].store
        await club.put(NewDelivery("D1", "7", "add", now()))
        (work,) = await club.take(9)
        await club.finish(work, Verdict("held", "WordPress refused.", cause="wordpress"))
        yield opened


@pytest.fixture
async def browser(sites: list[Site]) -> AsyncIterator[Browser]:
    """A browser that has logged in."""
    page = make_page(*(Shown(site, Surroundings(), None, PASSWORD) for site in sites))
    async with browsing(page, sites[1]) as browser:
        await browser.log_in()
        yield browser


async def test_all_sites_are_shown_in_short(browser: Browser) -> None:
    """An owner of ten sites would open ten pages to see which one needs him."""
    answer = await browser.get("")
    cards = re.findall(r'class="card (\w+)">\s*<h2><a href="([^"]+)">(\w+)', answer.html)

    assert cards == [("good", "/admin/sites/shop/", "shop"), ("bad", "/admin/sites/club/", "club")]
    assert "1 held" in answer.text
    assert answer.status == 200


async def test_a_site_without_a_store_does_not_hide_the_others(
    browser: Browser, sites: list[Site]
) -> None:
    """The page would fail just when an owner looks for what is broken."""
    file = sites[0].config.server.store_file
    assert file is not None
    file.unlink()
    answer = await browser.get("")
    cards = re.findall(r'class="card (\w+)">\s*<h2><a href="[^"]+">(\w+)', answer.html)

    assert cards == [("bad", "shop"), ("bad", "club")]
    assert str(file) in answer.text
    assert "1 held" in answer.text


async def test_each_site_has_its_own_pages(browser: Browser) -> None:
    """A link on one site's page would lead to another one's, or to nothing."""
    texts = {}
    for name in ("shop", "club"):
        for path in ("", "deliveries", "contacts/7", "mapping", "setup"):
            answer = await browser.get(f"sites/{name}/{path}")
            links = set(re.findall(r'(?:href|action)="(/admin/[^"]*)"', answer.html))
            own = {link for link in links if link.startswith(f"/admin/sites/{name}/")}
            assert answer.status == 200
            assert len(own) > 3
            assert {link.partition("?")[0] for link in links - own} <= {
                "/admin/",
                "/admin/logout",
                "/admin/static/icon.svg",
                "/admin/static/page.css",
            }
            texts[name, path] = answer.text

    assert "D1" in texts["club", "deliveries"]
    assert "D1" not in texts["shop", "deliveries"]


async def test_sending_again_stays_with_the_site(browser: Browser, sites: list[Site]) -> None:
    """A person would send a delivery again and land on another site's page."""
    asked = await browser.get("sites/club/resend?ids=D1")
    form = {"csrf_token": asked.field("csrf_token"), "ids": "D1"}
    sent = await browser.post("sites/club/resend", form)

    assert (sent.status, sent.headers["Location"]) == (303, "/admin/sites/club/deliveries/D1")
    assert [site.store.unfinished for site in sites] == [0, 1]


@pytest.mark.parametrize("path", ["deliveries", "sites/choir/", "sites/club/nowhere"])
async def test_what_is_not_there_is_said(browser: Browser, path: str) -> None:
    """Somebody with an old bookmark would see a program's error."""
    answer = await browser.get(path)

    assert answer.status == 404
    assert "There is no such page." in answer.text


async def test_nothing_is_shown_to_strangers(sites: list[Site]) -> None:
    """A page below the first one would need no password."""
    page = make_page(*(Shown(site, Surroundings(), None, PASSWORD) for site in sites))
    async with browsing(page, sites[0]) as stranger:
        for path in ("", "sites/shop/", "sites/shop/deliveries"):
            answer = await stranger.get(path)
            assert (answer.status, answer.headers["Location"]) == (303, "/admin/login")
