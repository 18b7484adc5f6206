"""How many calls Keap still allows, as the headers of every answer say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many calls in so long a time. Every part may be missing."""

    limit: int | None
    used: int | None
    available: int | None
    interval: int | None
    unit: str
    """``minute``, ``day``; empty where Keap does not say."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left, at the time of one answer.

    The names are those of the headers, described in "API Token Quota",
    https://developer.infusionsoft.com/?p=2637
    """

    day: Allowance | None
    """The token's calls a day: ``x-keap-product-quota-*``."""
    minute: Allowance | None
    """The token's calls a minute: ``x-keap-product-throttle-*``."""
    tenant: tuple[Allowance, ...]
    """The application's calls, whoever makes them: ``x-keap-tenant-throttle-*``."""
    day_ends_at: datetime | None
    """When the day's calls start afresh (UTC)."""
    tenant_host: str = ""
    """Where the application shows itself to people: ``x-keap-tenant-id``; empty: unknown."""

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> "Quota | None":
        """Read the quota; ``None`` where the headers name none, or only blanks (as a 401 does).

        Args:
            headers: Of an answer, names in lower case.
        """
        day = _allowances(headers, "x-keap-product-quota-")
        minute = _allowances(headers, "x-keap-product-throttle-")
        tenant = _allowances(headers, "x-keap-tenant-throttle-")
        if not (day or minute or tenant):
            return None
        return cls(
            day=day[0] if day else None,
            minute=minute[0] if minute else None,
            tenant=tenant,
            day_ends_at=_moment(headers.get("x-keap-product-quota-expiry-time", "")),
            tenant_host=_host(headers.get("x-keap-tenant-id", "")),
        )


def _allowances(headers: Mapping[str, str], prefix: str) -> tuple[Allowance, ...]:
    # The tenant's headers hold several values each: "limit: 10000|250000", "time-unit: minute|day".
    parts = {
        name: headers.get(prefix + name, "").split("|")
        for name in ("limit", "used", "available", "interval", "time-unit")
    }
    found = []
    for place in range(max(len(texts) for texts in parts.values())):
        at = {name: texts[place] if place < len(texts) else "" for name, texts in parts.items()}
        allowance = Allowance(
            limit=_number(at["limit"]),
            used=_number(at["used"]),
            available=_number(at["available"]),
            interval=_number(at["interval"]),
            unit=at["time-unit"].strip().lower(),
        )
        if allowance.limit is not None or allowance.available is not None:
            found.append(allowance)
    return tuple(found)


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None  # noqa: PLR2004 - what fits into 64 bits


def _host(text: str) -> str:
    """Give a host name; anything else is none, for people are led there."""
    return text if re.fullmatch(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+", text) else ""


def _moment(text: str) -> datetime | None:
    milliseconds = _number(text)
    if milliseconds is None:
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
