"""What a contact's values look like before anybody asked to see them."""

import pytest

from bridge.admin.shortening import Line, lines_of, shortened
from bridge.preview import Difference, Preview


def preview(*changes: Difference) -> Preview:
    """A preview with these changes."""
    return Preview("1001", "update", "updated", 17, (), changes, (), (), ())


@pytest.mark.parametrize(
    ("value", "short"),
    [
        ("Zoraida", "Z…"),
        ("  Zoraida", "Z…"),
        ("zoe@example.com", "z…@example.com"),
        ("zoe@example.com or zed@example.com", "z…"),
        ("1987-04-01", "1…"),
        ("Ω", "Ω…"),
        ("", ""),
    ],
)
def test_a_value_is_its_first_sign(value: str, short: str) -> None:
    """Who looks over a shoulder would read a contact's data."""
    assert shortened(value) == short


@pytest.mark.parametrize(
    ("change", "hidden", "shown"),
    [
        (
            Difference("first_name", "Zoe", "Zed"),
            [Line("first_name", "changed", "Z…", "Z…")],
            [Line("first_name", "changed", "Zoe", "Zed")],
        ),
        (
            Difference("last_name", None, "Ray"),
            [Line("last_name", "new", "", "R…")],
            [Line("last_name", "new", "", "Ray")],
        ),
        (
            Difference("meta:city", "Ulm", None),
            [Line("meta:city", "gone", "U…", "")],
            [Line("meta:city", "gone", "Ulm", "")],
        ),
        (
            Difference("roles", "a, b", "b, c", is_list=True, added=("c",), removed=("a",)),
            [Line("roles", "new", "", "c"), Line("roles", "gone", "a", "")],
            [Line("roles", "new", "", "c"), Line("roles", "gone", "a", "")],
        ),
        (
            Difference("meta:tags", "", "91", is_list=True, added=("91",), names={"91": "Ill"}),
            [Line("meta:tags", "new", "", "9…")],
            [Line("meta:tags", "new", "", "91 Ill")],
        ),
        (
            Difference("meta:tags", "1, 2", "2, 1", is_list=True),
            [Line("meta:tags", "reordered", "", "")],
            [Line("meta:tags", "reordered", "", "")],
        ),
    ],
)
def test_each_change_is_told(change: Difference, hidden: list[Line], shown: list[Line]) -> None:
    """A person would be told the wrong change, or more than was asked for."""
    assert lines_of(preview(change), revealed=False) == hidden
    assert lines_of(preview(change), revealed=True) == shown


@pytest.mark.parametrize("revealed", [False, True])
def test_a_password_is_never_shown(revealed: bool) -> None:  # noqa: FBT001 - pytest hands it over
    """A new password would seem to take the old one away, or would be read."""
    (line,) = lines_of(preview(Difference("user_pass", None, None)), revealed=revealed)

    assert (line.sign, line.after) == ("changed", "the one that Keap has (never shown)")
