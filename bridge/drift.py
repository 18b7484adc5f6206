"""What is otherwise in WordPress than a sync would have it, contact by contact. Pure."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bridge.verdicts import sentence_of
from wp_client.document import Change, UserResult

Kind = Literal["missing_user", "wrong_roles", "stale_tags", "other_fields", "error"]
Format = Literal["table", "csv", "json"]

WORDS: dict[Kind, str] = {
    "missing_user": "without a user",
    "wrong_roles": "with other roles",
    "stale_tags": "with other tags",
    "other_fields": "with other fields",
    "error": "not comparable",
}
"""How the summary names the contacts of a kind."""

COLUMNS = ("contact", "user", "kinds", "changes", "reason")


@dataclass(frozen=True, slots=True)
class Drift:
    """One contact for whom WordPress is not as it should be."""

    contact: str
    user_id: int | None
    kinds: tuple[Kind, ...]
    changes: tuple[Change, ...] = ()
    """What a sync would change; none for a user who would be created, of whom all is new."""
    reason: str = ""
    """Why it could not be compared."""
    would_change: bool = True
    """Whether a sync would change something."""


@dataclass(slots=True)
class Report:
    """All that was compared so far."""

    compared: int = 0
    drifts: list[Drift] = field(default_factory=list)

    @property
    def would_change(self) -> int:
        """How many users a sync would change or make."""
        return sum(drift.would_change for drift in self.drifts)

    def counts(self) -> dict[Kind, int]:
        """Give how many contacts there are of each kind; one may be of several."""
        counted = Counter(kind for drift in self.drifts for kind in drift.kinds)
        return {kind: counted[kind] for kind in WORDS}


def drift_of(contact: str, outcome: UserResult | Exception, tags_meta: str | None) -> Drift | None:
    """Judge what a dry run came to; ``None``: WordPress is as it should be.

    Args:
        contact: The contact's id.
        outcome: Of the dry run.
        tags_meta: The user meta key that holds the tags.
    """
    if isinstance(outcome, Exception):
        return incomparable(contact, outcome)
    if outcome.state in ("missing", "created"):
        return Drift(contact, None, ("missing_user",), would_change=outcome.state == "created")
    if not outcome.changes:
        return None
    named = {_kind_of(change.name, tags_meta) for change in outcome.changes}
    kinds = tuple(kind for kind in WORDS if kind in named)
    return Drift(contact, outcome.user_id, kinds, outcome.changes)


def incomparable(contact: str, error: Exception) -> Drift:
    """Say that a contact could not be compared, and why."""
    return Drift(contact, None, ("error",), reason=sentence_of(error), would_change=False)


def _kind_of(name: str, tags_meta: str | None) -> Kind:
    if name == "roles":
        return "wrong_roles"
    return "stale_tags" if name == f"meta:{tags_meta}" else "other_fields"


def text_of(report: Report, kind: Format, *, show_values: bool) -> str:
    """Give the report in a format.

    Args:
        report: What was compared.
        kind: ``table`` for people, ``csv`` for a spreadsheet, ``json`` for programs.
        show_values: Whether values, which are people's data, stand in it; else only names do.
    """
    rows = [_row(drift, show_values=show_values) for drift in report.drifts]
    if kind == "json":
        whole = {"summary": _summary(report), "contacts": rows}
        return json.dumps(whole, ensure_ascii=False, indent=2)
    flat = [_flat(row) for row in rows]
    if kind == "csv":
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerows([COLUMNS, *([_harmless(cell) for cell in line] for line in flat)])
        return out.getvalue().rstrip("\n")
    return "\n".join([*_table(flat), *_sentences(report)])


def _summary(report: Report) -> dict[str, int]:
    counts = {str(kind): number for kind, number in report.counts().items()}
    return {"compared": report.compared, "would_change": report.would_change, **counts}


def _row(drift: Drift, *, show_values: bool) -> dict[str, Any]:
    changes: list[Any] = [each.name for each in drift.changes]
    if show_values:
        changes = [
            {"name": each.name, "before": each.before, "after": each.after}
            for each in drift.changes
        ]
    return {
        "contact": drift.contact,
        "user": drift.user_id,
        "kinds": list(drift.kinds),
        "changes": changes,
        "reason": drift.reason,
    }


def _flat(row: dict[str, Any]) -> list[str]:
    changes = "; ".join(
        each if isinstance(each, str) else f"{each['name']}: {each['before']} → {each['after']}"
        for each in row["changes"]
    )
    user = "" if row["user"] is None else str(row["user"])
    return [row["contact"], user, " ".join(row["kinds"]), changes, row["reason"]]


def _harmless(cell: str) -> str:
    # A spreadsheet would calculate it: https://owasp.org/www-community/attacks/CSV_Injection
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _table(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    if not rows:
        return
    lines = [COLUMNS, *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(COLUMNS))]
    for line in lines:
        yield "  ".join(
            cell.ljust(width) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
    yield ""


def _sentences(report: Report) -> Iterable[str]:
    yield f"{report.compared:,} contacts compared, {len(report.drifts):,} differ."
    for kind, number in report.counts().items():
        if number:
            yield f"{number:>7,}  {WORDS[kind]}"
    yield f"A sync would change or make {report.would_change:,} users. Nothing was written."
