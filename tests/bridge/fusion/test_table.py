"""The tables: every row is shown by something that runs, and owners read the same."""

import re
from pathlib import Path

import pytest

from tests.bridge.fusion.faults import FAULTS
from tests.bridge.fusion.features import FEATURES, Feature, table
from tests.bridge.fusion.test_features import SCENARIOS

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "from-wp-fusion.md"
SHOWN = {name for each in FEATURES for name in each.shown_by} | {
    name for names in FAULTS.values() for name in names
}


def exists(name: str) -> bool:
    """Whether a scenario, or a test by its node id, is there to be run."""
    if "::" not in name:
        return name in SCENARIOS
    path, test = name.split("::")
    text = (ROOT / path).read_text() if (ROOT / path).is_file() else ""
    return re.search(rf"^(async )?def {test}\(", text, re.MULTILINE) is not None


def test_every_row_has_its_place() -> None:
    """A feature of WP Fusion's would be left out."""
    assert [each.number for each in FEATURES] == list(range(1, 53))


@pytest.mark.parametrize("row", FEATURES, ids=lambda row: str(row.number))
def test_every_feature_is_shown(row: Feature) -> None:
    """The table would promise what nothing shows."""
    assert row.shown_by
    assert [name for name in row.shown_by if not exists(name)] == []


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_shown_to_be_absent(fault: str) -> None:
    """We would say that we lack a fault, and nobody looks."""
    assert FAULTS[fault]
    assert [name for name in FAULTS[fault] if not exists(name)] == []


def test_every_scenario_stands_for_something() -> None:
    """A scenario would be run that no row needs, or a row was lost."""
    assert set(SCENARIOS) - SHOWN == set()


def test_owners_read_the_same_table() -> None:
    """The page would promise something else; ``table()`` gives what belongs between its marks."""
    between = re.search(
        r"<!-- features -->\n(.*?)\n<!-- end of features -->", PAGE.read_text(), re.DOTALL
    )

    assert between is not None
    assert between[1] == table()
