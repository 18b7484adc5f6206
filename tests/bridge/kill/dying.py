"""``keap-bridge serve`` that is killed at a chosen boundary: started by :mod:`.starter`."""

import os
import signal
import sys
from pathlib import Path

from bridge import logs
from bridge.cli.serve import run
from bridge.config import load
from bridge.surroundings import Surroundings, new_ulid

IN_FLIGHT = "_in_flight"


class Executioner:
    """Counts boundaries from the moment when a Post has come in, and kills at the chosen one."""

    def __init__(self, die_at: str, nth: int, folder: Path) -> None:
        """``die_at`` is a point's name, ``nth`` counts from 1."""
        self._die_at = die_at
        self._left = nth
        self._armed = folder / "armed"
        self._passed = folder / "died-at"
        self._hold = folder / "hold"
        self._counting = False

    def new_id(self) -> str:
        """Give an id to a Post that came in; counting begins if the test wants it for this one."""
        if self._armed.exists():
            self._armed.unlink()
            self._counting = True
            self.at("post_read")
        return new_ulid()

    def at(self, point: str) -> None:
        """Note that a boundary was reached, and die there if it is the one.

        A request has two: before it is sent, and between what the other side did and its answer.
        For the second, what stands in front of the other side kills us.
        """
        if self._is_chosen(point):
            os.kill(os.getpid(), signal.SIGKILL)
        if self._is_chosen(point + IN_FLIGHT):
            draft = self._hold.with_suffix(".draft")
            draft.write_text(f"{os.getpid()}")
            draft.rename(self._hold)

    def _is_chosen(self, point: str) -> bool:
        if not self._counting or point != self._die_at:
            return False
        self._left -= 1
        if self._left:
            return False
        with self._passed.open("a") as file:
            file.write(f"{point}\n")
        return True


def main(config_file: Path, die_at: str, nth: int) -> None:
    """Serve with this configuration, and die at that boundary."""
    loaded = load(config_file, {})
    logs.configure(stream=sys.stderr, json=True, secrets=loaded.config.secret_texts())
    executioner = Executioner(die_at, nth, config_file.parent)
    run(loaded, Surroundings(new_id=executioner.new_id, at=executioner.at))
