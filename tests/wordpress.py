"""The real WordPresses of one test run: started when a test first asks, stopped at its end."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from bridge.demo.wordpress import LaunchError, RunningWordPress, default_cache, start, stop

SUITES = {"6.1": "bookworm", "6.8": "trixie"}
"""WordPress's version: the Debian suite that has it."""


class Sites:
    """One site for each version and variant, in the folder of this run."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._started: dict[tuple[str, bool], RunningWordPress | LaunchError] = {}

    def clean(self, version: str, *, companion: bool) -> RunningWordPress:
        """The site as it was just after its installation; started if this is its first use."""
        key = (version, companion)
        if key not in self._started:
            self._started[key] = self._start(version, companion=companion)
        site = self._started[key]
        if isinstance(site, LaunchError):
            pytest.fail(str(site), pytrace=False)
        site.reset()
        return site

    def _start(self, version: str, *, companion: bool) -> RunningWordPress | LaunchError:
        folder = self._home / f"{version}-{'companion' if companion else 'core'}"
        try:
            site = start(folder, suite=SUITES[version], companion=companion)
        except LaunchError as error:
            return error  # and no second try: every test would wait for it
        if not site.version.startswith(f"{version}."):
            message = f"Debian's {SUITES[version]} has WordPress {site.version}, not {version}."
            return LaunchError(message)
        site.remember()
        return site


@contextmanager
def own_folder(runs: Path) -> Iterator[Path]:
    """A folder for one test run, whose programs are stopped at its end.

    The folder's lock is the kernel's and ends with this process, however that ends. So folders
    that nobody locks are leftovers of killed runs, and are stopped and removed here first.

    Args:
        runs: The folder that all runs have theirs in.
    """
    runs.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        with _locked(runs / "lock"):
            for leftover in runs.glob("run-*"):
                with suppress(BlockingIOError), _locked(leftover / "lock", fcntl.LOCK_NB):
                    _remove(leftover)
            folder = Path(tempfile.mkdtemp(prefix="run-", dir=runs))
            folder.chmod(0o755)  # the web server's account goes through it
            held.enter_context(_locked(folder / "lock"))
        try:
            yield folder
        finally:
            with _locked(runs / "lock"):  # or another run would help with removing it
                _remove(folder)


@contextmanager
def _locked(file: Path, option: int = 0) -> Iterator[None]:
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | option)
        yield


def _remove(folder: Path) -> None:
    for configuration in folder.rglob("nginx.conf"):
        stop(configuration.parent)
    shutil.rmtree(folder)


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


@pytest.fixture(params=["companion", "core"])
def wordpress(
    request: pytest.FixtureRequest, wordpress_sites: Sites, wordpress_version: str
) -> RunningWordPress:
    """A clean site in each version, with the companion and without."""
    return wordpress_sites.clean(wordpress_version, companion=request.param == "companion")
