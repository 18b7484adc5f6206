"""What an error makes of a delivery: tried again, held for a person, or failed. Pure."""

from collections.abc import Sequence
from datetime import datetime

from bridge.circuit import Destination
from bridge.delivery import Cause, Delivery, Verdict
from bridge.explanations import REJECTIONS
from bridge.schedule import ATTEMPTS, LONGEST_OUTAGE, due_after
from bridge.store.errors import StoreError
from keap_client.errors import (
    KeapBroken,
    KeapError,
    KeapRejected,
    KeapThrottled,
    KeapUnreachable,
    NotFound,
    TagNotApplied,
)
from wp_client.errors import (
    Blocked,
    ConcernsDocument,
    ContactIdMetaRefused,
    LinkedToAnotherContact,
    NeedsPerson,
    NotificationFailed,
    PassesByItself,
    WordPressBusy,
    WordPressError,
    WordPressRefused,
    WordPressRejected,
    WouldRemoveRoles,
)

PASSING = (
    KeapUnreachable,
    KeapThrottled,
    KeapBroken,
    TagNotApplied,
    PassesByItself,
    NotificationFailed,
)
"""What may work later as it is. A mail that WordPress could not send was certainly not sent."""

FOR_A_PERSON = (NeedsPerson, LinkedToAnotherContact, WouldRemoveRoles)


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
    contact_alone: bool = False,
) -> Verdict:
    """Judge an attempt that ended with an error.

    Args:
        error: What went wrong; an error that is nobody's we know counts as a fault of this
            program: tried again, since a later version may be without it.
        deliveries: The deliveries that the attempt carried.
        failures: Failed attempts at this contact in a row before this one.
        now: The present time.
        spread: A random number from 0 to 1 (see :mod:`bridge.schedule`).
        contact_alone: The end that refused this lets others through.
    """
    reason = sentence_of(error)
    if needs_person(error):
        return Verdict("held", reason, cause="contact" if contact_alone else _cause_of(error))
    if isinstance(error, NotFound):
        return Verdict("failed", reason)
    if isinstance(error, WordPressError) and not isinstance(error, PASSING):
        return Verdict("failed", reason)
    return Verdict(
        "waiting",
        reason,
        due_at=due_after(failures + 1, now=now, spread=spread, retry_after=retry_after_of(error)),
        # Attempts also end otherwise than in failure: held and let go again, or interrupted.
        give_up=frozenset(
            d.id for d in deliveries if failures + 1 >= ATTEMPTS and _had_its_chance(d, now)
        ),
    )


def needs_person(error: Exception) -> bool:
    """Whether the same will fail again until somebody has changed something."""
    kinds = (*FOR_A_PERSON, ConfigurationAtFault)
    return isinstance(error, kinds) or _needs_person_in_keap(error)


def destination_of(error: Exception) -> Destination | None:
    """Say which end an error speaks of; ``None``: neither."""
    if isinstance(error, KeapError | ConfigurationAtFault):
        return "keap"
    return "wordpress" if isinstance(error, WordPressError) else None


def is_well(error: Exception) -> bool:
    """Whether the end is well, and the error about this one contact."""
    return isinstance(error, NotFound | TagNotApplied | ConcernsDocument)


def refuses_everybody(error: Exception) -> bool | None:
    """Whether an end refuses whatever it is asked; ``None``: it cannot be told from the error."""
    if not needs_person(error) or is_well(error):
        return False
    if isinstance(error, KeapRejected):
        return False
    # A firewall dislikes one contact's texts, or core one user who has more rights than we.
    if isinstance(error, Blocked) or (isinstance(error, WordPressRefused) and error.needs):
        return None
    return True


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


def _cause_of(error: Exception) -> Cause:
    if isinstance(error, ConfigurationAtFault | ContactIdMetaRefused):
        return "configuration"
    if isinstance(error, LinkedToAnotherContact | WouldRemoveRoles | KeapRejected):
        return "contact"
    return destination_of(error) or ""


def retry_after_of(error: Exception) -> float | None:
    """Give the seconds that an end asked us to wait, if it did."""
    if isinstance(error, KeapThrottled | KeapBroken | WordPressBusy):
        return error.retry_after
    return None
