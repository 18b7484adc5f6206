"""A configuration file on disk, loaded as the command line does it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from bridge.config import ConfigProblems, Loaded, load

ENVIRON = {
    "KEAP_BRIDGE_ACCESS_KEY": "d2f6a1c09b7e4835",
    "KEAP_TOKEN": "KeapAK-5f1d0c7e9a",
    "WP_APPLICATION_PASSWORD": "aB3d eF5h iJ7l mN9p qR2t uV4x",
}
"""The three secrets that a file with nothing but the site's address takes."""

LoadText: TypeAlias = Callable[..., Loaded]
ProblemsOf: TypeAlias = Callable[..., list[str]]


@pytest.fixture
def load_text(tmp_path: Path) -> LoadText:
    """Write a text to config.yaml, readable by its owner only, and load it."""

    def load_it(text: str | bytes, environ: Mapping[str, str] = ENVIRON) -> Loaded:
        file = tmp_path / "config.yaml"
        file.touch(mode=0o600)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return load(file, environ)

    return load_it


@pytest.fixture
def problems_of(load_text: LoadText) -> ProblemsOf:
    """Give what is said about a file that cannot be used, a line a problem."""

    def problems(text: str | bytes, environ: Mapping[str, str] = ENVIRON) -> list[str]:
        with pytest.raises(ConfigProblems) as caught:
            load_text(text, environ)
        said = [problem.said_of("config.yaml") for problem in caught.value.problems]
        assert str(caught.value).count("\n") == len(said) - 1
        return said

    return problems


SITE = "wordpress: {url: https://www.site.org}\n"
"""The shortest file that loads."""
