"""The words of a timeline."""

import inspect
import re
from types import ModuleType

import pytest

from bridge import attempt, carrying_out
from bridge.admin.steps import WORDS, fields_of, words_of
from bridge.delivery import Step
from tests.bridge.simulated import NOON


@pytest.mark.parametrize("module", [attempt, carrying_out])
def test_every_step_has_its_words(module: ModuleType) -> None:
    """A person would read what only somebody who knows the code understands."""
    source = inspect.getsource(module)
    noted = re.findall(r'timeline\.(?:note|keep)\(\s*"(\w+)"', source)
    noted += re.findall(r'"(\w+_returned)"', source)

    assert noted
    assert set(noted) <= set(WORDS)


def test_a_step_of_a_newer_version_is_not_hidden() -> None:
    """A delivery's story would have a gap after a change of the code."""
    assert words_of(Step(NOON, "moon_landed")) == "moon landed"


def test_what_was_changed_is_a_list_of_names() -> None:
    """A tag's name with a comma would look like two fields."""
    assert fields_of(Step(NOON, "user_updated", "first_name, meta:city")) == [
        "first_name",
        "meta:city",
    ]
    assert fields_of(Step(NOON, "user_updated")) == []
    assert fields_of(Step(NOON, "tag_applied", "Gold, old")) == []
