"""The pinned requirements are those of pyproject.toml."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["run", "dev"])
def test_every_dependency_is_pinned_to_a_version_that_it_allows(name: str) -> None:
    """``make test`` and a production host would install something else than pyproject says."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [Requirement(line) for line in project["project"]["dependencies"]]
    if name == "dev":
        wanted += [Requirement(line) for line in project["dependency-groups"]["dev"]]
    text = (ROOT / f"requirements/{name}.txt").read_text("utf-8")
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))

    wrong = [
        str(requirement)
        for requirement in wanted
        if pinned.get(canonicalize_name(requirement.name), "none") not in requirement.specifier
    ]

    assert wrong == [], "make requirements"


@pytest.mark.parametrize("name", ["run", "dev"])
def test_requirements_name_no_machine(name: str) -> None:
    """The pins would work only where they were made."""
    text = (ROOT / f"requirements/{name}.txt").read_text("utf-8")

    assert not re.findall(r"^-|://|@ ", text, re.MULTILINE)
