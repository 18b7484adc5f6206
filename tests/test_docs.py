"""The pages for people name what there is, all of it, and nothing else."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import get_args

import click
import pytest

from bridge.cli import COMMANDS, INTERRUPTED, ending, group
from bridge.cli.demo import TERMINATED
from bridge.config.keys import EVERY, known_keys
from bridge.delivery import State
from bridge.explanations import REJECTIONS, SENTENCES

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
ERRORS = (ROOT / "docs" / "errors.md").read_text("utf-8")

ERROR_MODULES = (
    "keap_client.errors",
    "keap_client.fields",
    "keap_client.hooks",
    "keap_client.form",
    "wp_client.errors",
    "bridge.store.errors",
    "bridge.verdicts",
)
ROW = re.compile(r"^\| `?(?P<first>.*?)`? \|", re.MULTILINE)
COMMAND = re.compile(r"(?<!-[ug] )(?<!/opt/)\bkeap-bridge (?P<name>[a-z]\w*)(?P<rest>[^\n|&;#']*)")
PLACEHOLDER = "…"


def first_column() -> set[str]:
    """Give what stands in the first column of the tables of errors.md."""
    return {row["first"] for row in ROW.finditer(ERRORS)}


def code_of(page: Path) -> Iterator[str]:
    """Give the blocks and spans of code of a page."""
    text = page.read_text("utf-8")
    blocks = re.compile(r"^ *```\w*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
    yield from blocks.findall(text)
    yield from re.findall(r"`([^`\n]+)`", blocks.sub("", text))


def errors_of(module: str) -> list[str]:
    """Give the names of the exceptions that a module defines."""
    members = inspect.getmembers(importlib.import_module(module), inspect.isclass)
    return [
        name for name, each in members if issubclass(each, Exception) and each.__module__ == module
    ]


def sentences_in(folder: str, **calls: int) -> set[str]:
    """Give the texts that these calls get at these positions, or that are named ``message``.

    What is filled in is shown as an ellipsis.
    """
    found: set[str | None] = set()
    for path in ROOT.glob(folder):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "message":
                found.add(_text(node.value))
            if isinstance(node, ast.Call) and ast.unparse(node.func) in calls:
                found |= {_text(each) for each in node.args[calls[ast.unparse(node.func)] :][:1]}
    return {text for text in found if text}


def _text(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else PLACEHOLDER for part in node.values
    )


def is_told(sentence: str) -> bool:
    """Whether errors.md has a row for a sentence, or for its beginning."""
    return any(
        _pattern(row).match(sentence) or _pattern(sentence).match(row)
        for row in first_column()
        if len(row) > len("a sentence")
    )


def _pattern(row: str) -> re.Pattern[str]:
    # What is filled in may stand in the row as an example, and the row may be shorter.
    parts = [re.escape(part) for part in row.split(PLACEHOLDER)]
    return re.compile(".*".join(parts))


@pytest.mark.parametrize("module", ERROR_MODULES)
def test_every_error_is_explained(module: str) -> None:
    """Somebody who reads an error's name in the log would not find it."""
    assert [name for name in errors_of(module) if f"`{name}`" not in ERRORS] == []


def test_every_error_explained_exists() -> None:
    """The page would explain what never happens."""
    known = {name for module in ERROR_MODULES for name in errors_of(module)}
    named = {row for row in first_column() if re.fullmatch(r"([A-Z][a-z]+){2,}", row)}

    assert named - known == set()


def test_every_code_is_explained() -> None:
    """Somebody would read a code that is nowhere explained, or the page has one too many."""
    codes = {row for row in first_column() if re.fullmatch(r"[a-z]+(_[a-z]+)+", row)}

    assert codes == {*SENTENCES, *REJECTIONS}


def test_every_state_is_explained() -> None:
    """An owner would not know what ``held`` asks of them."""
    assert set(get_args(State)) <= first_column()


def test_every_exit_code_is_explained() -> None:
    """A script's author would not know what an exit code means."""
    kinds: list[type[ending.Ending]] = [ending.Ending, *ending.Ending.__subclasses__()]
    codes = {"0", str(click.UsageError.exit_code), *(str(kind.code) for kind in kinds)}

    assert codes <= first_column()
    assert f"{INTERRUPTED}, {TERMINATED}" in first_column()
    assert all(f"{code} " in (group.epilog or "") for code in codes)


def test_every_status_is_explained() -> None:
    """Somebody who reads Keap's or the proxy's log would not know what the bridge meant."""
    sources = [(ROOT / "bridge" / name).read_text("utf-8") for name in ("receive.py", "server.py")]
    named = {name for source in sources for name in re.findall(r"HTTPStatus\.([A-Z_]+)", source)}
    given = {str(HTTPStatus[name].value) for name in named} | {"200"}

    assert given == {row for row in first_column() if re.fullmatch(r"[2-5]\d\d", row)}


def test_every_refused_post_is_explained() -> None:
    """An owner would read a sentence in Keap's log that is nowhere explained."""
    reasons = [
        reason
        for module in ("form", "http_post")
        for reason in sentences_in(f"keap_client/{module}.py", UnreadablePost=0)
    ]

    assert len(reasons) > len("some of them")
    assert [reason for reason in reasons if not is_told(reason)] == []


def test_every_mistake_in_the_configuration_is_explained() -> None:
    """An owner would read a message that is nowhere explained."""
    messages = sentences_in(
        "bridge/config/*.py", refuse=0, Problem=0, _complain=2, _caution=2, _problem=2
    )
    tables = [
        entry[0] if isinstance(entry, tuple) and len(entry) == 2 else entry[1]
        for module in ("explain", "syntax")
        for entry in _entries(importlib.import_module(f"bridge.config.{module}")._SENTENCES)
    ]

    assert len(messages) > 60
    assert [each for each in (*messages, *tables) if not is_told(each)] == []


def _entries(table: object) -> list[tuple[str, ...]]:
    return list(table.values()) if isinstance(table, dict) else list(table)  # type: ignore[call-overload]  # one of the two


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """A reader would find nothing behind a link."""
    lost = []
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text("utf-8")):
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            lost.append(link)

    assert lost == []


def anchors_of(page: Path) -> set[str]:
    """Give the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist_with_their_options(page: Path) -> None:
    """A reader would be told to call what does not exist."""
    wrong = []
    for match in (found for code in code_of(page) for found in COMMAND.finditer(code)):
        options = set(re.findall(r"--[a-z-]+", match["rest"]))
        if match["name"] not in COMMANDS or options - options_of(match["name"]):
            wrong.append(match[0].strip())

    assert wrong == []


def options_of(name: str) -> set[str]:
    """Give the options of a command."""
    command = group.get_command(click.Context(group), name)
    assert command is not None
    named = (each for param in command.params for each in (*param.opts, *param.secondary_opts))
    return {"--help", *named}


def test_every_command_is_in_a_page() -> None:
    """Nobody would learn of a command."""
    named = {
        found["name"]
        for page in PAGES
        for code in code_of(page)
        for found in COMMAND.finditer(code)
    }

    assert set(COMMANDS) - named == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_has_its_targets(page: Path) -> None:
    """A reader would be told to make what cannot be made."""
    rules = set(
        re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    )
    made = {
        target
        for code in code_of(page)
        for target in re.findall(r"\bmake (?:-C \S+ )?([a-z][\w-]*)", code)
    }

    assert made - rules == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_keys_of_the_configuration_exist(page: Path) -> None:
    """A reader would write a key that the bridge refuses."""
    sections = known_keys()
    keys = {".".join((*path, name)) for path, names in sections.items() for name in names}
    keys |= {EVERY} | {key.replace(f".{EVERY}.", ".*.") for key in keys} | {"fields.*"}
    named = {
        found[0]
        for code in code_of(page)
        if (
            found := re.match(
                r"(server|keap|wordpress|users|fields|tags)(\.[a-z_*]+)+(?=[:`\s]|$)", code
            )
        )
    }

    assert named - keys == set()
