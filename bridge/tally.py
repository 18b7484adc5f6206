"""How many calls an attempt made at each end, for its log line.

The tally stands in the attempt's own context, so that attempts running side by side count apart.
A call that several attempts share is counted by the first of them, so that the sum is right.
"""

from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar

_TALLY: ContextVar[Counter[str]] = ContextVar("tally")


def begin() -> Counter[str]:
    """Start counting in this task, from nothing."""
    tally: Counter[str] = Counter()
    _TALLY.set(tally)
    return tally


def counter_of(end: str) -> Callable[[object], None]:
    """Give the function to tell of every exchange with an end (``keap``, ``wordpress``)."""

    def count(_exchange: object) -> None:
        tally = _TALLY.get(None)
        if tally is not None:
            tally[end] += 1

    return count
