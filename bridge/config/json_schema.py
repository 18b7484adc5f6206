"""The JSON Schema of config.yaml, by which editors complete and check it.

``make schema`` writes config.schema.json anew. Types, choices and defaults are the models',
descriptions those of docs/config.md: whoever adds a key there and here has nothing else to do.
A type whose schema pydantic cannot know says it with ``WithJsonSchema``.
https://json-schema.org/draft/2020-12
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from bridge.config.keys import EVERY, SITES
from bridge.config.model import Config
from bridge.config.section import Section  # noqa: TC001 - a class is read from it
from bridge.config.sites import NAME, OWN

ROOT = Path(__file__).parents[2]
FILE = ROOT / "config.schema.json"
DESCRIPTIONS = ROOT / "docs" / "config.md"

ROW = re.compile(r"^\| `(?P<key>[a-z_.*]+)` \| (?P<default>.+?) \| (?P<text>.+) \|$", re.MULTILINE)
"""A key's row in docs/config.md."""

Schema: TypeAlias = "dict[str, Any]"  # JSON

OWN_DEFAULTS = ("path", "store")
"""Of these keys a site's default has its name in it."""

BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
"""pydantic's own words, which it leaves where a validator of ours stands before the bound."""


class _Generate(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: object) -> bool:
        """Say no: the keys are their own titles."""
        del schema
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Give a section's: nothing may stand under it, and some have a short form."""
        found = super().model_schema(schema)
        found.pop("title", None)
        model: type[Section] = schema["cls"]
        if not found.get("required"):
            found["type"] = ["object", "null"]
        if model.SHORT_FOR is not None:
            found = {"anyOf": [found["properties"][model.SHORT_FOR], found]}
        return found


def schema_of_config(descriptions: Mapping[str, str]) -> Schema:
    """Give the schema of the whole file.

    Args:
        descriptions: What each key does, by its path: ``users.roles.mode``, ``fields.*.from``.
    """
    found = Config.model_json_schema(schema_generator=_Generate)
    _complete(found, (), found, descriptions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "config.yaml of the Keap → WordPress bridge",
        **_with_sites(found),
    }


def _with_sites(whole: Schema) -> Schema:
    """Let the file have several sites in place of one; each has what a file of its own would."""
    parts = {key: node for key, node in whole["properties"].items() if key != "server"}
    server = whole["$defs"]["Server"]["properties"]
    own = {key: {**server[key]} for key in OWN}
    for key in OWN_DEFAULTS:
        own[key].pop("default", None)
    needed = whole.pop("required", [])
    whole["$defs"]["Site"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {**own, **parts},
        "required": needed,
    }
    whole["properties"][SITES] = {
        "type": "object",
        "description": "Several sites from one bridge, by their names: docs/sites.md.",
        "minProperties": 1,
        "propertyNames": {"pattern": f"^{NAME.pattern}$"},
        "additionalProperties": {"$ref": "#/$defs/Site"},
    }
    shared = {"server": {"properties": dict.fromkeys(OWN, False)}}
    return {
        **whole,
        "type": "object",
        "if": {"required": [SITES]},
        "then": {"properties": {**shared, **dict.fromkeys(parts, False)}},
        "else": {"required": needed},
    }


def descriptions_in(page: str) -> dict[str, str]:
    """Read what each key does out of docs/config.md, without its links."""
    return {
        row["key"]: re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", row["text"])
        for row in ROW.finditer(page)
    }


def as_text(schema: Schema) -> str:
    """Give a schema as the file has it."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def generated() -> str:
    """Give what config.schema.json has to hold."""
    return as_text(schema_of_config(descriptions_in(DESCRIPTIONS.read_text("utf-8"))))


def _complete(
    node: Schema, path: tuple[str, ...], whole: Schema, descriptions: Mapping[str, str]
) -> None:
    """Describe the keys below a node, and demand sections that have something to be given."""
    node = _resolved(node, whole)
    for form in node.get("anyOf", []):
        _complete(form, path, whole, descriptions)
    for name, bound in BOUNDS.items():
        if name in node:
            node[bound] = node.pop(name)
    if isinstance(every := node.get("additionalProperties"), dict):
        if text := descriptions.get(".".join((*path, EVERY))):
            every["description"] = text
        _complete(every, (*path, EVERY), whole, descriptions)
    for key, below in node.get("properties", {}).items():
        if text := descriptions.get(".".join((*path, key))):
            below["description"] = text
        if below.get("default") == {} and _resolved(below, whole).get("required"):
            del below["default"]
            node.setdefault("required", []).append(key)
            node["type"] = "object"
        _complete(below, (*path, key), whole, descriptions)


def _resolved(node: Schema, whole: Schema) -> Schema:
    name = node.get("$ref", "").removeprefix("#/$defs/")
    found: Schema = whole["$defs"][name] if name else node
    return found


if __name__ == "__main__":
    FILE.write_text(generated(), "utf-8")
