"""How far a sync has come, in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.progress import Look, bar_of, line_of, rate_of, span_of, summary_of
from bridge.sync_run import Standing, SyncRun, SyncWish

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
RUN = SyncRun(
    number=1,
    wish=SyncWish("all"),
    max_changes=None,
    state="open",
    reason="",
    started_at=NOON,
    finished_at=None,
    cursor="",
    all_read=True,
    found=5000,
    changed=12,
)
HALF = Standing(RUN, {"done": 2000, "ignored": 400, "waiting": 300, "running": 50}, 200)
"""2,500 have had their turn: a hundred of them wait to be tried again."""


def test_the_line_says_how_far_how_fast_and_how_long() -> None:
    """Nobody would know whether to wait or to go home."""
    line = line_of(HALF, 50.0)

    assert line == "2,500 of 5,000 contacts · 12 users changed · 50/s · 50 s left"


@pytest.mark.parametrize(
    ("standing", "rate", "end"),
    [
        (HALF, 0.0, "12 users changed"),
        (HALF, 0.5, "30/min · 1 h 23 min left"),
        (replace(HALF, run=replace(RUN, all_read=False)), 9.0, "9/s"),
        (replace(HALF, run=replace(RUN, reason="Waits for Keap.")), 0.0, "Waits for Keap."),
        (replace(HALF, run=replace(RUN, found=2500)), 5.0, "5/s"),
    ],
)
def test_the_line_says_no_more_than_is_known(standing: Standing, rate: float, end: str) -> None:
    """It would promise an end that nobody knows."""
    assert line_of(standing, rate).endswith(f"· {end}")


def test_the_rate_is_that_of_the_last_half_minute() -> None:
    """After a pause of hours the time left would be told in days."""
    looks = [
        Look(NOON, 0),
        Look(NOON + timedelta(hours=9), 100),
        Look(NOON + timedelta(hours=9, seconds=10), 300),
    ]

    assert rate_of(looks) == 20.0
    assert rate_of(looks[:1]) == 0.0


def test_the_bar_fills() -> None:
    """It would show something else than the numbers."""
    assert bar_of(HALF) == "[############------------]  50%"
    assert bar_of(replace(HALF, run=replace(RUN, found=0))).endswith("]   0%")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(59, "59 s"), (61, "1 min 1 s"), (3600, "1 h 0 min"), (90000, "25 h 0 min")],
)
def test_spans_are_told_in_two_units(seconds: int, said: str) -> None:
    """Seconds of a day are nobody's measure."""
    assert span_of(timedelta(seconds=seconds)) == said


def test_the_summary_says_what_to_do() -> None:
    """Who is held or failed would be forgotten."""
    lines = summary_of(Standing(RUN, {"done": 2, "held": 1, "failed": 3}, 0))

    assert lines[0] == "12 users changed or made."
    assert [line.split()[0] for line in lines[1:]] == ["2", "1", "3"]
    assert "deliveries --state held" in lines[2]
