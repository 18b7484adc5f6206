"""The day before in one line. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.delivery import State

SUMMARY = "summary"
"""The name under which it is remembered that it was sent."""


@dataclass(frozen=True, slots=True)
class DayBefore:
    """What came, and how things stand."""

    counts: Mapping[State, int]
    """Deliveries received within the last 24 hours, by the state that they are in now."""
    waiting: int
    quota_left: float | None


def is_due(last: datetime | None, now: datetime, at: timedelta) -> bool:
    """Whether the summary of the day is still to be sent.

    Args:
        last: When the last one was sent.
        now: The present time.
        at: The time of day, counted from midnight of this machine's time zone.
    """
    here = now.astimezone()
    due = here.replace(hour=0, minute=0, second=0, microsecond=0) + at
    return here >= due and (last is None or last < due)


def line_of(day: DayBefore) -> str:
    """Sum the day up."""
    total = sum(day.counts.values())
    parts = [f"{total:,} {'Post' if total == 1 else 'Posts'} in 24 hours"]
    parts += [f"{count:,} {state}" for state, count in day.counts.items() if count]
    if day.waiting:
        parts.append(f"{day.waiting:,} not finished")
    if day.quota_left is not None:
        parts.append(f"{day.quota_left:.0%} of Keap's calls left")
    return ", ".join(parts) + "."
