"""The three programs behind a WordPress as processes: alive or not, and their end."""

import os
import signal
import time
from pathlib import Path

from bridge.demo.wordpress.folder import Folder

PROGRAMS = ("nginx", "php-fpm", "mariadb")
"""In the order in which they are stopped."""

PATIENCE = 20.0
"""Seconds that a program has to end after SIGTERM."""


def running(folder: Folder, program: str) -> int | None:
    """The process id of a program of this folder, if it runs.

    A pid file may be left over and its number given to somebody else by now, so the process must
    have our folder on its command line.
    """
    try:
        pid = int(folder.pid(program).read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if f"{folder.root}/".encode() in command else None


def stop(folder: Folder, *programs: str, patience: float = PATIENCE) -> None:
    """End these programs of a folder, by default all; not running is fine.

    Args:
        folder: Whose programs.
        programs: Some of :data:`PROGRAMS`.
        patience: Seconds that they have after SIGTERM; then they are killed.
    """
    ending = {program: running(folder, program) for program in programs or PROGRAMS}
    for pid in ending.values():
        if pid is not None:
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    for program, pid in ending.items():
        while pid is not None and running(folder, program) == pid:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
        folder.pid(program).unlink(missing_ok=True)
