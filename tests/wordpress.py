"""The real WordPresses of one test run: started when a test first asks, stopped at its end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.demo.wordpress import (
    LaunchError,
    RunningWordPress,
    default_cache,
    own_folder,
    start,
)
from tests.network import second_site_of_network

SUITES = {"6.1": "bookworm", "6.8": "trixie"}
"""WordPress's version: the Debian suite that has it."""


class Sites:
    """One site for each version and variant, in the folder of this run."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._started: dict[tuple[str, bool, bool], RunningWordPress | LaunchError] = {}

    def clean(self, version: str, *, companion: bool, network: bool = False) -> RunningWordPress:
        """The site as it was just after its installation; started if this is its first use."""
        key = (version, companion, network)
        if key not in self._started:
            self._started[key] = self._start(version, companion=companion, network=network)
        site = self._started[key]
        if isinstance(site, LaunchError):
            pytest.fail(str(site), pytrace=False)
        site.reset()
        return site

    def _start(
        self, version: str, *, companion: bool, network: bool
    ) -> RunningWordPress | LaunchError:
        name = f"{version}-{'companion' if companion else 'core'}{'-network' if network else ''}"
        folder = self._home / name
        try:
            site = start(folder, suite=SUITES[version], companion=companion)
            if network:
                site = second_site_of_network(site)
        except LaunchError as error:
            return error  # and no second try: every test would wait for it
        if not site.version.startswith(f"{version}."):
            message = f"Debian's {SUITES[version]} has WordPress {site.version}, not {version}."
            return LaunchError(message)
        site.remember()
        return site


@pytest.fixture(scope="session")
def wordpress_sites() -> Iterator[Sites]:
    """All the sites of this run; tests take the fixtures below instead."""
    try:
        with own_folder(default_cache() / "runs") as folder:
            yield Sites(folder)
    except PermissionError as error:
        pytest.fail(f"The tests run a real WordPress and need root: {error}", pytrace=False)


@pytest.fixture(scope="session", params=list(SUITES))
def wordpress_version(request: pytest.FixtureRequest) -> str:
    """Each version in turn.

    A test that needs only one says so:
    ``@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)``.
    """
    version: str = request.param
    return version


@pytest.fixture
def wordpress_with_companion(wordpress_sites: Sites, wordpress_version: str) -> RunningWordPress:
    """A clean site with the companion, in each version."""
    return wordpress_sites.clean(wordpress_version, companion=True)


@pytest.fixture
def wordpress_without_companion(wordpress_sites: Sites, wordpress_version: str) -> RunningWordPress:
    """A clean site with nothing but WordPress's core, in each version."""
    return wordpress_sites.clean(wordpress_version, companion=False)


@pytest.fixture
def wordpress_in_network(wordpress_sites: Sites, wordpress_version: str) -> RunningWordPress:
    """The second site, in a folder, of a clean network with the companion, in each version."""
    return wordpress_sites.clean(wordpress_version, companion=True, network=True)


@pytest.fixture(params=["companion", "core"])
def wordpress(
    request: pytest.FixtureRequest, wordpress_sites: Sites, wordpress_version: str
) -> RunningWordPress:
    """A clean site in each version, with the companion and without."""
    return wordpress_sites.clean(wordpress_version, companion=request.param == "companion")
