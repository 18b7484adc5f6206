"""Access keys of the configuration: a secret, and a name that may be shown."""

from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, Any

from pydantic import BeforeValidator, SecretStr, ValidationInfo, WithJsonSchema

from bridge.config.problems import refuse
from bridge.config.scalars import Scalar, as_text
from bridge.config.secret import FORMS_AS_JSON, good_access_key, read_secret

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class AccessKey:
    """One of the keys that open the door for Keap."""

    name: str
    """Shown where the key itself must not be. Empty: it stands in the file without any."""
    secret: SecretStr

    def get_secret_value(self) -> str:
        """Give the key itself."""
        return self.secret.get_secret_value()


def read_access_key(value: object, info: ValidationInfo) -> AccessKey:
    """Read a secret with or without ``name:``; the variable's or file's name stands in for it.

    Raises:
        Mistake: the secret or its name cannot be used.
    """
    if isinstance(value, AccessKey):
        return value
    written, name = value, ""
    if isinstance(value, dict):
        written = {key: each for key, each in value.items() if key != "name"}
        where = written.get("env") or written.get("file")
        name = PurePath(where.text if isinstance(where, Scalar) else str(where)).name
        if "name" in value:
            name = _name(value["name"])
    return AccessKey(name, good_access_key(read_secret(written, info)))


def _name(written: object) -> str:
    name = as_text(written)
    if len(name) > LONGEST_NAME:
        refuse(f"a key's name has at most {LONGEST_NAME} characters", "such as spring campaign")
    return name


def _with_name(form: dict[str, Any]) -> dict[str, Any]:
    if form["type"] != "object":
        return form
    name = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}
    return {**form, "properties": {**form["properties"], "name": name}}


_AS_JSON = {"anyOf": [_with_name(form) for form in FORMS_AS_JSON]}
WrittenAccessKey = Annotated[AccessKey, BeforeValidator(read_access_key), WithJsonSchema(_AS_JSON)]


def named(keys: tuple[AccessKey, ...]) -> tuple[AccessKey, ...]:
    """Give the keys, all different and each with a name of its own: ``key 2`` is the second.

    Raises:
        Mistake: two are the same, or have the same name.
    """
    found: list[AccessKey] = []
    for position, key in enumerate(keys):
        if key.get_secret_value() in (other.get_secret_value() for other in found):
            refuse("this access key is given twice", "take one out", at=(position,))
        name = key.name or f"key {position + 1}"
        if name in (other.name for other in found):
            hint = "write name: beside env: or file:"
            refuse("another access key has this name", hint, at=(position,))
        found.append(AccessKey(name, key.secret))
    return tuple(found)
