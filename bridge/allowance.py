"""When to leave Keap alone because of the calls that are left. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from keap_client.quota import Allowance, Quota

SCARCE = 0.1
"""With this share of a minute's calls left, others use the token too: it is not used up."""

BREATH = timedelta(seconds=5)
"""How long to hold back then; after that one attempt shows how many calls are left."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Keap is to be left alone until then."""

    until: datetime
    reason: str
    """A sentence for a person."""


def rest_after(quota: Quota, now: datetime) -> Rest | None:
    """Say whether, by what Keap's last answer told, it is to be left alone; ``None``: no.

    The day's calls start afresh at 00:00 UTC, or when Keap says
    (https://developer.infusionsoft.com/?p=2637).
    """
    day = _shares_left(quota.day, *(each for each in quota.tenant if each.unit == "day"))
    minute = _shares_left(quota.minute, *(each for each in quota.tenant if each.unit == "minute"))
    if min(day, default=1) <= 0:
        until = _day_ends(quota, now)
        return Rest(
            until,
            f"Keap's calls of the day are used up: it is asked again after {until:%H:%M} UTC."
            " See what else uses the same token.",
        )
    if min(minute, default=1) <= SCARCE:
        return Rest(
            now + BREATH,
            "Keap's calls of the minute are nearly used up: it is asked slowly. If this happens"
            " often, make fewer calls a minute, or see what else uses the same token.",
        )
    return None


def rest_of_syncs_after(quota: Quota, now: datetime, reserve: float) -> Rest | None:
    """Say whether what is left of the day's calls is kept for Posts; ``None``: no.

    Args:
        quota: As Keap's last answer told it.
        now: The present time.
        reserve: The share of a day's calls that syncs leave.
    """
    day = _shares_left(quota.day, *(each for each in quota.tenant if each.unit == "day"))
    if min(day, default=1) > reserve:
        return None
    until = _day_ends(quota, now)
    return Rest(
        until,
        f"Less than {reserve:.0%} of Keap's calls of the day are left, and kept for Posts"
        f" (keap.reserve_for_posts): a sync waits until after {until:%H:%M} UTC.",
    )


def _shares_left(*allowances: Allowance | None) -> list[float]:
    """Give the share that is left of each, where Keap says so."""
    return [
        allowance.available / allowance.limit
        for allowance in allowances
        if allowance is not None and allowance.limit and allowance.available is not None
    ]


def _day_ends(quota: Quota, now: datetime) -> datetime:
    midnight = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), datetime.min.time())
    midnight = midnight.replace(tzinfo=UTC)
    said = quota.day_ends_at
    # An end in the past, or in years, is a wrong clock's.
    return said if said is not None and now < said <= now + timedelta(days=1) else midnight
