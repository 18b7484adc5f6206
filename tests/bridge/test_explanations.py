"""Whatever the bridge leaves undone is said in a sentence."""

import re
from pathlib import Path

import pytest

from bridge.aftermath import CAVEATS
from bridge.delivery import Caveat
from bridge.explanations import REJECTIONS, SENTENCES, explain

ROOT = Path(__file__).parents[2]
COMPANION = (ROOT / "wp_client/companion/keap-bridge.php").read_text("utf-8")
IN_PYTHON = re.compile(r'Caveat\(\s*"(\w+)"(?: if \w+ else "(\w+)")?')
IN_PHP = re.compile(r"->caveat\( '(\w+)'")


def said() -> set[str]:
    """Give every code of a caveat that stands in the sources."""
    sources = [
        path.read_text("utf-8")
        for name in ("bridge", "wp_client")
        for path in (ROOT / name).rglob("*.py")
    ]
    found = [code for text in sources for match in IN_PYTHON.findall(text) for code in match]
    return {*filter(None, found), *CAVEATS.values(), *IN_PHP.findall(COMPANION)}


def test_every_caveat_has_a_sentence_and_no_sentence_is_left_over() -> None:
    """An owner would read ``meta_not_kept billing_city`` instead of what to do."""
    assert said() == set(SENTENCES)


def test_every_final_refusal_of_the_companion_has_a_sentence() -> None:
    """An owner would read a code in the place of the reason."""
    refusals = re.findall(
        r"new Refusal\(\s*'(\w+)',\s*(?:'(?:[^'\\]|\\.)*'|\"[^\"]*\")(, true)?", COMPANION
    )
    final = {f"keap_bridge_{code}" for code, retry in refusals if not retry}

    assert len(refusals) > len(final) > 0
    with_errors_of_their_own = {
        "keap_bridge_linked_elsewhere",
        "keap_bridge_bad_contact_id_meta",
        "keap_bridge_would_remove_roles",
    }
    assert final - with_errors_of_their_own == set(REJECTIONS)


@pytest.mark.parametrize("code", SENTENCES)
def test_a_sentence_names_what_it_is_about(code: str) -> None:
    """A placeholder would be shown, or an owner would not know which role or field is meant."""
    sentence = explain(Caveat(code, "gold"))

    assert ("gold" in sentence) == ("{subject}" in SENTENCES[code])
    assert "{" not in sentence


def test_an_unknown_code_is_shown_as_it_is() -> None:
    """A store that a newer version wrote would end the command with a traceback."""
    assert explain(Caveat("new_thing", "gold")) == "new_thing gold"
    assert explain(Caveat("new_thing")) == "new_thing"
