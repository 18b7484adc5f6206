"""What an error makes of a delivery: tried again, held for a person, or failed. Pure."""

from collections.abc import Sequence
from datetime import datetime

from bridge.delivery import Delivery, Verdict
from bridge.explanations import REJECTIONS
from bridge.schedule import ATTEMPTS, LONGEST_OUTAGE, due_after
from bridge.store.errors import StoreError
from keap_client.errors import (
    KeapBroken,
    KeapError,
    KeapThrottled,
    KeapUnreachable,
    NotFound,
)
from wp_client.errors import (
    LinkedToAnotherContact,
    NeedsPerson,
    NotificationFailed,
    PassesByItself,
    WordPressBusy,
    WordPressError,
    WordPressRejected,
)

PASSING = (KeapUnreachable, KeapThrottled, KeapBroken, PassesByItself, NotificationFailed)
"""What may work later as it is. A mail that WordPress could not send was certainly not sent."""

FOR_A_PERSON = (NeedsPerson, LinkedToAnotherContact)


class ConfigurationAtFault(Exception):
    """The configuration names something that is not there; the text says what to change."""


KNOWN = (KeapError, WordPressError, StoreError, ConfigurationAtFault)
"""Errors whose text is a sentence for a person, without personal data; any other is a bug."""


def verdict_on(
    error: Exception,
    deliveries: Sequence[Delivery],
    *,
    failures: int,
    now: datetime,
    spread: float,
) -> Verdict:
    """Judge an attempt that ended with an error.

    Args:
        error: What went wrong; an error that is nobody's we know counts as a fault of this
            program: tried again, since a later version may be without it.
        deliveries: The deliveries that the attempt carried.
        failures: Failed attempts at this contact in a row before this one.
        now: The present time.
        spread: A random number from 0 to 1 (see :mod:`bridge.schedule`).
    """
    reason = sentence_of(error)
    if isinstance(error, FOR_A_PERSON) or _needs_person_in_keap(error):
        return Verdict("held", reason)
    if isinstance(error, ConfigurationAtFault):
        return Verdict("held", reason)
    if isinstance(error, NotFound):
        return Verdict("failed", reason)
    if isinstance(error, WordPressError) and not isinstance(error, PASSING):
        return Verdict("failed", reason)
    return Verdict(
        "waiting",
        reason,
        due_at=due_after(failures + 1, now=now, spread=spread, retry_after=_retry_after(error)),
        give_up=frozenset(d.id for d in deliveries if _had_its_chance(d, now)),
    )


def _had_its_chance(delivery: Delivery, now: datetime) -> bool:
    """Whether a delivery was tried often and for long.

    Often alone says little: a bridge that is restarted again and again cuts attempts short.
    """
    return delivery.attempts >= ATTEMPTS and now >= delivery.received_at + LONGEST_OUTAGE


def sentence_of(error: Exception) -> str:
    """Say for a person what went wrong; an unknown error's own words may hold anything."""
    if isinstance(error, WordPressRejected):
        return REJECTIONS.get(error.code, str(error))
    if isinstance(error, KNOWN):
        return str(error)
    return (
        f"The bridge met an error of its own ({type(error).__name__}): please report it with the"
        " log's entry."
    )


def _needs_person_in_keap(error: Exception) -> bool:
    return isinstance(error, KeapError) and not isinstance(error, (*PASSING, NotFound))


def _retry_after(error: Exception) -> float | None:
    if isinstance(error, KeapThrottled | KeapBroken | WordPressBusy):
        return error.retry_after
    return None
