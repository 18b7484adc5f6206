"""The Debian packages that a WordPress needs: which are missing, and their installation."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bridge.demo.wordpress.failure import LaunchError, run

NEEDED = (
    "mariadb-client-core",  # mariadb-install-db calls its my_print_defaults
    "mariadb-server-core",
    "nginx",
    "php-cli",
    "php-fpm",
    "php-mbstring",
    "php-mysql",
    "php-xml",
)

POLICY = Path("/usr/sbin/policy-rc.d")

WAIT_FOR_DPKG = ("-o", "DPkg::Lock::Timeout=600")


def missing(names: Sequence[str] = NEEDED) -> list[str]:
    """Which of these packages are not installed.

    Raises:
        LaunchError: This is no Debian.
    """
    if shutil.which("dpkg-query") is None or shutil.which("apt-get") is None:
        message = "This launcher works on Debian and Ubuntu only: there is no apt-get here."
        raise LaunchError(message)
    # Asked without names, because a name that dpkg has never heard of is an error to it.
    known = run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n"], "ask dpkg")
    lines = (line.split() for line in known.splitlines())
    installed = {name for name, status in lines if status == "installed"}
    return [name for name in names if name not in installed]


def install(names: Sequence[str], log: Path, say: Callable[[str], None]) -> None:
    """Install packages, quietly, and start none of the services in them.

    Args:
        names: The packages.
        log: Where all that apt says is kept.
        say: Told what is being done.

    Raises:
        LaunchError: apt failed; with the end of its log.
    """
    say(f"installing Debian packages: {' '.join(names)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    what = f"install the Debian packages {' '.join(names)}"
    with no_service_starts():
        run(["apt-get", "-q", "update"], "read the list of Debian packages", log=log)
        run(
            ["apt-get", *WAIT_FOR_DPKG, "-q", "-y", "install", "--no-install-recommends", *names],
            what,
            env=environment,
            log=log,
        )


@contextmanager
def no_service_starts(policy: Path = POLICY) -> Iterator[None]:
    """Debian starts a service as soon as its package is installed, unless this script says 101.

    https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
    A script that is there already is the machine's own policy and stays.
    """
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()
