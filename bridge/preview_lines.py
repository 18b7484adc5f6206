"""A preview as a person reads it in a terminal. Pure."""

from collections.abc import Iterator, Sequence

from bridge.explanations import NO_USER, explain
from bridge.preview import Difference, LeftOut, Outcome, Preview

HEADLINES: dict[Outcome, str] = {
    "created": "a user would be created",
    "updated": "{user} would be updated",
    "unchanged": "{user} would stay as it is",
    "ignored": f"nothing would be done. {NO_USER}",
}

WIDEST_NAME = 32
LONGEST_PAIR = 70
"""Signs that both values of a change may have on one line."""

LINE_BREAK = "⏎"


def lines_of(preview: Preview) -> list[str]:
    """Give a preview as lines for a terminal.

    ``+`` stands before what would be new, ``-`` before what would go, ``~`` before what would be
    another.
    """
    user = f"WordPress user {preview.user_id}"
    headline = HEADLINES[preview.outcome].format(user=user)
    names = [*(each.name for each in preview.changes), *(each.name for each in preview.left_out)]
    width = min(max(map(len, names), default=0), WIDEST_NAME)
    lines = [f"Contact {preview.contact}, {preview.action}: {headline}"]
    for change in preview.changes:
        lines += _lines_of(change, width)
    lines += _below("Left as it is:", [_left_out(each, width) for each in preview.left_out])
    lines += _below("Then:", preview.consequences)
    lines += _below("", [f"warning: {explain(caveat)}" for caveat in preview.warnings])
    return [*lines, "Nothing was written."]


def _below(title: str, lines: Sequence[str]) -> list[str]:
    heading = [title] if title and lines else []
    return [*heading, *(f"  {line}" for line in lines)]


def _lines_of(change: Difference, width: int) -> Iterator[str]:
    signed = [f"+ {_named(each, change)}" for each in change.added]
    signed += [f"- {_named(each, change)}" for each in change.removed]
    if change.is_list:
        # The order alone may be another.
        yield from _listed(f"  ~ {change.name:<{width}}", signed or ["in another order"])
        return
    before, after = (_shown(value) for value in (change.before, change.after))
    if change.name == "user_pass":
        yield f"  ~ {change.name:<{width}}  the one that Keap has (not shown)"
    elif not change.before:
        yield f"  + {change.name:<{width}}  {after}"
    elif not change.after:
        yield f"  - {change.name:<{width}}  {before}"
    elif len(before) + len(after) <= LONGEST_PAIR:
        yield f"  ~ {change.name:<{width}}  {before} → {after}"
    else:
        yield from _listed(f"  ~ {change.name:<{width}}", [f"- {before}", f"+ {after}"])


def _listed(beginning: str, values: Sequence[str]) -> Iterator[str]:
    for position, value in enumerate(values):
        yield f"{beginning if position == 0 else ' ' * len(beginning)}  {value}"


def _named(part: str, change: Difference) -> str:
    return f"{part} {change.names[part]}" if part in change.names else part


def _left_out(field: LeftOut, width: int) -> str:
    return f"  {field.name:<{width}}  {field.reason}"


def _shown(value: str | None) -> str:
    """Give a value on one line; blanks at its ends are made to be seen."""
    line = LINE_BREAK.join((value or "").splitlines())
    return line if line == line.strip() else f'"{line}"'
