"""How fast calls to Keap may leave: spread evenly, a few at once after a pause. Pure."""

from dataclasses import dataclass
from datetime import timedelta

AT_ONCE = 5
"""How many calls may leave without a pause; after that they are spread evenly.

Keap allows 10 a second and 240 a minute, and answers bursts with 429 well before that
(facts: https://developer.infusionsoft.com, API Token Quota).
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """A leaky bucket, for :meth:`bridge.store.Store.pace`."""

    every: timedelta
    """The time between two calls."""
    at_once: int
    """How many may leave at once after a pause."""


def pace_of(calls_per_minute: int) -> Pace:
    """Give a pace that no minute exceeds, whenever it begins.

    A bucket that holds so many lets them through at once on top of what leaks away in a minute,
    so what leaks away is less by as many, but for the one that the minute begins with.
    """
    at_once = min(AT_ONCE, calls_per_minute)
    return Pace(timedelta(minutes=1) / (calls_per_minute - at_once + 1), at_once)
