"""docs/config.md says of every key what the model says."""

import re
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic_core import PydanticUndefined

from bridge.config import Config, FieldSource
from bridge.config.json_schema import ROW
from bridge.config.keys import EVERY, known_keys
from bridge.config.mapping import SPECIAL_TARGETS, WORDPRESS_FIELDS

DOCS = Path(__file__).parents[3] / "docs" / "config.md"


def documented() -> dict[str, str]:
    """Give each key of the page's tables with its default."""
    return {row["key"]: row["default"] for row in ROW.finditer(DOCS.read_text(encoding="utf-8"))}


def modelled() -> dict[str, Any]:
    """Give each key of the model that is no section, with its default as the file has it."""
    sections = known_keys()
    keys = {}
    for path, names in sections.items():
        for name in names:
            if (*path, name) not in sections:
                keys[".".join((*path, name))] = default_of((*path, name))
    return {key: default for key, default in keys.items() if key != "fields"}


def default_of(path: tuple[str, ...]) -> Any:
    """Follow a path through the models."""
    model: Any = Config
    for part in path[:-1]:
        model = FieldSource if part == EVERY else model.model_fields[part].annotation
        model = next(iter(get_args(model)), model)  # of a section that may be missing
    by_key = {field.alias or name: field for name, field in model.model_fields.items()}
    return by_key[path[-1]].default


def test_every_key_has_its_row_and_no_other() -> None:
    """A key would be undocumented, or a documented one would not exist."""
    assert set(documented()) - {"fields.*"} == set(modelled())


def test_every_default_is_the_models() -> None:
    """The page would promise another default than the bridge has."""
    rows = documented()
    for key, default in modelled().items():
        if default is PydanticUndefined:
            assert rows[key].startswith("*none"), key
        else:
            told = yaml.safe_load(rows[key].strip("`"))
            assert told == (list(default) if isinstance(default, tuple) else default), key


def test_the_default_mapping_is_the_models() -> None:
    """The page would show other fields than are copied."""
    block = re.search(r"```yaml\n(fields:.+?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)

    assert block is not None
    assert yaml.safe_load(block[1])["fields"] == default_of(("fields",))


def test_wordpress_fields_are_listed() -> None:
    """An owner could not know which names are WordPress's own."""
    text = DOCS.read_text(encoding="utf-8")

    assert [name for name in WORDPRESS_FIELDS if f"`{name}`" not in text] == []
    assert [name for name in SPECIAL_TARGETS if f"| `{name}: " not in text] == []
