"""Who guesses access keys is slowed down; who knows one never is."""

from datetime import UTC, datetime, timedelta

import pytest

from bridge.tries import MOST
from bridge.visitors import Visitor, visitor_of
from bridge.wrong_keys import FREE, TRUSTED_FOR, WrongKeys

NOBODY_WAITS = timedelta()


class Clock:
    """Says what it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time."""
        return self.now


def from_(address: str) -> Visitor:
    """Give the visitor at an address."""
    return visitor_of(address, [], ())


@pytest.fixture
def clock() -> Clock:
    """A clock that stands."""
    return Clock()


@pytest.fixture
def wrong_keys(clock: Clock) -> WrongKeys:
    """Nobody has tried anything yet."""
    return WrongKeys(clock=clock)


def guess(wrong_keys: WrongKeys, visitor: Visitor, times: int) -> None:
    """Try so many wrong keys."""
    for _ in range(times):
        wrong_keys.was_wrong(visitor)


def test_who_guesses_waits_ever_longer(wrong_keys: WrongKeys, clock: Clock) -> None:
    """A list of keys could be tried as fast as the line allows."""
    guess(wrong_keys, from_("8.8.8.8"), FREE - 1)
    assert wrong_keys.wait(from_("8.8.8.8")) == NOBODY_WAITS
    guess(wrong_keys, from_("8.8.8.8"), 1)
    assert wrong_keys.wait(from_("8.8.8.8")) == timedelta(seconds=1)
    guess(wrong_keys, from_("8.8.8.8"), 3)
    assert wrong_keys.wait(from_("8.8.8.8")) == timedelta(seconds=8)

    assert wrong_keys.wait(from_("8.8.4.4")) == NOBODY_WAITS
    clock.now += timedelta(seconds=8)
    assert wrong_keys.wait(from_("8.8.8.8")) == NOBODY_WAITS


def test_one_wrong_campaign_keeps_no_other_out(wrong_keys: WrongKeys, clock: Clock) -> None:
    """A campaign with a mistyped key would stop every other one: they come from one address."""
    wrong_keys.was_right(from_("8.8.8.8"))
    guess(wrong_keys, from_("8.8.8.8"), 10 * FREE)
    assert wrong_keys.wait(from_("8.8.8.8")) == NOBODY_WAITS

    clock.now += TRUSTED_FOR
    guess(wrong_keys, from_("8.8.8.8"), FREE)
    assert wrong_keys.wait(from_("8.8.8.8")) > NOBODY_WAITS

    wrong_keys.was_right(from_("8.8.8.8"))
    assert wrong_keys.wait(from_("8.8.8.8")) == NOBODY_WAITS


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1"])
def test_an_unnamed_proxy_is_not_taken_for_a_sender(wrong_keys: WrongKeys, address: str) -> None:
    """A stranger would have all Posts refused, since all come through the same proxy."""
    guess(wrong_keys, from_(address), 10 * FREE)

    assert wrong_keys.wait(from_(address)) == NOBODY_WAITS


def test_memory_has_an_end(wrong_keys: WrongKeys) -> None:
    """Whoever has many addresses would fill the memory."""
    for number in range(MOST + 50):
        wrong_keys.was_right(from_(f"8.{number // 250}.{number % 250}.1"))
        guess(wrong_keys, from_(f"9.{number // 250}.{number % 250}.1"), 1)

    assert len(wrong_keys._right) == MOST
    assert len(wrong_keys._tries._wrong) == MOST
