"""A carrier to the real WordPress, in both ways, for every test that asks for one."""

from collections.abc import AsyncIterator
from types import ModuleType

import pytest

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.carrying import LIBRARIES, Carrier, Library, Watching, carrier_over
from wp_client import by_companion, by_core
from wp_client.carrier import Credentials, SiteAddress


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Library:
    """Each of the two carriers' libraries."""
    chosen: Library = request.param
    return chosen


@pytest.fixture
def watching() -> Watching:
    """What the carriers of this test did."""
    return Watching()


@pytest.fixture
def way(wordpress: RunningWordPress) -> ModuleType:
    """The way that suits the site: by its companion, or by its core."""
    return by_companion if wordpress.companion else by_core


@pytest.fixture
async def to_wordpress(wordpress: RunningWordPress, watching: Watching) -> AsyncIterator[Carrier]:
    """The server's carrier, signed in at the site."""
    async with carrier_over("aiohttp", *signed_in(wordpress), watching) as carrier:
        yield carrier


@pytest.fixture
async def to_core(
    wordpress_without_companion: RunningWordPress, watching: Watching
) -> AsyncIterator[Carrier]:
    """The server's carrier, signed in at a site without the companion."""
    signed = signed_in(wordpress_without_companion)
    async with carrier_over("aiohttp", *signed, watching) as carrier:
        yield carrier


@pytest.fixture
async def to_companion(
    wordpress_with_companion: RunningWordPress, watching: Watching
) -> AsyncIterator[Carrier]:
    """The server's carrier, signed in at a site with the companion."""
    async with carrier_over("aiohttp", *signed_in(wordpress_with_companion), watching) as carrier:
        yield carrier


def signed_in(site: RunningWordPress) -> tuple[SiteAddress, Credentials]:
    """The address and the bridge's credentials of a site."""
    account = site.service
    address = SiteAddress(site.url, f"{site.url}/wp-json")
    return address, Credentials(account.login, account.application_password)
