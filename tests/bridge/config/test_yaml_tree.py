"""YAML is read as it was written, and its traps are named."""

import pytest

from bridge.config.scalars import Scalar
from bridge.config.yaml_tree import Place, read_yaml
from tests.bridge.config.conftest import SITE, LoadText, ProblemsOf


def test_scalars_keep_their_source_text() -> None:
    """YAML would have turned a text into something else before the model sees it."""
    tree = read_yaml("a: NO\nb: [0123, '1.10', \"x\"]\nc:\n  d: ~\n")

    assert tree.root == {
        "a": Scalar("NO"),
        "b": [Scalar("0123"), Scalar("1.10", quoted=True), Scalar("x", quoted=True)],
        "c": {"d": Scalar("~")},
    }
    assert tree.place(("b", 1)) == Place(2, 11)
    assert tree.place(("c", "d", "not there")) == Place(4, 3)
    assert tree.place(("not there",)) is None


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("NO", "false"),
        ("off", "false"),
        ("Yes", "true"),
        ("on", "true"),
        ("0123", "a number"),
        ("1_000", "a number"),
        ("12:30:00", "a number"),
        ("1.10", "a number"),
        ("2024-05-01", "a date"),
        ("=", "a sign"),
    ],
)
def test_what_yaml_does_not_read_as_text_is_refused_where_text_is_wanted(
    problems_of: ProblemsOf, load_text: LoadText, written: str, read_as: str
) -> None:
    """A country NO or a postal code 0123 would become something else without a word."""
    (problem,) = problems_of(f"{SITE}fields:\n  a: FirstName\n  country: {written}\n")
    quoted = load_text(f'{SITE}fields: {{country: "{written}"}}')

    assert problem.startswith("config.yaml:4: fields.country: write ")
    assert "in quotes" in problem
    assert f"YAML reads it as {read_as}" in problem
    assert quoted.config.fields["country"].keap_field == written


@pytest.mark.parametrize("nothing", ["", "~", "null", "''", "' '"])
def test_nothing_is_no_text(problems_of: ProblemsOf, nothing: str) -> None:
    """A field would be read from a Keap field without a name."""
    assert problems_of(f"{SITE}fields:\n  city: {nothing}\n") == [
        "config.yaml:3: fields.city: nothing is written here; write a text, or leave the line out"
    ]


def test_a_boolean_is_quoted_back(problems_of: ProblemsOf) -> None:
    """The owner would not see what to change."""
    assert problems_of(f"{SITE}fields:\n  country: NO\n") == [
        'config.yaml:3: fields.country: write "NO" in quotes; YAML reads it as false'
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb:\t2\n", "config.yaml:2: a tab stands here"),
        ("a: 1\n\tb: 2\n", "config.yaml:2: a tab stands here"),
        ("a: b: c", "config.yaml:1: a colon stands where none can be"),
        ("a: 1\nb\nc: 2", "config.yaml:3: a colon is missing"),
        ('a: "never closed', "config.yaml:1: a quote is opened and never closed"),
        ("a: [1, 2", "config.yaml:1: a bracket is opened and never closed"),
        ("a: @b", "config.yaml:1: this sign cannot begin a text; put the text in quotes"),
        ("  a: 1\nb: 2", "config.yaml:2: this line is indented otherwise"),
        ("a:\n    b: 1\n  c: 2", "config.yaml:3: this line is indented otherwise"),
        ('a: "\\q"', "config.yaml:1: a backslash inside double quotes"),
        ("a: *", "config.yaml:1: & and * cannot begin a text"),
        ("a: 1\nb: \x01", "config.yaml:2: a control character stands here"),
        ("%YAML 3.0\n---\na: 1", "config.yaml:1: this is not YAML"),
        ("a: 1\n---\nb: 2", "config.yaml:2: a second document begins here"),
        ("[" * 50, "config.yaml:1: [1][1][1][1][1][1][1][1][1][1][1][1][1]: this is nested too"),
    ],
)
def test_what_is_no_yaml_is_named(problems_of: ProblemsOf, text: str, said: str) -> None:
    """The owner would get PyYAML's words, or a piece of the file in a log."""
    (problem,) = problems_of(text)

    assert problem.startswith(said)


def test_keys_inside_keys_cannot_exhaust_the_stack(problems_of: ProblemsOf) -> None:
    """A malformed file would end in a RecursionError."""
    assert "nested too deeply" in problems_of("? " * 2000)[-1]


def test_a_key_given_twice_is_named_with_both_lines(problems_of: ProblemsOf) -> None:
    """The second of two equal keys would win silently."""
    assert problems_of(f"{SITE}keap:\n  seconds: 1\n  seconds: 2\n") == [
        "config.yaml:4: keap.seconds: this key is given twice, first in line 3; keep one of them"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("users: {notify: &a never}", "config.yaml:2: users.notify: YAML's anchors (&) go to sect"),
        ("users: *all", "config.yaml:2: users: no section or list has been marked with"),
        ("users: {<<: x}", "config.yaml:2: users.<<: <<: repeats a marked section; write <<: *"),
        ("users: &a {roles: *a}", "config.yaml:2: users.roles: no section or list has been marked"),
        ("users: {notify: !!str x}", "config.yaml:2: users.notify: YAML's tags (!) are not"),
        ("users: !!python/object:os.system {}", "config.yaml:2: users: YAML's tags (!) are not"),
        ("users: {&a notify: never}", "config.yaml:2: users.notify: YAML's anchors (&) go to s"),
        ("fields: {on: Email}", "config.yaml:2: fields.on: write this key in quotes; YAML reads"),
        ("fields: {{a: b}: c}", "config.yaml:2: fields: a key is a text"),
    ],
)
def test_yaml_that_no_configuration_needs(problems_of: ProblemsOf, text: str, said: str) -> None:
    """Aliases could blow a file up, tags could run code, and merges hide what is said."""
    (problem,) = problems_of(f"{SITE}{text}\n")

    assert problem.startswith(said)


def test_a_plain_merge_field_is_text_to_yaml(problems_of: ProblemsOf) -> None:
    """The tilde of a pasted merge field would be taken for YAML's null."""
    (problem,) = problems_of(f"{SITE}fields: {{first_name: ~Contact.FirstName~}}")

    assert "write the field's name, not the merge field" in problem
