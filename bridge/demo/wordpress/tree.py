"""WordPress's own files, out of Debian's packages: unpacked beside the machine, not installed."""

import platform
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bridge.demo.wordpress.failure import LaunchError, run

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

AS_ROOT = ("-o", "APT::Sandbox::User=root")
"""apt's own user could not write into the cache folder."""

CARRIES_FILES = re.compile(r"^(php-getid3|libphp-phpmailer|libjs-\w+|wordpress-theme-\w+)$")
"""What the package depends on because its tree links to files of it."""

CONFIG = "<?php require getenv('KEAP_BRIDGE_SITE') . '/wp-config.php';\n"
"""One tree serves several sites: each says by its environment where its configuration is."""


@dataclass(frozen=True, slots=True)
class Tree:
    """An unpacked WordPress; nothing writes into it after it was made."""

    root: Path
    """The folder of ``wp-load.php``."""
    version: str
    """As WordPress says it: ``6.8.3``."""


def codename(suite: str) -> str:
    """The name of a Debian or Ubuntu release; ``distro`` is the one that this machine runs."""
    if suite != "distro":
        return suite
    name = platform.freedesktop_os_release().get("VERSION_CODENAME")
    if not name:
        message = "/etc/os-release has no VERSION_CODENAME: name the Debian suite instead."
        raise LaunchError(message)
    return name


def unpacked(suite: str, cache: Path, say: Callable[[str], None]) -> Tree:
    """The WordPress of a suite, downloaded once and kept in the cache.

    Args:
        suite: ``distro``, or a Debian suite by its name: ``trixie``.
        cache: The folder that keeps downloads.
        say: Told what is being done.

    Raises:
        LaunchError: It cannot be had; with what apt said.
    """
    name = codename(suite)
    home = cache / "trees" / name
    root = home / "usr/share/wordpress"
    if not home.exists():
        say(f"downloading the WordPress of {name}")
        draft = home.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        for package in _download(name, draft / "debs"):
            # Side by side, because the tree's links are relative: ../../../php/getid3
            run(["dpkg-deb", "-x", package, draft], f"unpack {package.name}")
        shutil.rmtree(draft / "debs")
        unpacked_root = draft / "usr/share/wordpress"
        (unpacked_root / ".htaccess").unlink(missing_ok=True)
        (unpacked_root / "wp-config.php").write_text(CONFIG)
        draft.rename(home)
    return Tree(root=root, version=_version(root))


def _version(root: Path) -> str:
    text = (root / "wp-includes/version.php").read_text("utf-8")
    found = re.search(r"^\$wp_version = '([^']+)'", text, re.MULTILINE)
    if found is None:
        message = f"{root} holds no WordPress: delete the folder {root.parents[2]} and start again."
        raise LaunchError(message)
    return found[1]


def _download(name: str, folder: Path) -> list[Path]:
    folder.mkdir()
    options = [] if name == codename("distro") else _lists_of(name, folder)
    run(["apt-get", *AS_ROOT, *options, "-q", "update"], "read the list of Debian packages")
    depends = run(["apt-cache", *options, "depends", "wordpress"], "find the package wordpress")
    names = ["wordpress", *_carrying_files(depends.splitlines())]
    run(["apt-get", *AS_ROOT, *options, "-q", "download", *names], "download it", cwd=folder)
    return sorted(folder.glob("*.deb"))


def _carrying_files(lines: Iterable[str]) -> list[str]:
    """The packages to unpack beside WordPress, out of ``apt-cache depends``."""
    words = (line.split() for line in lines)
    return sorted({word[-1] for word in words if word and CARRIES_FILES.match(word[-1])})


def _lists_of(name: str, folder: Path) -> list[str]:
    """Options that show apt another Debian suite, and only that, with lists of its own."""
    only_on_debian(name, platform.freedesktop_os_release())
    source = folder / "sources.list"
    source.write_text(f"deb [signed-by={KEYRING}] {_archive()} {name} main\n")
    for part in ("lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True)
    settings = {
        "Dir::Etc::SourceList": source,
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "Acquire::Languages": "none",
    }
    return [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]


def only_on_debian(name: str, release: Mapping[str, str]) -> None:
    """Make sure that Debian's other suites can be read, and trusted, on this machine.

    Args:
        name: The suite.
        release: What ``/etc/os-release`` says.

    Raises:
        LaunchError: This is another system, such as Ubuntu.
    """
    if release.get("ID") != "debian" or not KEYRING.exists():
        message = (
            f"The WordPress of Debian's suite {name} can be fetched only on Debian"
            f" with the package debian-archive-keyring: use the suite 'distro' here."
        )
        raise LaunchError(message)


def _archive() -> str:
    """Where this machine gets Debian from, so that a mirror or a proxy of its own is respected."""
    command = ["apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)"]
    # Origin and label come from lists that were read before: a bare machine has none yet.
    run(["apt-get", "-q", "update"], "read the list of Debian packages")
    lines = run([*command, "Created-By: Packages"], "ask apt where it gets Debian from")
    for line in lines.splitlines():
        what, uri = line.rsplit("|", 1)
        if what == "Debian|Debian|main":
            return uri
    message = "apt on this machine names no Debian archive to take another suite from."
    raise LaunchError(message)
