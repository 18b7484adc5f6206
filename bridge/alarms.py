"""What a person is called for, and when it is over. Pure.

Each trouble has a name; it is told once when it begins and once when it is over, however long it
lasts and however often the bridge is started meanwhile.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from bridge.circuit import Destination, Pause

PATIENCE = timedelta(minutes=10)
"""An end that is down or throttles for less is nobody's business: the queue waits."""

RECENTLY = timedelta(hours=1)
"""For so long a delivery that failed is trouble."""

BACK = 1.25
"""What is left of something has to reach so many times its limit for the trouble to be over: at the
limit itself alarms would come and go with every call."""

NAMES: Mapping[Destination, str] = {"keap": "Keap", "wordpress": "WordPress"}


@dataclass(frozen=True, slots=True)
class Limits:
    """When a person is called."""

    waiting_over: timedelta
    quota_under: float
    """Of Keap's calls a day, as a part of 1."""
    disk_under: int
    """Bytes."""
    silence: timedelta | Literal["usual"] | None
    """So long without a Post; ``usual``: longer than this site's habit; ``None``: never."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How a site is at one moment."""

    at: datetime
    held: int
    failed: int
    """Deliveries that ended so within :data:`RECENTLY`."""
    oldest: datetime | None
    """When the oldest delivery that waits was received."""
    pauses: Mapping[Destination, Pause | None]
    quota_left: float | None
    """As a part of 1; ``None``: Keap has not said."""
    disk_free: int | None
    """Bytes; ``None``: the store is no file."""
    last_post: datetime | None
    habit: timedelta | None
    """The longest silence that is usual here; ``None``: too few Posts to tell."""


@dataclass(frozen=True, slots=True)
class News:
    """One thing to tell."""

    name: str
    over: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class _Trouble:
    """One kind of trouble: whether it is there, and the sentences that it is told with."""

    name: str
    sentence: str | None
    """``None``: it is not there."""
    over: str


def news_of(seen: Seen, limits: Limits, told: Collection[str]) -> tuple[News, ...]:
    """Say what to tell, given what has been told and is not over yet.

    Args:
        seen: How the site is.
        limits: When a person is called.
        told: Names of the troubles that were told.
    """
    return tuple(_news(_troubles(seen, limits, told), told))


def _news(troubles: Iterator[_Trouble], told: Collection[str]) -> Iterator[News]:
    for trouble in troubles:
        if trouble.sentence is not None and trouble.name not in told:
            yield News(trouble.name, over=False, sentence=trouble.sentence)
        if trouble.sentence is None and trouble.name in told:
            yield News(trouble.name, over=True, sentence=trouble.over)


def _troubles(seen: Seen, limits: Limits, told: Collection[str]) -> Iterator[_Trouble]:
    yield _Trouble(
        "held",
        f"{_count(seen.held)} held and wait for a person: keap-bridge deliveries --state held"
        if seen.held
        else None,
        "Nothing is held any more.",
    )
    yield _Trouble(
        "failed",
        f"{_failed(seen.failed)} within the last hour: keap-bridge deliveries --state failed"
        if seen.failed
        else None,
        "Nothing has failed for an hour.",
    )
    for destination, name in NAMES.items():
        yield from _of_end(destination, name, seen)
    yield _waiting(seen, limits)
    yield _scarce(
        "keap_quota",
        seen.quota_left,
        limits.quota_under,
        told,
        lambda left: f"Keap allows only {left:.0%} of a day's calls until midnight UTC.",
        "Keap's calls are enough again.",
    )
    yield _scarce(
        "disk",
        seen.disk_free,
        limits.disk_under,
        told,
        lambda free: (
            f"The disk of the store has only {free / 1e6:,.0f} MB left: when it is full,"
            " Posts are refused."
        ),
        "The disk of the store has room again.",
    )
    yield _silence(seen, limits)


def _of_end(destination: Destination, name: str, seen: Seen) -> Iterator[_Trouble]:
    pause = seen.pauses.get(destination)
    refuses = pause is not None and pause.why == "refusing"
    down = pause is not None and not refuses and seen.at - pause.began >= PATIENCE
    reason = "" if pause is None else pause.reason
    yield _Trouble(
        f"{destination}_refuses",
        f"{name} refuses the bridge, and everything waits. {reason}" if refuses else None,
        f"{name} lets the bridge in again.",
    )
    yield _Trouble(
        f"{destination}_down",
        f"{name} has not answered as it should for ten minutes; everything waits. {reason}"
        if down
        else None,
        f"{name} is well again.",
    )


def _waiting(seen: Seen, limits: Limits) -> _Trouble:
    late = seen.oldest is not None and seen.at - seen.oldest > limits.waiting_over
    return _Trouble(
        "waiting",
        f"A delivery has waited for more than {said(limits.waiting_over)}." if late else None,
        f"No delivery waits for more than {said(limits.waiting_over)}.",
    )


def _scarce(
    name: str,
    left: float | None,
    least: float,
    told: Collection[str],
    sentence: Callable[[float], str],
    over: str,
) -> _Trouble:
    if left is None:
        # Nobody knows: what was told stays told.
        return _Trouble(name, over if name in told else None, over)
    scarce = left < (least * BACK if name in told else least)
    return _Trouble(name, sentence(left) if scarce else None, over)


def _silence(seen: Seen, limits: Limits) -> _Trouble:
    longest = seen.habit if limits.silence == "usual" else limits.silence
    silent = (
        longest is not None and seen.last_post is not None and seen.at - seen.last_post > longest
    )
    return _Trouble(
        "silence",
        f"No Post has come for more than {said(longest)}: has a campaign been switched off, or the"
        " address changed?"
        if silent and longest is not None
        else None,
        "Posts come again.",
    )


def habit_of(moments: Sequence[datetime]) -> timedelta | None:
    """Give the longest silence that is usual: twice the longest in these Posts, six hours at least.

    Args:
        moments: When Posts came, in any order, of the last weeks.

    Returns:
        ``None``: there are too few of them, or of too short a time, to have a habit.
    """
    if len(moments) < FEWEST:
        return None
    in_order = sorted(moments)
    if in_order[-1] - in_order[0] < SHORTEST:
        return None
    longest = max(later - earlier for earlier, later in pairwise(in_order))
    return max(2 * longest, timedelta(hours=6))


FEWEST = 20
SHORTEST = timedelta(days=3)
"""Nights and a weekend day have to be among the days that make a habit."""


def said(length: timedelta) -> str:
    """Say a length of time in its largest unit, rounded."""
    seconds = length.total_seconds()
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            number = round(seconds / size)
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return f"{round(seconds)} seconds"


def _count(number: int) -> str:
    return "1 delivery is" if number == 1 else f"{number:,} deliveries are"


def _failed(number: int) -> str:
    return "1 delivery has failed" if number == 1 else f"{number:,} deliveries have failed"
