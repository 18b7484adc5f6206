"""nginx and PHP-FPM in front of a WordPress tree, on loopback."""

import http.client
import json
import socket
import time

from bridge.demo.wordpress import daemons, php
from bridge.demo.wordpress.failure import LaunchError, run
from bridge.demo.wordpress.folder import Folder

PATIENCE = 30.0
"""Seconds that the first answer may take: PHP compiles all of WordPress for it."""


def port(folder: Folder) -> int:
    """The port of this WordPress: the one that it had before, or a free one of the kernel's."""
    if not folder.port.exists():
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            folder.port.write_text(str(listener.getsockname()[1]))
    return int(folder.port.read_text())


def start(folder: Folder) -> None:
    """Start nginx and PHP-FPM with the configuration files in the folder, unless they run.

    Both go into the background only after they have opened their sockets.

    Raises:
        LaunchError: With what they said.
    """
    if not daemons.running(folder, "php-fpm"):
        run(
            [php.fpm(php.version()), "--daemonize", "--fpm-config", folder.root / "php-fpm.conf"],
            "start PHP-FPM",
            log=folder.log("php-fpm-start"),
        )
    if not daemons.running(folder, "nginx"):
        run(
            ["nginx", "-c", folder.root / "nginx.conf", "-e", folder.log("nginx")],
            "start nginx",
            log=folder.log("nginx-start"),
        )


def wait(folder: Folder) -> None:
    """Return when WordPress's REST API has answered.

    Raises:
        LaunchError: It does not; where the logs are.
    """
    deadline = time.monotonic() + PATIENCE
    while not _answers(port(folder)):
        if time.monotonic() > deadline:
            message = f"WordPress came up but does not answer: see the logs in {folder.root}/log."
            raise LaunchError(message)
        time.sleep(0.1)


def _answers(number: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", number, timeout=PATIENCE)
    try:
        connection.request("GET", "/?rest_route=/&_fields=namespaces")
        return "wp/v2" in json.loads(connection.getresponse().read())["namespaces"]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return False
    finally:
        connection.close()
