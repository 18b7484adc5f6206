"""The bill of materials names what is installed, in CycloneDX's form."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.bill_of_materials import ROOT, main

RUN = ROOT / "requirements" / "run.txt"


@pytest.fixture
def bill(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The bill of what runs in production."""
    main(RUN)
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


def test_every_pinned_package_is_named_once(bill: dict[str, Any]) -> None:
    """Who looks for a package with a known fault would not find that the bridge has it."""
    pinned = re.findall(r"^([\w.-]+)==([^\s;]+)", RUN.read_text("utf-8"), re.MULTILINE)

    assert [(each["name"], each["version"]) for each in bill["components"]] == pinned
    assert len({each["bom-ref"] for each in bill["components"]}) == len(pinned) > 30


def test_it_has_the_form_that_programs_read(bill: dict[str, Any]) -> None:
    """A program that watches for faults would refuse the file."""
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert bill["metadata"]["component"]["type"] == "application"
    for each in bill["components"]:
        assert set(each) - {"licenses"} == {
            *("type", "bom-ref", "name", "version", "purl", "hashes"),
        }
        assert each["purl"] == f"pkg:pypi/{each['name'].lower()}@{each['version']}"
        contents = [hash_["content"] for hash_ in each["hashes"]]
        assert contents
        assert len(set(contents)) == len(contents)
        assert all(hash_["alg"] == "SHA-256" for hash_ in each["hashes"])
        for licence in each.get("licenses", ()):
            assert set(licence) in ({"expression"}, {"license"})


def test_licences_are_told(bill: dict[str, Any]) -> None:
    """Nobody could see under which terms the bridge is used."""
    without = [each["name"] for each in bill["components"] if not each.get("licenses")]

    assert len(without) <= len(bill["components"]) // 4, without


def test_the_same_requirements_give_the_same_bill(
    bill: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Two bills could not be compared."""
    main(Path(RUN))

    assert json.loads(capsys.readouterr().out) == bill
