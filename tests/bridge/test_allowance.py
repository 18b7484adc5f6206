"""When Keap is left alone because of the calls that are left."""

from datetime import UTC, datetime, timedelta

import pytest

from bridge.allowance import BREATH, rest_after, rest_of_syncs_after
from keap_client.quota import Quota

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)


def quota(
    day: int = 20_000, minute: int = 200, tenant: str = "9000|200000", ends: str = ""
) -> Quota:
    """Give the quota of an answer that says that so many calls are left."""
    found = Quota.from_headers(
        {
            "x-keap-product-quota-limit": "30000",
            "x-keap-product-quota-available": str(day),
            "x-keap-product-quota-expiry-time": ends,
            "x-keap-product-throttle-limit": "240",
            "x-keap-product-throttle-available": str(minute),
            "x-keap-tenant-throttle-limit": "10000|250000",
            "x-keap-tenant-throttle-time-unit": "minute|day",
            "x-keap-tenant-throttle-available": tenant,
        }
    )
    assert found is not None
    return found


def test_enough_calls_need_no_rest() -> None:
    """The bridge would be slow for no reason."""
    assert rest_after(quota(day=1, minute=25), NOW) is None


@pytest.mark.parametrize("used_up", [quota(day=0), quota(tenant="9000|0")])
def test_a_day_that_is_used_up_is_waited_for(used_up: Quota) -> None:
    """Each further call would be in vain, whosever calls have used the day up."""
    rest = rest_after(used_up, NOW)

    assert rest is not None
    assert rest.until == MIDNIGHT
    assert "00:00 UTC" in rest.reason


@pytest.mark.parametrize(
    ("said", "until"),
    [
        (NOW + timedelta(hours=3), NOW + timedelta(hours=3)),
        (NOW - timedelta(hours=3), MIDNIGHT),
        (NOW + timedelta(days=400), MIDNIGHT),
    ],
)
def test_the_days_end_is_where_keap_says_unless_it_cannot_be(
    said: datetime, until: datetime
) -> None:
    """A wrong clock would stop the bridge for years, or not at all."""
    rest = rest_after(quota(day=0, ends=str(int(said.timestamp() * 1000))), NOW)

    assert rest is not None
    assert rest.until == until


@pytest.mark.parametrize("scarce", [quota(minute=24), quota(minute=0), quota(tenant="1000|200000")])
def test_a_minute_that_is_nearly_used_up_makes_slow(scarce: Quota) -> None:
    """Everybody else who uses the token would be throttled for what the bridge asks."""
    rest = rest_after(scarce, NOW)

    assert rest is not None
    assert rest.until == NOW + BREATH


def test_what_keap_does_not_say_is_not_guessed() -> None:
    """A header that is missing would stop the bridge."""
    silent = Quota.from_headers({"x-keap-product-quota-limit": "0"})

    assert silent is not None
    assert rest_after(silent, NOW) is None


@pytest.mark.parametrize("left", [quota(day=6000), quota(tenant="9000|50000"), quota(day=0)])
def test_a_sync_leaves_the_days_reserve_to_posts(left: Quota) -> None:
    """After a backfill Posts would wait until midnight."""
    rest = rest_of_syncs_after(left, NOW, 0.2)

    assert rest is not None
    assert rest.until == MIDNIGHT
    assert "20% of Keap's calls" in rest.reason


def test_a_sync_may_use_what_is_beyond_the_reserve() -> None:
    """A backfill would wait for nothing."""
    assert rest_of_syncs_after(quota(day=6001, minute=1), NOW, 0.2) is None
