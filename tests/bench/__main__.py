"""Runs measurements by name, by default all: ``python -m tests.bench [NAME…]``.

Figures go to the standard output, one JSON object a line; what is being done goes to the other.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from tests.bench.accepting import accepting
from tests.bench.accepting_on_postgresql import accepting_on_postgresql
from tests.bench.burst import burst
from tests.bench.end_to_end import end_to_end
from tests.bench.figures import Figure
from tests.bench.full_store import full_store
from tests.bench.hot_contact import hot_contact
from tests.bench.idle import idle
from tests.bench.slow_disk import slow_disk
from tests.bench.stalls import stalls
from tests.bench.starting import starting

MEASUREMENTS: dict[str, Callable[[Path], Coroutine[Any, Any, list[Figure]]]] = {
    each.__name__: each
    for each in (
        accepting,
        accepting_on_postgresql,
        full_store,
        slow_disk,
        stalls,
        hot_contact,
        starting,
        idle,
        end_to_end,
        burst,
    )
}


def main(names: Sequence[str]) -> None:
    """Run the measurements with these names.

    Raises:
        SystemExit: A name is none.
    """
    if unknown := set(names) - set(MEASUREMENTS):
        sys.exit(f"No measurement is called {', '.join(unknown)}: {', '.join(MEASUREMENTS)}.")
    for name in names or MEASUREMENTS:
        began = perf_counter()
        with tempfile.TemporaryDirectory(prefix="keap-bridge-bench-") as folder:
            for figure in asyncio.run(MEASUREMENTS[name](Path(folder))):
                print(figure.line(), flush=True)  # noqa: T201 - a program's output
        print(f"{name}: {perf_counter() - began:.0f} s", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
