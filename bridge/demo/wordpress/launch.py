"""Bringing a WordPress up, and taking it down."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile

import wp_client
from bridge.demo.wordpress import daemons, database, packages, php, template, tree, web
from bridge.demo.wordpress.failure import LaunchError
from bridge.demo.wordpress.folder import Folder, reachable
from bridge.demo.wordpress.running import Account, RunningWordPress

COMPANION = Path(wp_client.__file__).parent / "companion/keap-bridge.php"


def default_cache() -> Path:
    """Where downloads and finished installations are kept: ``KEAP_BRIDGE_CACHE``, or below /var.

    Not below the home folder: root's is closed to the account of the web server.
    """
    return Path(os.environ.get("KEAP_BRIDGE_CACHE") or "/var/cache/keap-bridge")


def start(
    root: Path,
    *,
    suite: str = "distro",
    companion: bool = True,
    cache: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> RunningWordPress:
    """Bring up a WordPress in a folder; what is there is used, what is missing is made.

    The first call on a machine installs packages and downloads WordPress (half a minute);
    later ones take two seconds, with a folder of their own each.
    Whoever starts it stops it, with :meth:`RunningWordPress.stop`: it outlives this process.

    Args:
        root: Its folder, which the account ``www-data`` must be able to reach.
        suite: The Debian suite to take WordPress from: ``bookworm`` has 6.1, ``trixie`` 6.8;
            ``distro`` is the machine's own.
        companion: Whether ``keap-bridge.php`` is installed: freshly copied at every start.
        cache: Where downloads are kept; ``None``: :func:`default_cache`.
        say: Told what is being done, a few words at a time.

    Raises:
        LaunchError: It did not work; with what to do.
    """
    if os.geteuid() != 0:
        message = "A WordPress of our own needs root: it installs packages and serves as www-data."
        raise LaunchError(message)
    folder = Folder(root.resolve())
    with _readable_files():
        files = _prepare(folder, suite, (cache or default_cache()).resolve(), say)
        folder.configure(files.root, web.port(folder))
        _place_companion(folder, wanted=companion)
    say(f"starting WordPress {files.version}")
    try:
        database.start(folder)
        web.start(folder)
        web.wait(folder)
        if companion:
            _join_companion(folder, files)
    except BaseException:
        daemons.stop(folder)
        raise
    return RunningWordPress(
        folder=folder,
        url=f"http://127.0.0.1:{web.port(folder)}",
        version=files.version,
        tree=files.root,
        companion=companion,
        accounts=_accounts(folder),
    )


def stop(root: Path) -> None:
    """End what runs in the folder of a WordPress; nothing running is fine."""
    daemons.stop(Folder(root.resolve()))


def _prepare(folder: Folder, suite: str, cache: Path, say: Callable[[str], None]) -> tree.Tree:
    """Make sure of the packages, of WordPress's files and of an installation in the folder."""
    with _alone(cache):
        if absent := packages.missing():
            packages.install(absent, cache / "apt.log", say)
        files = tree.unpacked(suite, cache, say)
        folder.make()
        if not folder.accounts.exists():
            template.lay(folder, files, cache, say)
    return files


@contextmanager
def _readable_files() -> Iterator[None]:
    """The web server's account reads what we write, whatever umask root's shell has."""
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """One launcher at a time downloads and installs; the kernel frees the lock of a dead one."""
    cache.mkdir(parents=True, exist_ok=True)
    reachable(cache)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _place_companion(folder: Folder, *, wanted: bool) -> None:
    target = folder.mu_plugins / COMPANION.name
    if wanted:
        copyfile(COMPANION, target)
    else:
        target.unlink(missing_ok=True)


def _join_companion(folder: Folder, files: tree.Tree) -> None:
    """Make the account that has only the companion's role, once."""
    accounts = json.loads(folder.accounts.read_text("utf-8"))
    if not any(account["login"] == "keap-bridge" for account in accounts):
        made = php.script(folder, "companion.php", files.root, what="make the bridge's account")
        folder.accounts.write_text(json.dumps([*accounts, json.loads(made)]), "utf-8")


def _accounts(folder: Folder) -> dict[str, Account]:
    accounts = json.loads(folder.accounts.read_text("utf-8"))
    return {account["login"]: Account(**account) for account in accounts}
