"""Days and moments, in any format and time zone. Pure.

Keap's moments are UTC; a day (a birthday, a custom field of type Date) has no time zone, and stays
the day that it is, even where Keap writes it with a time.
"""

import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from bridge.conversions.given import Converted, Given, NotConvertible, Style

DATE_SIGNS = "YymdjBbAaUWuwGV"
"""What may follow ``%`` in the format of a day: https://docs.python.org/3/library/datetime.html."""
TIME_SIGNS = "HIMSpzZs"
"""What may follow it besides in the format of a moment."""

_SIGN = re.compile(r"%(.)", re.DOTALL)


def unknown_signs(format_: str, *, with_time: bool) -> list[str]:
    """Give what a format has after ``%`` that no date can be written with, ``%`` included."""
    known = f"{DATE_SIGNS}{TIME_SIGNS if with_time else ''}%"
    unknown = [f"%{sign}" for sign in _SIGN.findall(format_) if sign not in known]
    return [*unknown, "%"] if _SIGN.sub("", format_).endswith("%") else unknown


def date(given: Given, style: Style) -> Converted:
    """Give a day: ``2024-01-31``, or in the format wanted.

    A moment becomes the day that it is in the time zone wanted, or in UTC.
    """
    moment = _moment(given.text)
    if given.type == "DATE" or moment.tzinfo is None:
        moment = moment.replace(tzinfo=None)  # a day is the same one everywhere
    else:
        moment = _in(moment, _zone(style))
    return moment.date().isoformat() if style.format is None else _written(moment, style.format)


def date_and_time(given: Given, style: Style) -> Converted:
    """Give a moment: ``2024-01-31T14:30:00Z``, or in the format wanted.

    What Keap writes without a time zone is UTC; a day is its midnight in the time zone wanted.
    """
    moment = _moment(given.text)
    zone = _zone(style)
    if given.type == "DATE" or _is_day(given.text):
        moment = moment.replace(hour=0, minute=0, second=0, tzinfo=zone)
    elif moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    moment = _in(moment, zone)
    if style.format is None:
        return moment.isoformat().replace("+00:00", "Z")
    return _written(moment, style.format)


def _zone(style: Style) -> tzinfo:
    return UTC if style.timezone is None else ZoneInfo(style.timezone)


def _in(moment: datetime, zone: tzinfo) -> datetime:
    try:
        return moment.astimezone(zone)
    except OverflowError:  # beyond the year 9999, or before the first
        raise NotConvertible from None


def _is_day(text: str) -> bool:
    return len(text) <= len("2024-01-31")


def _moment(text: str) -> datetime:
    # REST v1 writes the offset without a colon, and v2 moments with and without a fraction.
    text = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text) if not _is_day(text) else text
    try:
        return datetime.fromisoformat(text).replace(microsecond=0)
    except ValueError:
        raise NotConvertible from None


def _written(moment: datetime, format_: str) -> str:
    # %s is the platform's: it takes every moment for local time.
    seconds = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    whole = _SIGN.sub(lambda sign: str(seconds) if sign[1] == "s" else sign[0], format_)
    return moment.strftime(whole)
