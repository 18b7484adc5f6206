"""The configuration in force as a file would have it. Pure; no section with secrets is written."""

from typing import Any

import yaml

from bridge.config.model import Config
from bridge.config.sources import FieldSource

WIDTH = 100


def mapping_as_yaml(config: Config) -> str:
    """Write what becomes of a contact: ``users``, ``fields`` and ``tags``, defaults included."""
    written = config.model_dump(mode="json", by_alias=True, include={"users", "tags"})
    shown = {
        "users": written["users"],
        "fields": {target: _source(source) for target, source in config.fields.items()},
        "tags": written["tags"],
    }
    text: str = yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=WIDTH)
    return text


def _source(source: FieldSource) -> Any:
    """Give a source as briefly as a person would write it."""
    keys = source.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return keys["from"] if set(keys) == {"from"} else keys
