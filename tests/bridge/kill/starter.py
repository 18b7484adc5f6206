"""Starts the bridge in a tenth of a second: imports everything once, and forks at each order.

Run as a program. Each line of its input is an order as JSON (:class:`Order`); for each it prints
the process's id, and how it ended once it has: as :attr:`subprocess.Popen.returncode` would.
"""

import json
import os
import sys
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bridge.kill import dying


@dataclass(frozen=True, slots=True)
class Order:
    """One start."""

    config_file: str
    log: str
    die_at: str
    nth: int

    def line(self) -> bytes:
        """The order on one line."""
        return f"{json.dumps(asdict(self))}\n".encode()


def main() -> None:
    """Start whatever is ordered, one at a time, until the input ends."""
    for line in sys.stdin:
        order = Order(**json.loads(line))
        process = os.fork()
        if process == 0:
            os._exit(_serve(order))
        _say(process)
        _, status = os.waitpid(process, 0)
        _say(os.waitstatus_to_exitcode(status))


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _serve(order: Order) -> int:
    log = os.open(order.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(log, 1)
    os.dup2(log, 2)
    try:
        dying.main(Path(order.config_file), order.die_at, order.nth)
    except BaseException:  # noqa: BLE001 - it would go on as a second starter
        traceback.print_exc()
        return 1
    finally:
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    main()
