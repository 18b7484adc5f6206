"""How far a sync has come, in words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bridge.sync_run import Standing

if TYPE_CHECKING:
    from bridge.delivery import State

WINDOW = timedelta(seconds=30)
"""The rate is that of the last half minute."""

WIDTH = 24
"""Signs of the bar."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a sync."""

    at: datetime
    finished: int


def rate_of(looks: Sequence[Look]) -> float:
    """Give how many contacts a second were finished during the last looks."""
    recent = [look for look in looks if look.at >= looks[-1].at - WINDOW]
    seconds = (recent[-1].at - recent[0].at).total_seconds()
    return (recent[-1].finished - recent[0].finished) / seconds if seconds > 0 else 0.0


def line_of(standing: Standing, rate: float) -> str:
    """Give one line: how many of how many, how fast, how long still.

    Args:
        standing: How far the sync has come.
        rate: Contacts a second.
    """
    run, finished = standing.run, standing.finished
    more = "" if run.all_read else " or more"
    parts = [f"{finished:,} of {run.found:,}{more} contacts", f"{run.changed:,} users changed"]
    left = run.found - finished
    if rate > 0:
        parts.append(f"{rate:,.0f}/s" if rate >= 1 else f"{rate * 60:,.0f}/min")
        if run.all_read and left:
            parts.append(f"{span_of(timedelta(seconds=left / rate))} left")
    if run.reason:
        parts.append(run.reason)
    return " · ".join(parts)


def bar_of(standing: Standing) -> str:
    """Give a bar that fills as the sync goes on."""
    share = standing.finished / standing.run.found if standing.run.found else 0.0
    full = int(share * WIDTH)
    return f"[{'#' * full}{'-' * (WIDTH - full)}] {share:4.0%}"


def span_of(span: timedelta) -> str:
    """Give a length of time as people say it: two units at most."""
    seconds = round(span.total_seconds())
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:  # noqa: PLR2004 - an hour
        return f"{minutes} min {seconds} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def summary_of(standing: Standing) -> list[str]:
    """Give what became of the contacts, a line for each state, and what to do about it."""
    states = standing.states
    lines = [f"{standing.run.changed:,} users changed or made."]
    told: tuple[tuple[State, str], ...] = (
        ("done", "done"),
        ("ignored", "without a user, left alone"),
        ("waiting", "to be tried again by themselves"),
        ("held", "wait for a person: keap-bridge deliveries --state held"),
        ("failed", "failed: keap-bridge deliveries --state failed"),
    )
    lines += [f"{states[state]:>7,}  {words}" for state, words in told if states.get(state)]
    return lines
