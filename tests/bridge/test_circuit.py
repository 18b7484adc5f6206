"""When an end is left alone, and when it is tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.circuit import FAILURES, PAUSES, PAUSES_REFUSING, Circuit
from bridge.schedule import JITTER, LONGEST_RETRY_AFTER

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DOWN = Circuit()
for _ in range(FAILURES):
    DOWN = DOWN.failed("It is down.", now=NOW, spread=0)
REFUSING = Circuit().refused("The password is wrong.", now=NOW, spread=0)


def until(circuit: Circuit) -> datetime:
    """Give the end of the pause."""
    assert circuit.pause is not None
    return circuit.pause.until


def test_a_few_failures_in_a_row_open_it() -> None:
    """One hiccup would stop the queue, or a site that is down would be asked by everybody."""
    circuit = Circuit()
    for _ in range(FAILURES - 1):
        circuit = circuit.failed("It is down.", now=NOW, spread=0)
    almost = circuit
    circuit = circuit.failed("It is down.", now=NOW, spread=0)

    assert almost.pause is None
    assert circuit.pause is not None
    assert (circuit.pause.why, circuit.pause.until) == ("down", NOW + PAUSES[0])


def test_a_success_between_failures_keeps_it_closed() -> None:
    """A site that fails for one contact in ten would be taken for one that is down."""
    circuit = Circuit()
    for _ in range(10 * FAILURES):
        circuit = circuit.failed("It is down.", now=NOW, spread=0).succeeded(NOW)

    assert circuit == Circuit()


def test_pauses_grow_until_the_longest() -> None:
    """A site that is down for days would be asked every five seconds."""
    circuit, lengths = DOWN, []
    for _ in range(len(PAUSES) + 3):
        now = until(circuit)
        circuit = circuit.failed("It is down.", now=now, spread=0)
        lengths.append(until(circuit) - now)

    assert lengths == [*PAUSES[1:], *[PAUSES[-1]] * 4]


def test_what_was_under_way_does_not_lengthen_the_pause() -> None:
    """Eight attempts that fail together would count as eight tries in vain."""
    assert DOWN.failed("It is down.", now=NOW, spread=0) == DOWN
    assert REFUSING.refused("It refuses.", now=NOW, spread=0) == REFUSING


@given(st.lists(st.sampled_from(["fail", "refuse", "throttle"]), min_size=1), st.floats(0, 1))
def test_pauses_are_bounded(events: list[str], spread: float) -> None:
    """An end that is well again would not be noticed for longer than its longest pause."""
    circuit, now = Circuit(), NOW
    for event in events:
        if event == "fail":
            circuit = circuit.failed("x", now=now, spread=spread)
        elif event == "refuse":
            circuit = circuit.refused("x", now=now, spread=spread)
        else:
            circuit = circuit.throttled("x", now=now, spread=spread, retry_after=None)
        if circuit.pause is not None:
            longest = max(PAUSES[-1], PAUSES_REFUSING[-1]) * (1 + JITTER)
            assert now < circuit.pause.until <= now + longest
            now = circuit.pause.until


def test_a_success_closes_it() -> None:
    """A site that is up again would be asked by one at a time for ever."""
    assert DOWN.succeeded(until(DOWN)) == Circuit()


@given(st.floats(0, 1), st.floats(0, 86_400))
def test_who_asks_for_time_gets_it_at_once(spread: float, retry_after: float) -> None:
    """The whole queue would go on asking an end that has said when to come again."""
    throttled = Circuit().throttled("Slow down.", now=NOW, spread=spread, retry_after=retry_after)
    failed = Circuit().failed("Busy.", now=NOW, spread=spread, retry_after=retry_after)

    assert throttled.pause is not None
    assert throttled.pause.why == "throttled"
    assert throttled.pause.until >= NOW + timedelta(seconds=retry_after)
    assert until(failed) == throttled.pause.until


def test_an_absurd_wish_for_time_is_cut() -> None:
    """One wrong header would stop the bridge for years."""
    circuit = Circuit().throttled("Slow down.", now=NOW, spread=0, retry_after=1e12)

    assert until(circuit) == NOW + LONGEST_RETRY_AFTER


def test_the_longer_wish_counts() -> None:
    """A later answer that asks for less would cut short what an earlier one asked for."""
    circuit = Circuit().throttled("Slow down.", now=NOW, spread=0, retry_after=100)

    assert circuit.throttled("Slow down.", now=NOW, spread=0, retry_after=50) == circuit
    assert circuit.throttled("Slow down.", now=NOW, spread=0, retry_after=None) == circuit
    assert until(circuit.throttled("x", now=NOW, spread=0, retry_after=150)) > until(circuit)


def test_an_attempt_that_was_under_way_does_not_end_the_rest_that_was_asked_for() -> None:
    """Keap would be asked on while its minute is used up."""
    circuit = Circuit().throttled("Slow down.", now=NOW, spread=0, retry_after=60)

    assert circuit.succeeded(NOW + timedelta(seconds=1)) == circuit
    assert circuit.succeeded(NOW + timedelta(seconds=60)) == Circuit()


def test_a_refusal_is_no_shorter_for_a_wish_for_time() -> None:
    """The queue would run into an end that refuses everybody."""
    rested = REFUSING.resting("Slowly.", now=NOW, until=NOW + timedelta(days=1))

    assert rested == REFUSING
    assert until(REFUSING) == NOW + PAUSES_REFUSING[0]


def test_a_refusal_is_graver_than_an_outage() -> None:
    """Nobody would be told that they have to act."""
    circuit = DOWN.refused("The password is wrong.", now=NOW, spread=0)

    assert circuit.pause is not None
    assert circuit.pause.why == "refusing"


def test_an_end_that_lets_us_in_and_refuses_the_work_is_left_alone_for_longer() -> None:
    """A right that the probe does not need would be tried for every few seconds."""
    circuit = REFUSING.answered_probe()
    again = circuit.refused("A right is missing.", now=NOW, spread=0)

    assert circuit.pause is None
    assert until(again) == NOW + PAUSES_REFUSING[1]


def test_a_clock_that_is_set_back_ends_a_pause() -> None:
    """The bridge would stand still for as long as the clock was wrong."""
    assert DOWN.pause is not None
    assert DOWN.pause.lasts(NOW)
    assert not DOWN.pause.lasts(NOW - timedelta(hours=1))


@pytest.mark.parametrize("circuit", [DOWN, REFUSING])
def test_a_person_is_faster_than_the_pause(circuit: Circuit) -> None:
    """Who has mended something would wait for minutes."""
    pause = circuit.hurried(NOW).pause

    assert pause is not None
    assert not pause.lasts(NOW)


def test_a_person_is_not_faster_than_retry_after() -> None:
    """Keap would be asked although it said when to come again."""
    circuit = Circuit().throttled("Slow down.", now=NOW, spread=0, retry_after=60)

    assert circuit.hurried(NOW) == circuit
    assert Circuit().hurried(NOW) == Circuit()
