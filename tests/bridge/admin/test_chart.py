"""Posts per hour, drawn."""

from datetime import timedelta

from bridge.admin.chart import HEIGHT, HOURS, chart_of
from tests.bridge.simulated import NOON


def test_every_hour_has_its_bar() -> None:
    """The chart would leave hours out, or show them in the wrong place."""
    counts = {NOON: 2, NOON - timedelta(hours=3): 8, NOON - timedelta(hours=HOURS): 99}

    chart = chart_of(counts, NOON + timedelta(minutes=59))

    assert len(chart.bars) == HOURS
    assert (chart.most, chart.total) == (8, 10)
    assert (chart.bars[-1].hour, chart.bars[-1].count) == (NOON, 2)
    assert chart.bars[-1].height == HEIGHT / 4
    assert chart.bars[-4].y == 0
    assert [bar.x for bar in chart.bars] == sorted(bar.x for bar in chart.bars)


def test_no_posts_are_no_bars() -> None:
    """A fresh bridge's page would not be shown at all."""
    chart = chart_of({}, NOON)

    assert {bar.height for bar in chart.bars} == {0}
