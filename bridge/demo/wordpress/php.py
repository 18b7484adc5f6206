"""Running PHP inside a WordPress, from the command line, as the web server's account."""

import os
import re
from pathlib import Path

from bridge.demo.wordpress.failure import LaunchError, run
from bridge.demo.wordpress.folder import WEB_USER, Folder


def version() -> str:
    """The newest PHP for which this machine has both FPM and the command line: ``8.2``.

    Raises:
        LaunchError: There is none.
    """
    fpm = {path.name.removeprefix("php-fpm") for path in Path("/usr/sbin").glob("php-fpm*")}
    found = [v for v in fpm if re.fullmatch(r"\d+\.\d+", v) and program(v).exists()]
    if not found:
        message = "There is no PHP-FPM in /usr/sbin with a PHP of the same version in /usr/bin."
        raise LaunchError(message)
    return max(found, key=lambda name: [int(part) for part in name.split(".")])


def program(of_version: str) -> Path:
    """PHP's command line."""
    return Path(f"/usr/bin/php{of_version}")


def fpm(of_version: str) -> Path:
    """PHP's server behind nginx."""
    return Path(f"/usr/sbin/php-fpm{of_version}")


def script(folder: Folder, name: str, *args: str | Path, what: str, code: str = "") -> str:
    """Run one of the shipped PHP files and give back what it printed.

    Args:
        folder: The WordPress that it loads, with its database running.
        name: The file.
        args: Its arguments.
        what: What is being done, for the error: "install WordPress".
        code: What it reads from its standard input.

    Raises:
        LaunchError: It failed; with the end of what PHP said.
    """
    settings = {
        "sendmail_path": folder.root / "sendmail",
        "error_log": folder.log("php"),
        "log_errors": "1",
        "display_errors": "stderr",
        "memory_limit": "256M",
        # WordPress compiled once and kept in files: a third of the time
        "opcache.enable_cli": "1",
        "opcache.file_cache": folder.root / "opcache",
        "opcache.file_cache_only": "1",
    }
    options = [word for key, value in settings.items() for word in ("-d", f"{key}={value}")]
    return run(
        [program(version()), *options, folder.root / name, *args],
        what,
        user=WEB_USER,
        stdin=code,
        env={**os.environ, "KEAP_BRIDGE_SITE": str(folder.root)},
        cwd=folder.root,
    )
