"""The times of the attempts."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bridge.schedule import ATTEMPTS, DELAYS, JITTER, LONGEST_RETRY_AFTER, due_after

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_the_attempts_reach_over_three_days() -> None:
    """A WordPress that is down over a long weekend would lose deliveries."""
    total = sum(DELAYS, timedelta())

    assert timedelta(hours=71) < total < timedelta(hours=73)
    assert len(DELAYS) + 1 == ATTEMPTS


def test_pauses_never_shrink() -> None:
    """A later attempt would come sooner after its forerunner than an earlier one did."""
    assert list(DELAYS) == sorted(DELAYS)


@given(st.integers(1, 100), st.floats(0, 1))
def test_pauses_are_bounded(failures: int, spread: float) -> None:
    """An attempt would come before its time, or never."""
    due = due_after(failures, now=NOW, spread=spread)

    assert NOW + DELAYS[0] <= due <= NOW + DELAYS[-1] * (1 + JITTER)


@given(st.integers(1, 100), st.floats(0, 1), st.floats(0, 86_400))
def test_retry_after_is_respected(failures: int, spread: float, retry_after: float) -> None:
    """A server that asked to be left alone would be called too early."""
    due = due_after(failures, now=NOW, spread=spread, retry_after=retry_after)

    assert due >= NOW + timedelta(seconds=retry_after)


def test_an_absurd_retry_after_is_cut() -> None:
    """One wrong header would park a delivery for years."""
    due = due_after(1, now=NOW, spread=0, retry_after=1e12)

    assert due == NOW + LONGEST_RETRY_AFTER
