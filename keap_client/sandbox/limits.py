"""Counting calls, and the headers that tell a caller how many are left.

https://developer.infusionsoft.com/api-token-quota/: a day's quota that starts anew at 00:00 UTC,
a minute's throttle, and a spike policy that no header speaks of.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, TypeAlias

from keap_client.sandbox.quirks import Limits
from keap_client.sandbox.state import APP

Exceeded: TypeAlias = Literal["spike", "throttle", "quota"]

_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
_TENANT_LIMITS = (10_000, 250_000)  # a minute, a day; any token, since 2026-06-08


@dataclass(slots=True)
class Throttle:
    """The calls that count, of all tokens together: a sandbox has one application."""

    _minute: deque[datetime] = field(default_factory=deque)
    _day: date | None = None
    _used_today: int = 0

    def take(self, now: datetime, limits: Limits) -> Exceeded | None:
        """Count one call, or say which limit it would exceed; a refused call is not counted."""
        self._forget_before(now)
        in_second = sum(1 for at in self._minute if at > now - _SECOND)
        if limits.per_second is not None and in_second >= limits.per_second:
            return "spike"
        if limits.per_minute is not None and len(self._minute) >= limits.per_minute:
            return "throttle"
        if limits.per_day is not None and self._used_today >= limits.per_day:
            return "quota"
        self._minute.append(now)
        self._used_today += 1
        return None

    def headers(self, now: datetime, limits: Limits, app: str = APP) -> dict[str, str]:
        """Give the headers of an answer to a caller that is known."""
        self._forget_before(now)
        minute, day = len(self._minute), self._used_today
        midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC) + timedelta(days=1)
        per_minute, per_day = limits.per_minute or 0, limits.per_day or 0
        tenant_minute, tenant_day = _TENANT_LIMITS
        return {
            "x-keap-product-quota-limit": str(per_day),
            "x-keap-product-quota-time-unit": "day",
            "x-keap-product-quota-interval": "1",
            "x-keap-product-quota-available": str(max(per_day - day, 0)),
            "x-keap-product-quota-used": str(day),
            "x-keap-product-quota-expiry-time": str(int(midnight.timestamp() * 1000)),
            "x-keap-product-throttle-limit": str(per_minute),
            "x-keap-product-throttle-time-unit": "minute",
            "x-keap-product-throttle-interval": "1",
            "x-keap-product-throttle-available": str(max(per_minute - minute, 0)),
            "x-keap-product-throttle-used": str(minute),
            "x-keap-product-spike-limit": str(limits.per_second or 0),
            "x-keap-tenant-id": app,
            # Both of the application's limits stand in each header, split by a pipe.
            "x-keap-tenant-throttle-limit": f"{tenant_minute}|{tenant_day}",
            "x-keap-tenant-throttle-time-unit": "minute|day",
            "x-keap-tenant-throttle-interval": "1|1",
            "x-keap-tenant-throttle-available": f"{tenant_minute - minute}|{tenant_day - day}",
            "x-keap-tenant-throttle-used": f"{minute}|{day}",
        }

    def _forget_before(self, now: datetime) -> None:
        while self._minute and self._minute[0] <= now - _MINUTE:
            self._minute.popleft()
        today = now.astimezone(UTC).date()
        if self._day != today:
            self._day, self._used_today = today, 0


def blank_headers(now: datetime) -> dict[str, str]:
    """Give the headers of an answer to a caller that is not known: all names, no values."""
    known = Throttle().headers(now, Limits())
    return {name: "|" if "-tenant-throttle-" in name else "" for name in known}
