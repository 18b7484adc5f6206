"""config.schema.json: what editors complete config.yaml by, and mark mistakes."""

import json
import re
from typing import Any

import jsonschema
import pytest
import yaml

from bridge.config import Config
from bridge.config.json_schema import FILE, ROOT, generated

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
SITE = {"wordpress": {"url": "https://www.site.org"}}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """What the file has to hold."""
    found: dict[str, Any] = json.loads(generated())
    jsonschema.Draft202012Validator.check_schema(found)
    return found


def is_good(value: object, schema: dict[str, Any]) -> bool:
    """Whether an editor would mark nothing."""
    return bool(jsonschema.Draft202012Validator(schema).is_valid(value))


def examples() -> list[tuple[str, str]]:
    """Give every YAML block of the pages that shows a part of config.yaml, with its page."""
    found = []
    for page in PAGES:
        blocks = re.findall(
            r"^( *)```yaml\n(.*?)^ *```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
        )
        for indent, block in blocks:
            text = re.sub(f"^{indent}", "", block, flags=re.MULTILINE)
            shown = yaml.safe_load(text)
            if isinstance(shown, dict) and shown.keys() & {*Config.model_fields, "sites"}:
                found.append((page.name, text))
    return found


def test_the_file_is_fresh() -> None:
    """Editors would mark new keys as mistakes: ``make schema`` was forgotten."""
    assert FILE.read_text("utf-8") == generated()


def test_every_key_is_described(schema: dict[str, Any]) -> None:
    """An editor would complete a key without saying what it does."""
    sections = [schema, *schema["$defs"].values()]
    forms = [form for each in sections for form in (each, *each.get("anyOf", []))]
    silent = [
        key
        for form in forms
        for key, node in form.get("properties", {}).items()
        # What leads to a section is described there.
        if not node.get("description") and "$ref" not in json.dumps(node)
    ]

    assert len(forms) > 5
    assert silent == []


def test_the_commented_example_is_good(schema: dict[str, Any]) -> None:
    """The file that owners begin with would be full of marks."""
    text = (ROOT / "config.yaml").read_text("utf-8")

    assert is_good(yaml.safe_load(text), schema)
    assert f"$schema={FILE.name}" in text.splitlines()[0]


@pytest.mark.parametrize(("page", "text"), examples())
def test_every_example_is_good(schema: dict[str, Any], page: str, text: str) -> None:
    """An owner would copy an example, and see it marked."""
    shown = yaml.safe_load(text)
    for each in shown.get("sites", {"": shown}).values():
        each.setdefault("wordpress", {}).setdefault("url", SITE["wordpress"]["url"])

    jsonschema.Draft202012Validator(schema).validate(shown)
    assert page


def test_there_are_examples() -> None:
    """The test above would look at nothing."""
    assert len(examples()) >= 2


@pytest.mark.parametrize(
    "right",
    [
        {},
        {"tags": None},
        {"fields": {"city": "City"}},
        {"fields": {"city": {"from": "City", "when_empty": "clear"}}},
        {"keap": {"token": "KeapAK-5f1d0c7e9a", "seconds": 2.5}},
        {"keap": {"token": {"file": "secrets/keap"}}},
    ],
)
def test_right_is_not_marked(schema: dict[str, Any], right: dict[str, Any]) -> None:
    """An owner would look for a mistake that is none."""
    assert is_good({**SITE, **right}, schema)


@pytest.mark.parametrize(
    "wrong",
    [
        {"tokn": 1},
        {"wordpress": None},
        {"wordpress": {"user": "keap-bridge"}},
        {"wordpress": {"url": "www.site.org"}},
        {"server": {"access_keys": []}},
        {"server": {"listen": "127.0.0.1"}},
        {"server": {"store": "mysql://here"}},
        {"server": {"body_seconds": 0}},
        {"server": {"accept_query": "yes"}},
        {"keap": {"calls_per_minute": 241}},
        {"keap": {"token": {"env": "A", "file": "b"}}},
        {"keap": {"token": {"enviroment": "A"}}},
        {"users": {"roles": {"allowed": ["administrator"]}}},
        {"users": {"roles": {"allowed": ["Gold Member"]}}},
        {"users": {"notify": True}},
        {"fields": {"city": {"from": 7}}},
        {"fields": {"city": 7}},
        {"fields": {"city": {"from": "City", "when_empty": "maybe"}}},
    ],
)
def test_wrong_is_marked(schema: dict[str, Any], wrong: dict[str, Any]) -> None:
    """An owner would learn of the mistake only when the bridge refuses the file."""
    assert not is_good({**SITE, **wrong}, schema)


@pytest.mark.parametrize(
    ("several", "good"),
    [
        ({"sites": {"shop": SITE, "book-club": {**SITE, "path": "/club", "tags": None}}}, True),
        ({"server": {"stop_seconds": 5}, "sites": {"shop": SITE}}, True),
        ({"server": {"path": "/keap"}, "sites": {"shop": SITE}}, False),
        ({**SITE, "sites": {"shop": SITE}}, False),
        ({"sites": {}}, False),
        ({"sites": {"shop": {}}}, False),
        ({"sites": {"Shop": SITE}}, False),
        ({"sites": {"shop": {**SITE, "listen": "127.0.0.1:1"}}}, False),
        ({"sites": {"shop": {**SITE, "server": {}}}}, False),
        ({"sites": {"shop": {**SITE, "users": {"notify": True}}}}, False),
    ],
)
def test_several_sites(schema: dict[str, Any], several: dict[str, Any], *, good: bool) -> None:
    """An owner of several sites would see a good file marked, or a wrong one not."""
    assert is_good(several, schema) == good
