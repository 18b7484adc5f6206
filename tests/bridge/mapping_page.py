"""What docs/mapping.md says: its table of names, and its examples."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from keap_client.field_list import ListedField

PAGE = Path(__file__).parents[2] / "docs" / "mapping.md"
EXAMPLE = re.compile(r"^  (?P<target>\w+): (?P<source>.+?) +# (?P<keap>.*?) ?→ (?P<wordpress>.+)$")


@dataclass(frozen=True, slots=True)
class Example:
    """One line of an example: what Keap has, and what WordPress gets."""

    line: str
    """As it stands in the page, without its comment."""
    target: str
    keap: object
    """``None``: what the page's contact has."""
    wordpress: object


def blocks() -> list[str]:
    """Give the page's blocks of YAML."""
    found = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [str(block) for block in found]


def examples() -> Iterator[Example]:
    """Give every example of the page; a line that is none is a fault of the page's."""
    for block in blocks():
        first, *lines = block.splitlines()
        if first != "fields:":
            raise ValueError(first)
        for line in lines:
            match = EXAMPLE.match(line)
            if match is None:
                raise ValueError(line)
            keap = _value(match["keap"]) if match["keap"] else None
            source = f"  {match['target']}: {match['source']}"
            yield Example(source, match["target"], keap, _value(match["wordpress"]))


def _value(text: str) -> object:
    """Read a list or a text in quotes as JSON; everything else is the text itself."""
    return json.loads(text) if text[0] in '["' or text in ("true", "false") else text


def table(listed: list[ListedField]) -> str:
    """Give the table of names as the page should have it."""
    rows = ["| Write | or | Type |", "|---|---|---|"]
    for each in listed:
        others = ", ".join(f"`{name}`" for name in each.other_names)
        rows.append(f"| `{each.name}` | {others} | {each.field.type.lower().replace('_', ' ')} |")
    return "\n".join(rows)
