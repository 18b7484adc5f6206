"""When a delivery that did not succeed is tried again. Pure."""

from datetime import datetime, timedelta

DELAYS = (
    *(timedelta(seconds=s) for s in (5, 30)),
    *(timedelta(minutes=m) for m in (2, 5, 15, 30)),
    *(timedelta(hours=h) for h in (1, 2, 4, 6, 10, 12, 12, 12, 12)),
)
"""The pause after each failed attempt: close together at first, three days in all.

The spacing follows https://www.standardwebhooks.com (about three days, growing pauses).
"""

ATTEMPTS = len(DELAYS) + 1
"""How many attempts a delivery gets before it ends as failed."""

LONGEST_OUTAGE = sum(DELAYS, timedelta())
"""How long a delivery waits at least before it ends as failed, however often it was tried."""

JITTER = 0.1
"""A pause is drawn out by up to this share, so that what failed together is not tried together."""

LONGEST_RETRY_AFTER = timedelta(hours=24)
"""A server that asks for more is not believed: its clock or ours may be wrong."""


def due_after(
    failures: int, *, now: datetime, spread: float, retry_after: float | None = None
) -> datetime:
    """Say when to try again after the ``failures``-th failure in a row (counted from 1).

    Args:
        failures: Failed attempts in a row, this one included.
        now: The present time.
        spread: A random number from 0 to 1.
        retry_after: Seconds that the other side asked us to wait, if it did (RFC 9110, 10.2.3).

    Returns:
        A time never before ``now`` nor before what was asked for.
    """
    pause = DELAYS[min(max(failures, 1), len(DELAYS)) - 1]
    if retry_after is not None:
        asked = min(timedelta(seconds=max(retry_after, 0.0)), LONGEST_RETRY_AFTER)
        pause = max(pause, asked)
    return now + pause * (1 + JITTER * spread)
