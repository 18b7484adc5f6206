"""Texts with names of Keap fields in braces: ``{FirstName} {LastName}``. Pure."""

import re
from collections.abc import Callable

_TOKEN = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}]*)\}|(?P<stray>[{}])")


def names_in(template: str) -> list[str]:
    """Give the names of fields in a template, each once, in their order."""
    names = (match["name"] for match in _TOKEN.finditer(template))
    return [*dict.fromkeys(name.strip() for name in names if name is not None)]


def has_stray_brace(template: str) -> bool:
    """Whether a brace is opened or closed alone; ``{{`` and ``}}`` stand for braces."""
    return any(match["stray"] for match in _TOKEN.finditer(template))


def filled(template: str, value_of: Callable[[str], str | None]) -> str | None:
    """Fill a template in; ``None`` where none of its fields has a value.

    An empty field leaves nothing behind, not even a blank too many.
    """
    values = {name: value_of(name) for name in names_in(template)}
    if not any(values.values()):
        return None
    text = _TOKEN.sub(lambda match: _replacement(match, values), template)
    return re.sub(r" {2,}", " ", text).strip()


def _replacement(match: re.Match[str], values: dict[str, str | None]) -> str:
    if match["name"] is None:
        return match[0][0]  # a doubled brace
    return values[match["name"].strip()] or ""
