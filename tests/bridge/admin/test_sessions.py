"""Log-ins: who holds one, for how long, and how fast passwords may be tried."""

from datetime import datetime, timedelta

import pytest

from bridge.admin.sessions import LIFETIME, MOST, Sessions, is_password
from bridge.tries import FORGOTTEN_AFTER, FREE, LONGEST_WAIT, Tries
from bridge.tries import MOST as MOST_ADDRESSES
from tests.bridge.simulated import NOON


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Noon, until the test says otherwise."""
    return Clock()


def test_a_session_ends_by_itself(clock: Clock) -> None:
    """A browser left open somewhere would stay a door for ever."""
    sessions = Sessions(clock=clock)
    token = sessions.begin()

    clock.now += LIFETIME - timedelta(seconds=1)
    assert sessions.find(token) is not None
    clock.now += timedelta(seconds=1)
    assert sessions.find(token) is None


def test_a_session_ends_at_the_log_out(clock: Clock) -> None:
    """A copied cookie would outlive its owner's log-out."""
    sessions = Sessions(clock=clock)
    token, other = sessions.begin(), sessions.begin()

    sessions.end(token)

    assert sessions.find(token) is None
    assert sessions.find(other) is not None


def test_only_its_own_forms_are_taken(clock: Clock) -> None:
    """A form of another log-in would do."""
    sessions = Sessions(clock=clock)
    one, two = (sessions.find(sessions.begin()) for _ in range(2))

    assert one is not None
    assert two is not None
    assert one.knows(one.csrf_token)
    assert not one.knows(two.csrf_token)
    assert not one.knows("")
    assert one.csrf_token not in repr(one)


def test_sessions_do_not_pile_up(clock: Clock) -> None:
    """A script that logs in for ever would fill the memory."""
    sessions = Sessions(clock=clock)
    tokens = [sessions.begin() for _ in range(MOST + 1)]

    assert sessions.find(tokens[0]) is None
    assert all(sessions.find(token) for token in tokens[1:])


@pytest.mark.parametrize("wrong", ["", "correct horse", "Correct horse battery", "\udcff"])
def test_a_password_is_right_only_as_a_whole(wrong: str) -> None:
    """A part of the password would open the door."""
    assert is_password("correct horse battery", "correct horse battery")
    assert not is_password(wrong, "correct horse battery")


def test_each_wrong_try_beyond_the_free_ones_doubles_the_wait(clock: Clock) -> None:
    """A list of a million passwords would be tried in minutes."""
    tries = Tries(clock=clock)
    waits = []
    for _ in range(FREE + 12):
        waits.append(wait := tries.wait("192.0.2.1"))
        clock.now += wait
        tries.was_wrong("192.0.2.1")

    seconds = [wait.total_seconds() for wait in waits]
    assert seconds[: FREE + 4] == [0] * FREE + [1, 2, 4, 8]
    assert waits[-1] == LONGEST_WAIT
    assert tries.wait("192.0.2.2") == timedelta()


def test_wrong_tries_are_forgotten(clock: Clock) -> None:
    """An owner who mistyped would be locked out for good."""
    tries = Tries(clock=clock)
    for _ in range(FREE + 5):
        tries.was_wrong("192.0.2.1")

    clock.now += FORGOTTEN_AFTER
    assert tries.wait("192.0.2.1") == timedelta()
    tries.was_wrong("192.0.2.1")
    assert tries.wait("192.0.2.1") == timedelta()


def test_who_gets_in_starts_afresh(clock: Clock) -> None:
    """Yesterday's typing errors would count against today's."""
    tries = Tries(clock=clock)
    for _ in range(FREE):
        tries.was_wrong("192.0.2.1")
    assert tries.wait("192.0.2.1") > timedelta()

    tries.was_right("192.0.2.1")

    assert tries.wait("192.0.2.1") == timedelta()


def test_addresses_do_not_pile_up(clock: Clock) -> None:
    """Somebody with many addresses would fill the memory."""
    tries = Tries(clock=clock)
    for number in range(MOST_ADDRESSES + 1):
        for _ in range(FREE):
            tries.was_wrong(str(number))

    assert tries.wait("0") == timedelta()
    assert tries.wait(str(MOST_ADDRESSES)) > timedelta()
