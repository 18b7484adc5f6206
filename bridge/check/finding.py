"""One thing that ``check`` found, and how it is printed. Pure."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from keap_client.errors import KeapBroken, KeapMisaddressed, KeapUnreachable
from wp_client.errors import PassesByItself

Level = Literal["ok", "warning", "problem"]

OUT_OF_REACH = (KeapUnreachable, KeapMisaddressed, KeapBroken, PassesByItself)
"""Errors after which nobody knows what the other side would have said."""

WIDTH = 100
LABELS: dict[Level, str] = {"ok": "ok", "warning": "warning", "problem": "PROBLEM"}
INDENT = " " * 13


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, for the site's owner to read."""

    level: Level
    about: str
    """``Keap``, ``WordPress``, ``server``, or the configuration file's name."""
    sentence: str
    advice: str = ""
    """What to do, in lines; one that begins with blanks is to be copied as it is."""
    out_of_reach: bool = False
    """Whether nothing answered, in contrast to an answer that says no."""


def is_out_of_reach(error: Exception) -> bool:
    """Whether an error says that an end cannot be reached; otherwise it answered, and said no."""
    return isinstance(error, OUT_OF_REACH)


def lines_of(finding: Finding) -> list[str]:
    """Give a finding as lines for a terminal, the advice indented below."""
    said = f"{LABELS[finding.level]:<9}{finding.about}: {finding.sentence}"
    lines = _wrapped(said, "", " " * 9)
    for line in finding.advice.splitlines():
        lines += [INDENT + line] if line.startswith(" ") else _wrapped(line, INDENT, INDENT)
    return lines


def summary_of(findings: Sequence[Finding]) -> str:
    """Give the last line: how many problems and warnings there are."""
    levels = [finding.level for finding in findings]
    problems, warnings = levels.count("problem"), levels.count("warning")
    counted = f"{_count(problems, 'problem')}, {_count(warnings, 'warning')}."
    return counted if problems else f"Ready: {counted}"


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def _wrapped(text: str, first: str, others: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
