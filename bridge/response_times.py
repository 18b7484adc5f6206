"""How fast an end has answered lately."""

from collections import deque
from statistics import median

from bridge.measures import Exchange

LATELY = 100
"""Answers remembered."""


class ResponseTimes:
    """The last answers' times; told of every exchange."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=LATELY)

    def note(self, exchange: Exchange) -> None:
        """Remember how long an answer took; one that never came took none."""
        if exchange.status is not None:
            self._seconds.append(exchange.seconds)

    @property
    def median(self) -> float | None:
        """Seconds; ``None``: nothing was asked since the start."""
        return median(self._seconds) if self._seconds else None
