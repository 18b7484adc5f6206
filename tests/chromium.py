"""Debian's Chromium, driven by Playwright, and axe-core to look at pages with."""

import base64
import hashlib
import shutil
import tarfile
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from bridge.demo.wordpress import default_cache
from bridge.demo.wordpress.failure import LaunchError, run
from bridge.demo.wordpress.packages import install, missing

EXECUTABLE = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",  # it refuses to run for root with one
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

AXE_VERSION = "4.14.1"
AXE_SHA512 = (
    "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
)
"""Of the package in npm's registry, as it says it there."""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run Chromium without a window; installed if this is its first use on the machine.

    Raises:
        LaunchError: It cannot be installed.
    """
    _need("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=EXECUTABLE, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


def axe() -> str:
    """Give axe-core's script (https://github.com/dequelabs/axe-core), fetched once a machine.

    Raises:
        LaunchError: It cannot be fetched, or is not what it should be.
    """
    package = default_cache() / f"axe-core-{AXE_VERSION}.tgz"
    if not package.exists():
        _fetch(package)
    digest = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
    if digest != AXE_SHA512:
        package.unlink()
        message = f"What npm gave for axe-core {AXE_VERSION} is not the package that was looked at."
        raise LaunchError(message)
    with tarfile.open(package) as files:
        script = files.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()


def _fetch(package: Path) -> None:
    if shutil.which("npm") is None:
        _need("npm")
    package.parent.mkdir(parents=True, exist_ok=True)
    # Two runs may fetch it at the same time: each renames a whole file.
    with tempfile.TemporaryDirectory(dir=package.parent) as folder:
        command = ["npm", "pack", "--silent", f"axe-core@{AXE_VERSION}"]
        run(command, "fetch axe-core", cwd=Path(folder))
        (fetched,) = Path(folder).glob("*.tgz")
        fetched.replace(package)


def _need(debian_package: str) -> None:
    if absent := missing([debian_package]):
        cache = default_cache()
        cache.mkdir(parents=True, exist_ok=True)
        install(absent, cache / "apt.log", print)
