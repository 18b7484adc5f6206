"""Posts per hour as bars, in the units of an SVG. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

HOURS = 48
BAR = 10
"""Width of a bar with its gap."""
HEIGHT = 80


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour."""

    x: int
    y: float
    height: float
    hour: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars of the last hours, oldest first, and what they amount to."""

    bars: tuple[Bar, ...]
    most: int
    total: int
    width: int = HOURS * BAR
    height: int = HEIGHT


def chart_of(counts: Mapping[datetime, int], now: datetime) -> Chart:
    """Draw how many Posts came in each of the last :data:`HOURS` hours.

    Args:
        counts: By the hour's beginning; hours without Posts may be missing.
        now: The last bar is the hour that this falls into.
    """
    last = now.replace(minute=0, second=0, microsecond=0)
    hours = [last - timedelta(hours=back) for back in reversed(range(HOURS))]
    amounts = [counts.get(hour, 0) for hour in hours]
    most = max(amounts)
    bars = []
    for position, (hour, count) in enumerate(zip(hours, amounts, strict=True)):
        height = round(HEIGHT * count / most, 1) if most else 0.0
        bars.append(Bar(position * BAR, HEIGHT - height, height, hour, count))
    return Chart(tuple(bars), most, sum(amounts))
