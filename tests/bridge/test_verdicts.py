"""What an error makes of a delivery."""

from datetime import UTC, datetime, timedelta

import pytest

from bridge.delivery import Delivery
from bridge.schedule import ATTEMPTS, LONGEST_OUTAGE
from bridge.verdicts import ConfigurationAtFault, verdict_on
from keap_client import errors as keap
from wp_client import errors as wordpress

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def delivery(attempts: int = 1, name: str = "01K") -> Delivery:
    """Make a delivery that is being carried for the ``attempts``-th time."""
    return Delivery(
        number=1,
        id=name,
        contact="1001",
        action="add",
        roles=(),
        notify=None,
        received_at=NOW,
        state="running",
        attempts=attempts,
        due_at=None,
        finished_at=None,
        reason="",
        caveats=(),
        user_id=None,
    )


ENDS: list[tuple[Exception, str]] = [
    (keap.KeapUnreachable("no name"), "waiting"),
    (keap.KeapThrottled(None, None), "waiting"),
    (keap.KeapBroken(502), "waiting"),
    (keap.KeapRefused(401), "held"),
    (keap.KeapMisaddressed(404), "held"),
    (keap.KeapRedirected(301, ""), "held"),
    (keap.KeapRejected(400, ""), "held"),
    (keap.ContactNotFound("7"), "failed"),
    (wordpress.WordPressUnreachable("no name", sent=True), "waiting"),
    (wordpress.NotWordPress(status=200, found="a page"), "waiting"),
    (wordpress.WordPressBusy(), "waiting"),
    (wordpress.WordPressBroken(status=500), "waiting"),
    (wordpress.NotificationFailed(7), "waiting"),
    (wordpress.WordPressRefused("rest_not_logged_in"), "held"),
    (wordpress.WordPressRedirected("https://example.com"), "held"),
    (wordpress.Blocked("a firewall", status=403), "held"),
    (wordpress.RouteMissing("x"), "held"),
    (wordpress.CompanionUnsuited(2), "held"),
    (wordpress.LinkedToAnotherContact(7, "2"), "held"),
    (wordpress.WordPressRejected("keap_bridge_no_email"), "failed"),
    (wordpress.WordPressRejected("any_other"), "failed"),
    (ConfigurationAtFault("users.return_password_to: …"), "held"),
    (RuntimeError("a bug"), "waiting"),
]


@pytest.mark.parametrize(("error", "state"), ENDS)
def test_each_error_has_its_end(error: Exception, state: str) -> None:
    """A passing trouble would need a person, or what needs a person would be tried for days."""
    verdict = verdict_on(error, [delivery()], failures=0, now=NOW, spread=0)

    assert verdict.state == state
    assert verdict.reason[0].isalpha()
    assert (verdict.due_at is not None) == (state == "waiting")


def test_every_error_of_the_clients_is_judged() -> None:
    """A new kind of error would fall through to a judgement that nobody thought about."""
    judged = {type(error) for error, _ in ENDS}
    kinds = (wordpress.NeedsPerson, wordpress.PassesByItself, wordpress.ConcernsDocument)
    defined = {
        each
        for module in (keap, wordpress)
        for each in vars(module).values()
        if isinstance(each, type)
        and issubclass(each, keap.KeapError | wordpress.WordPressError)
        and each not in {keap.KeapError, keap.NotFound, wordpress.WordPressError, *kinds}
    }

    assert defined <= judged


def test_a_bug_does_not_speak() -> None:
    """An error's own words could hold an address or a key, and stand in the list for all to see."""
    verdict = verdict_on(ValueError("ann@example.com"), [delivery()], failures=0, now=NOW, spread=0)

    assert "ann" not in verdict.reason
    assert "ValueError" in verdict.reason


@pytest.mark.parametrize(
    "error",
    [
        keap.KeapThrottled(100.0, None),
        keap.KeapBroken(503, retry_after=100.0),
        wordpress.WordPressBusy(retry_after=100.0),
    ],
)
def test_who_asks_for_time_gets_it(error: Exception) -> None:
    """A server that asked to be left alone would be called too early."""
    verdict = verdict_on(error, [delivery()], failures=0, now=NOW, spread=0)

    assert verdict.due_at == NOW + timedelta(seconds=100)


def test_only_the_deliveries_that_had_their_attempts_are_given_up() -> None:
    """A Post that has just come in would fail with an old one of the same contact."""
    old, new = delivery(ATTEMPTS, "old"), delivery(1, "new")
    later = NOW + LONGEST_OUTAGE
    verdict = verdict_on(
        keap.KeapBroken(500), [old, new], failures=ATTEMPTS - 1, now=later, spread=0
    )

    assert verdict.give_up == {"old"}


def test_attempts_in_a_short_time_give_nothing_up() -> None:
    """Restarts that cut attempts short would use up a Post's three days in minutes."""
    often = delivery(ATTEMPTS * 2)
    later = NOW + LONGEST_OUTAGE / 2
    verdict = verdict_on(keap.KeapBroken(500), [often], failures=0, now=later, spread=0)

    assert verdict.give_up == frozenset()
