"""What docs/security.md says is shown by tests, and the figures in it are those of the program."""

import re
from pathlib import Path

import pytest

from bridge import receive, tries, wrong_keys
from bridge.admin import app, sessions
from bridge.config import loading
from keap_client import carrier as keap
from keap_client import hooks
from wp_client import by_companion
from wp_client import carrier as wordpress

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
SHOWN_BY = sorted(set(re.findall(r"`((?:\w+/)*(?:test_\w+|http_post\.py))`", PAGE)))
MIB, KIB = 1024 * 1024, 1024


@pytest.mark.parametrize("name", SHOWN_BY)
def test_every_test_that_is_named_exists(name: str) -> None:
    """The page would point to a proof that nobody can look at."""
    file = name if name.endswith(".py") else f"{name}.py"

    assert [*(ROOT / "tests").rglob(file.removeprefix("tests/"))]


@pytest.mark.parametrize(
    ("words", "true"),
    [
        ("HTTP Post | 64 KiB", receive.LARGEST_BODY == 64 * KIB),
        ("forms of the page | 64 KiB", app.LARGEST_FORM == 64 * KIB),
        ("answer of Keap or WordPress | 8 MiB", keap.LARGEST_ANSWER == 8 * MIB),
        ("answer of Keap or WordPress | 8 MiB", wordpress.LARGEST_ANSWER == 8 * MIB),
        ("config.yaml | 1 MiB", loading.LARGEST_FILE == MIB),
        ("1 MiB | 1,000 contacts", hooks.MOST_OBJECTS == 1000),
        ("1 MiB | 25 documents", by_companion.MOST == 25),
        ("sessions of the page | | 100", sessions.MOST == 100),
        ("| 1,000 each |", tries.MOST == 1000),
        ("has 20 wrong keys from one address", wrong_keys.FREE == 20),
        ("each wrong one beyond 5 doubles", tries.FREE == 5),
        ("within 24 hours is never slowed", wrong_keys.TRUSTED_FOR.total_seconds() == 24 * 3600),
        ("after 15 quiet minutes", tries.FORGOTTEN_AFTER.total_seconds() == 15 * 60),
        ("up to 5 minutes", tries.LONGEST_WAIT.total_seconds() == 5 * 60),
    ],
)
def test_its_figures_are_the_programs(words: str, *, true: bool) -> None:
    """The page would promise a limit that is another one."""
    assert true
    assert words in PAGE
