"""What an error makes of a delivery."""

from datetime import UTC, datetime, timedelta

import pytest

from bridge.delivery import Delivery
from bridge.schedule import ATTEMPTS, LONGEST_OUTAGE
from bridge.verdicts import (
    ConfigurationAtFault,
    needs_person,
    refuses_everybody,
    verdict_on,
)
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


ENDS: list[tuple[Exception, str, str, bool | None]] = [
    # what it is, what becomes of the delivery, what that waits for, whether all are refused
    (keap.KeapUnreachable("no name"), "waiting", "", False),
    (keap.KeapThrottled(None, None), "waiting", "", False),
    (keap.KeapBroken(502), "waiting", "", False),
    (keap.KeapRefused(401), "held", "keap", True),
    (keap.KeapMisaddressed(404), "held", "keap", True),
    (keap.KeapRedirected(301, ""), "held", "keap", True),
    (keap.KeapRejected(400, ""), "held", "contact", False),
    (keap.GrantGone(), "held", "keap", True),
    (keap.NotAuthorised(), "held", "keap", True),
    (keap.OAuthClientRefused(401), "held", "keap", True),
    (keap.AuthorisationRefused("there is no code in it"), "held", "keap", True),
    (keap.TagNotApplied("NO_REASON"), "waiting", "", False),
    (keap.ContactNotFound("7"), "failed", "", False),
    (wordpress.WordPressUnreachable("no name", sent=True), "waiting", "", False),
    (wordpress.NotWordPress(status=200, found="a page"), "waiting", "", False),
    (wordpress.WordPressBusy(), "waiting", "", False),
    (wordpress.WordPressBroken(status=500), "waiting", "", False),
    (wordpress.NotificationFailed(7), "waiting", "", False),
    (wordpress.WordPressRefused("rest_not_logged_in"), "held", "wordpress", True),
    (wordpress.WordPressRefused("rest_cannot_edit", needs="edit"), "held", "wordpress", None),
    (wordpress.WordPressRedirected("https://example.com"), "held", "wordpress", True),
    (wordpress.Blocked("a firewall", status=403), "held", "wordpress", None),
    (wordpress.RouteMissing("x"), "held", "wordpress", True),
    (wordpress.CompanionUnsuited(2), "held", "wordpress", True),
    (wordpress.ContactIdMetaRefused("_x"), "held", "configuration", True),
    (wordpress.LinkedToAnotherContact(7, "2", "1"), "held", "contact", False),
    (wordpress.WouldRemoveRoles(7, ["gold"]), "held", "contact", False),
    (wordpress.WordPressRejected("keap_bridge_no_email"), "failed", "", False),
    (wordpress.WordPressRejected("any_other"), "failed", "", False),
    (ConfigurationAtFault("users.return_password_to: …"), "held", "configuration", True),
    (RuntimeError("a bug"), "waiting", "", False),
]


@pytest.mark.parametrize(("error", "state", "cause", "everybody"), ENDS)
def test_each_error_has_its_end(
    error: Exception, state: str, cause: str, *, everybody: bool | None
) -> None:
    """A passing trouble would need a person, or what needs a person would be tried for days."""
    verdict = verdict_on(error, [delivery()], failures=0, now=NOW, spread=0)

    assert (verdict.state, verdict.cause) == (state, cause)
    assert refuses_everybody(error) is everybody
    assert needs_person(error) == (state == "held")
    assert verdict.reason[0].isalpha()
    assert (verdict.due_at is not None) == (state == "waiting")


def test_a_refusal_that_only_one_contact_meets_waits_for_that_contact() -> None:
    """It would be let go with every outage that is over, and refused again."""
    verdict = verdict_on(
        wordpress.Blocked("a firewall", status=403),
        [delivery()],
        failures=0,
        now=NOW,
        spread=0,
        contact_alone=True,
    )

    assert (verdict.state, verdict.cause) == ("held", "contact")


def test_every_error_of_the_clients_is_judged() -> None:
    """A new kind of error would fall through to a judgement that nobody thought about."""
    judged = {type(error) for error, *_ in ENDS}
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


def test_attempts_that_did_not_fail_do_not_bring_the_end_nearer() -> None:
    """A delivery held and let go again a few times would fail with the first hiccup after that."""
    often = delivery(ATTEMPTS + 10)
    verdict = verdict_on(keap.KeapBroken(500), [often], failures=0, now=NOW, spread=0)

    assert verdict.give_up == frozenset()


def test_attempts_in_a_short_time_give_nothing_up() -> None:
    """Restarts that cut attempts short would use up a Post's three days in minutes."""
    often = delivery(ATTEMPTS * 2)
    later = NOW + LONGEST_OUTAGE / 2
    verdict = verdict_on(keap.KeapBroken(500), [often], failures=0, now=later, spread=0)

    assert verdict.give_up == frozenset()
