"""What the tests of findings are about."""

from collections.abc import Iterable
from pathlib import Path

from bridge.check import Finding
from bridge.config import Config, load

CONFIG = """\
server:
  access_keys: [f3a9c1d27b5e4086a1c4e2b9]
keap:
  token: KeapAK-5e1f7c3a9d
wordpress:
  url: https://members.site.org
  application_password: abcd EFGH 1234 ijkl MNOP 5678
"""

Said = tuple[str, str]
"""A finding's level, and words of its sentence or advice."""


def config_with(folder: Path, more: str = "") -> Config:
    """Give a configuration with these further sections."""
    file = folder / "config.yaml"
    file.write_text(CONFIG + more)
    return load(file, {}).config


def assert_says(findings: Iterable[Finding], *said: Said) -> None:
    """Hold findings against what they should say, in order."""
    found = list(findings)
    assert [finding.level for finding in found] == [level for level, _ in said], found
    for finding, (_, words) in zip(found, said, strict=True):
        assert words in f"{finding.sentence}\n{finding.advice}"
