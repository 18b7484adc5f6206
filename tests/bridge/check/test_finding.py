"""How findings are printed and counted."""

import pytest

from bridge.check import Finding, lines_of, summary_of


def test_what_is_to_be_copied_stays_as_it_is() -> None:
    """A line for .htaccess would be wrapped into two that do not work."""
    rule = "    RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}] " + "x" * 60
    lines = lines_of(Finding("problem", "WordPress", "it is lost", f"Put this there:\n{rule}"))

    assert lines == [
        "PROBLEM  WordPress: it is lost",
        "             Put this there:",
        f"             {rule}",
    ]


def test_long_sentences_stay_on_the_terminal() -> None:
    """A finding would run out of the window."""
    lines = lines_of(Finding("ok", "Keap", "word " * 50, "advice " * 50))

    assert max(len(line) for line in lines) <= 100
    assert lines[1].startswith("         word")
    assert lines[-1].startswith("             advice")


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        (["ok"], "Ready: no problems, no warnings."),
        (["ok", "warning"], "Ready: no problems, 1 warning."),
        (["problem", "warning", "warning"], "1 problem, 2 warnings."),
    ],
)
def test_the_summary_counts(levels: list[str], said: str) -> None:
    """The last line, which everybody reads, would not be true."""
    findings = [Finding(level, "Keap", "") for level in levels]  # type: ignore[arg-type]  # as the table has them

    assert summary_of(findings) == said
