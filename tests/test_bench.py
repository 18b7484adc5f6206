"""What the bench says about what it has measured."""

import json
from pathlib import Path

from tests.bench.figures import Figure, percentile
from tests.bench.load import FIRST_CONTACT, request_for
from tests.bench.table import fill

FAST = Figure("accepted", 1234.5, "1/s", "a bare one", 2469, "64 connections", "ratio ≥ 0.3")
QUIET = Figure("while idle", 0.25, "%", "a bare one", 0, "20 s")


def test_a_figure_is_a_line_with_what_it_was_compared_with() -> None:
    """A figure would stand alone, and say nothing on another machine."""
    assert json.loads(FAST.line()) == {
        "figure": "accepted",
        "value": 1234,
        "unit": "1/s",
        "compared_with": "a bare one",
        "baseline": 2469,
        "ratio": 0.5,
        "goal": "ratio ≥ 0.3",
        "conditions": "64 connections",
    }
    assert json.loads(QUIET.line())["ratio"] is None


def test_a_percentile_is_one_of_the_sample() -> None:
    """The slowest answers would be left out of p99, or a sample of one would have none."""
    assert percentile([3.0], 99) == 3
    assert percentile([*range(100)], 50) == 50
    assert percentile([*range(100)][::-1], 99) == 99


def test_pages_get_their_tables(tmp_path: Path) -> None:
    """A page would keep old figures, or lose what stands around them."""
    rows = [json.loads(FAST.line()), json.loads(QUIET.line())]
    before = "Before\n<!-- figures -->\nold\n<!-- end of figures -->\nafter\n"
    texts = []
    for name in ("README.md", "performance.md"):
        page = tmp_path / name
        page.write_text(before, "utf-8")
        fill(page, rows)
        fill(page, rows)
        texts.append(page.read_text("utf-8"))

    short, whole = texts
    row = "| accepted | 1,234 1/s | 2,469 1/s: a bare one | 0.5 | ratio ≥ 0.3 |"
    assert short.splitlines()[4:] == [row, "<!-- end of figures -->", "after"]
    assert f"{row} 64 connections |" in whole
    assert "| while idle | 0.25 % | 0 % : a bare one |".replace(" :", ":") in whole


def test_every_request_of_the_load_is_as_long() -> None:
    """The generator replaces the contact in the bytes, and would send a wrong length."""
    assert len(request_for(FIRST_CONTACT)) == len(request_for(FIRST_CONTACT + 99_999_999))
