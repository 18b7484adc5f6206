"""A real WordPress on this machine, for the demonstration and the tests.

:func:`start` brings one up inside a folder: nginx, PHP-FPM and a MariaDB of its own, on loopback,
without touching anything that is already configured on the machine.
It needs Debian or Ubuntu and root, and installs the packages that are missing.
"""

from bridge.demo.wordpress.failure import LaunchError
from bridge.demo.wordpress.launch import default_cache, start, stop
from bridge.demo.wordpress.running import Account, RunningWordPress
from bridge.demo.wordpress.runs import own_folder

__all__ = [
    "Account",
    "LaunchError",
    "RunningWordPress",
    "default_cache",
    "own_folder",
    "start",
    "stop",
]
