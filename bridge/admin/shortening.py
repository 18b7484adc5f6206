"""How values of a contact look while nobody asked to see them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bridge.preview import Difference, Preview
from bridge.redaction import shorten_email

Sign = Literal["new", "gone", "changed", "reordered"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what would change: a field, or a part of a list."""

    name: str
    sign: Sign
    before: str
    after: str


def lines_of(preview: Preview, *, revealed: bool) -> list[Line]:
    """Give what would change, line by line.

    Args:
        preview: Of one contact.
        revealed: Whether values stand there as they are. Otherwise each is shortened: a person
            sees which fields differ, and whether there is something, without reading whose.
    """
    return [line for change in preview.changes for line in _lines(change, revealed=revealed)]


def shortened(value: str) -> str:
    """Shorten a value to its first sign and dots, an e-mail address as logs do."""
    if not value.strip():
        return value
    if "@" in value and not any(map(str.isspace, value)):
        return shorten_email(value)
    return f"{value.strip()[0]}…"


def _lines(change: Difference, *, revealed: bool) -> Iterator[Line]:
    def shown(value: str) -> str:
        return value if revealed else shortened(value)

    def part(value: str) -> str:
        if change.name == "roles":  # WordPress's words, not a person's
            return value
        if value in change.names and revealed:
            return f"{value} {change.names[value]}"
        return shown(value)

    if change.name == "user_pass":
        yield Line(change.name, "changed", "", "the one that Keap has (never shown)")
        return
    if not change.is_list:
        before, after = change.before or "", change.after or ""
        sign: Sign = "changed" if before and after else "new" if after else "gone"
        yield Line(change.name, sign, shown(before), shown(after))
        return
    for each in change.added:
        yield Line(change.name, "new", "", part(each))
    for each in change.removed:
        yield Line(change.name, "gone", part(each), "")
    if not change.added and not change.removed:
        yield Line(change.name, "reordered", "", "")
