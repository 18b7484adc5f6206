"""Templates: names in braces, and what is left where a field is empty."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.conversions.template import filled, has_stray_brace, names_in

VALUES = {"A": "Ann", "L": "Lee", "Odd": "{A}  {{"}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{A} {L}", "Ann Lee"),
        ("{ A }{L}", "AnnLee"),
        ("{A} {M} {L}", "Ann Lee"),
        ("{M} {A}", "Ann"),
        ("{M}{N}", None),
        ("Dear {M}", None),
        ("{{{A}}}", "{Ann}"),
        ("{Odd}", "{A} {{"),
        ("{A} {A}", "Ann Ann"),
    ],
)
def test_a_template_is_filled_in(template: str, text: str | None) -> None:
    """A name would have blanks too many, be half a sentence, or be read as a template again."""
    assert filled(template, VALUES.get) == text


@pytest.mark.parametrize(
    ("template", "names"),
    [("{A} {L}{A}", ["A", "L"]), ("{{A}} {_What's up?}", ["_What's up?"]), ("a", [])],
)
def test_its_names_are_found(template: str, names: list[str]) -> None:
    """A field would not be asked for."""
    assert names_in(template) == names


@pytest.mark.parametrize("template", ["{A", "A}", "{{A}", "{A}}", "{A{B}}", "{"])
def test_a_lone_brace_is_noticed(template: str) -> None:
    """Somebody's user would be called ``{FirstName``."""
    assert has_stray_brace(template)
    assert not has_stray_brace("{A} {{B}}")


@given(st.text(alphabet="{}Aa ", max_size=12))
def test_no_template_breaks(template: str) -> None:
    """A template that the configuration lets through could end a delivery."""
    if has_stray_brace(template) or not names_in(template):
        return
    assert filled(template, lambda _: "x") is not None
