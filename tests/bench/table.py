"""Turns the bench's JSON lines into the tables of the pages.

``python -m tests.bench.table PAGE… <FIGURES`` puts them between the marks of each page: into
docs/performance.md all figures, into any other page those that have a goal.
"""

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

MARKED = re.compile(r"(?<=<!-- figures -->\n).*?(?=<!-- end of figures -->)", re.DOTALL)
WHOLE = "performance.md"
"""The page that has all figures, and the conditions of each."""

Row = dict[str, Any]


def table(rows: Iterable[Row], *, whole: bool) -> str:
    """Give a table in Markdown.

    Args:
        rows: What the bench printed.
        whole: Whether figures without a goal and the conditions are in it.
    """
    heads = ["figure", "measured", "compared with", "ratio", "goal"]
    if whole:
        heads.append("conditions")
    lines = [_line(heads), _line(["---"] * len(heads))]
    lines += [_line(_cells(row)[: len(heads)]) for row in rows if whole or row["goal"]]
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> list[str]:
    beside = f"{row['baseline']:,g} {row['unit']}: {row['compared_with']}"
    return [
        row["figure"],
        f"{row['value']:,g} {row['unit']}",
        "" if row["compared_with"] == "goal" else beside,
        "" if row["ratio"] is None else f"{row['ratio']:g}",
        row["goal"],
        row["conditions"],
    ]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def fill(page: Path, rows: list[Row]) -> None:
    """Put the table between the marks of a page."""
    text = table(rows, whole=page.name == WHOLE)
    page.write_text(MARKED.sub(lambda _: text, page.read_text("utf-8"), count=1), "utf-8")


if __name__ == "__main__":
    figures = [json.loads(line) for line in sys.stdin]
    for name in sys.argv[1:]:
        fill(Path(name), figures)
