"""When a person is called, and when told that it is over."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.alarms import BACK, PATIENCE, Limits, Seen, habit_of, news_of, said
from bridge.circuit import Pause
from tests.bridge.simulated import NOON

LIMITS = Limits(
    waiting_over=timedelta(hours=1), quota_under=0.2, disk_under=500_000_000, silence="usual"
)
WELL = Seen(
    at=NOON,
    held=0,
    failed=0,
    oldest=None,
    pauses={"keap": None, "wordpress": None},
    quota_left=0.9,
    disk_free=10**10,
    last_post=NOON - timedelta(hours=1),
    habit=timedelta(hours=6),
)
REFUSING = Pause("refusing", "It refused the token.", NOON, NOON + timedelta(minutes=1))
DOWN = Pause("down", "It did not answer.", NOON - PATIENCE, NOON + timedelta(minutes=1))

TROUBLES: list[tuple[str, dict[str, Any], str]] = [
    ("held", {"held": 1}, "1 delivery is held"),
    ("held", {"held": 1200}, "1,200 deliveries are held"),
    ("failed", {"failed": 2}, "2 deliveries have failed within the last hour"),
    ("keap_refuses", {"pauses": {"keap": REFUSING}}, "Keap refuses the bridge"),
    ("wordpress_refuses", {"pauses": {"wordpress": REFUSING}}, "It refused the token."),
    ("wordpress_down", {"pauses": {"wordpress": DOWN}}, "WordPress has not answered"),
    ("waiting", {"oldest": NOON - timedelta(hours=2)}, "waited for more than 1 hour"),
    ("keap_quota", {"quota_left": 0.19}, "only 19% of a day's calls"),
    ("disk", {"disk_free": 499_000_000}, "only 499 MB left"),
    ("silence", {"last_post": NOON - timedelta(hours=7)}, "for more than 6 hours"),
]


def test_a_site_that_is_well_calls_nobody() -> None:
    """People would stop to read what the bridge writes."""
    assert news_of(WELL, LIMITS, ()) == ()


@pytest.mark.parametrize(("name", "change", "words"), TROUBLES)
def test_each_trouble_is_told_once_and_once_when_it_is_over(
    name: str, change: dict[str, Any], words: str
) -> None:
    """Nobody would come, or nobody would know that he need not come any more."""
    troubled = replace(WELL, **change)

    (began,) = news_of(troubled, LIMITS, ())
    assert (began.name, began.over) == (name, False)
    assert words in began.sentence
    assert news_of(troubled, LIMITS, {name}) == ()
    (over,) = news_of(WELL, LIMITS, {name})
    assert (over.name, over.over) == (name, True)


def test_a_short_outage_calls_nobody() -> None:
    """Every restart of the web server would wake somebody."""
    short = replace(DOWN, began=NOON - PATIENCE + timedelta(seconds=1))

    assert news_of(replace(WELL, pauses={"keap": short}), LIMITS, ()) == ()


def test_what_wavers_at_its_limit_is_told_once() -> None:
    """An alarm and its end would come with every call to Keap."""
    just_over = replace(WELL, quota_left=0.2 * BACK - 0.01)

    assert news_of(just_over, LIMITS, ()) == ()
    assert news_of(just_over, LIMITS, {"keap_quota"}) == ()


def test_what_nobody_knows_is_not_over() -> None:
    """A restart, before Keap's first answer, would call an alarm off."""
    unknown = replace(WELL, quota_left=None)

    assert news_of(unknown, LIMITS, {"keap_quota"}) == ()
    assert news_of(unknown, LIMITS, ()) == ()


@pytest.mark.parametrize(
    ("silence", "told"),
    [("usual", True), (timedelta(hours=5), True), (timedelta(hours=8), False), (None, False)],
)
def test_silence_is_what_the_owner_says(silence: Any, told: bool) -> None:  # noqa: FBT001
    """A campaign that somebody switched off would not be missed, or weekends would be."""
    seen = replace(WELL, last_post=NOON - timedelta(hours=7))

    assert bool(news_of(seen, replace(LIMITS, silence=silence), ())) is told


def test_a_habit_is_twice_the_longest_silence() -> None:
    """Nights would be alarms, or a week of silence would be none."""
    hourly = [NOON + timedelta(hours=hour) for hour in range(100) if hour % 24 < 14]

    assert habit_of(hourly) == 2 * timedelta(hours=11)
    assert habit_of(hourly[::-1]) == habit_of(hourly)


@pytest.mark.parametrize("hours", [range(19), range(60)])
def test_a_new_site_has_no_habit(hours: range) -> None:
    """The first quiet night would be an alarm."""
    assert habit_of([NOON + timedelta(hours=hour) for hour in hours]) is None


@given(
    st.lists(st.sampled_from(TROUBLES)), st.sets(st.sampled_from([name for name, *_ in TROUBLES]))
)
def test_what_was_told_is_told_no_second_time(
    troubles: list[tuple[str, dict[str, Any], str]], told: set[str]
) -> None:
    """Whatever comes together, somebody would be called twice, or called off too early."""
    seen = WELL
    for _, change, _ in troubles:
        seen = replace(seen, **change)

    news = news_of(seen, LIMITS, told)
    after = {*told, *(each.name for each in news if not each.over)}
    after -= {each.name for each in news if each.over}

    assert len({each.name for each in news}) == len(news)
    assert news_of(seen, LIMITS, after) == ()


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=40), "40 seconds"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=22), "22 hours"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_lengths_are_said_in_words(length: timedelta, words: str) -> None:
    """People would read numbers of seconds."""
    assert said(length) == words
