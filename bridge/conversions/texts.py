"""Texts, numbers, yes and no, JSON. Pure."""

import json
import re
from decimal import Decimal

from bridge.conversions.given import Converted, Given, NotConvertible, Style

_LINE_BREAK = re.compile(r"\r\n|[\r\n\v\f\x85\u2028\u2029]")
# Python writes very large and very small JSON numbers as 1e+16.
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?")
_YES = {"1", "true", "yes", "y", "on", "checked"}
_NO = {"0", "false", "no", "n", "off", "unchecked"}


def text(given: Given, _style: Style) -> Converted:
    """Give one line: line breaks and other runs of white space become a blank."""
    return " ".join(given.text.split())


def multiline(given: Given, _style: Style) -> Converted:
    """Give the text with its line breaks, each as a line feed."""
    lines = _LINE_BREAK.sub("\n", given.text).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def integer(given: Given, _style: Style) -> Converted:
    """Give a whole number in digits; one with a fraction is refused rather than rounded."""
    value = _decimal(given.text)
    if value != value.to_integral_value():
        raise NotConvertible
    return format(value.to_integral_value(), "f")


def number(given: Given, _style: Style) -> Converted:
    """Give a number with a point, if it needs one, and no needless zeros.

    ``1,234`` is refused: it is another number in Germany than in England.
    """
    plain = format(_decimal(given.text), "f")
    return (plain.rstrip("0").rstrip(".") if "." in plain else plain) or "0"


def boolean(given: Given, _style: Style) -> Converted:
    """Give ``1`` or ``0``, as WordPress plugins keep a checkbox."""
    word = given.text.casefold()
    if word in _YES:
        return "1"
    if word in _NO:
        return "0"
    raise NotConvertible


def as_json(given: Given, _style: Style) -> Converted:
    """Give the value as JSON, in the type in which Keap sent it."""
    return json.dumps(given.content, ensure_ascii=False, separators=(",", ":"))


def _decimal(digits: str) -> Decimal:
    if not _NUMBER.fullmatch(digits):
        raise NotConvertible
    value = Decimal(digits)
    return abs(value) if value == 0 else value  # no "-0"
