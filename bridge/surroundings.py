"""What the world gives to the bridge: the time, ids, chance. A test hands in its own."""

import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ulid import ULID

from bridge.passwords import Choose


def now() -> datetime:
    """Give the present time."""
    return datetime.now(UTC)


def new_ulid() -> str:
    """Give an id that nobody else has, and that sorts by time (https://github.com/ulid/spec)."""
    return str(ULID())


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Handed down from where the program starts; nothing below asks the world by itself."""

    clock: Callable[[], datetime] = now
    new_id: Callable[[], str] = new_ulid
    choose: Choose = secrets.choice
    """Chooses the characters of passwords."""
    spread: Callable[[], float] = field(default=random.SystemRandom().random)
    """A number from 0 to 1: spreads what would otherwise happen at the same time."""
    at: Callable[[str], None] = lambda _point: None
    """Told of every boundary that an attempt crosses; a test ends the process there."""
    lease: timedelta = timedelta(seconds=60)
    """How long other hosts wait for a word of this one before they take its work over."""
