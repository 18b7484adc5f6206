"""What a dry run's outcomes are judged to be, and how they are told."""

import csv
import io
import json

import pytest

from bridge.drift import Drift, Kind, Report, drift_of, text_of
from wp_client.document import Change, UserResult
from wp_client.errors import WordPressBusy

TAGS = "infusionsoft_tags"


def outcome(*names: str, state: str = "updated") -> UserResult:
    """Give a dry run's result that would change these."""
    changes = tuple(Change(name, "=old", "new@example.com") for name in names)
    return UserResult(state, 7, changes=changes)  # type: ignore[arg-type]  # as the test names it


@pytest.mark.parametrize(
    ("result", "kinds", "would_change"),
    [
        (outcome(state="missing"), ("missing_user",), False),
        (outcome("user_login", "roles", state="created"), ("missing_user",), True),
        (outcome("roles"), ("wrong_roles",), True),
        (outcome("meta:infusionsoft_tags"), ("stale_tags",), True),
        (outcome("meta:other", "first_name"), ("other_fields",), True),
        (
            outcome("first_name", "meta:infusionsoft_tags", "roles"),
            ("wrong_roles", "stale_tags", "other_fields"),
            True,
        ),
        (WordPressBusy(), ("error",), False),
    ],
)
def test_what_differs_is_named(
    result: UserResult | Exception, kinds: tuple[Kind, ...], *, would_change: bool
) -> None:
    """An owner would look for the wrong thing, or count users whom a sync leaves alone."""
    drift = drift_of("1001", result, TAGS)

    assert drift is not None
    assert (drift.kinds, drift.would_change) == (kinds, would_change)


def test_who_is_right_is_not_in_the_report() -> None:
    """The few that differ would be lost among thousands."""
    assert drift_of("1001", outcome(state="unchanged"), TAGS) is None


@pytest.fixture
def report() -> Report:
    """One contact of three differs."""
    found = drift_of("1001", outcome("first_name", "roles"), TAGS)
    assert found is not None
    return Report(3, [found])


def test_values_are_told_only_where_asked_for(report: Report) -> None:
    """A report that is passed on would hold people's data."""
    for kind in ("table", "csv", "json"):
        assert "new@example.com" not in text_of(report, kind, show_values=False)
        assert "new@example.com" in text_of(report, kind, show_values=True)


def test_json_and_csv_are_read_by_programs(report: Report) -> None:
    """A script would have to read what is meant for people."""
    said = json.loads(text_of(report, "json", show_values=False))
    (row,) = csv.DictReader(io.StringIO(text_of(report, "csv", show_values=False)))

    assert said["summary"] == {
        "compared": 3,
        "would_change": 1,
        "missing_user": 0,
        "wrong_roles": 1,
        "stale_tags": 0,
        "other_fields": 1,
        "error": 0,
    }
    assert said["contacts"][0]["changes"] == ["first_name", "roles"]
    assert row["changes"] == "first_name; roles"


def test_a_spreadsheet_does_not_calculate_values() -> None:
    """A contact's name would run in the spreadsheet of whoever opens the report."""
    drift = Drift("1001", 7, ("error",), reason="=HYPERLINK()")

    (row,) = csv.DictReader(io.StringIO(text_of(Report(1, [drift]), "csv", show_values=False)))
    assert row["reason"] == "'=HYPERLINK()"


def test_a_report_without_drift_says_so() -> None:
    """Nothing at all would be printed, and nobody would know whether it worked."""
    lines = text_of(Report(3), "table", show_values=False).splitlines()

    assert lines[0] == "3 contacts compared, 0 differ."
