"""``keap-bridge serve`` that kills itself at a chosen boundary: run as a program by the tests."""

import os
import signal
import sys
from pathlib import Path

from bridge import logs
from bridge.cli.serve import run
from bridge.config import load
from bridge.surroundings import Surroundings, new_ulid


class Executioner:
    """Counts boundaries from the moment when a Post has come in, and kills at the chosen one."""

    def __init__(self, die_at: int, armed: Path, passed: Path) -> None:
        """``die_at`` counts from 1; 0: never."""
        self._die_at = die_at
        self._armed = armed
        self._passed = passed
        self._count = 0

    def new_id(self) -> str:
        """Give an id to a Post that came in; counting begins if the test wants it for this one."""
        if self._armed.exists() and not self._count:
            self._armed.unlink()
            self.at("post_read")
        return new_ulid()

    def at(self, point: str) -> None:
        """Note that a boundary was reached, and die there if it is the one."""
        if point != "post_read" and not self._count:
            return
        self._count += 1
        if self._count == self._die_at:
            with self._passed.open("a") as file:
                file.write(f"{point}\n")
            os.kill(os.getpid(), signal.SIGKILL)


def main(config_file: Path, die_at: int) -> None:
    """Serve with this configuration, and die at that boundary."""
    loaded = load(config_file, {})
    logs.configure(stream=sys.stderr, json=True, secrets=loaded.config.secret_texts())
    folder = config_file.parent
    executioner = Executioner(die_at, folder / "armed", folder / "died-at")
    run(loaded, Surroundings(new_id=executioner.new_id, at=executioner.at))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
