"""Secrets of the configuration: ``{env: NAME}``, ``{file: PATH}``, or the text itself.

No message here quotes what was written: a secret often stands where its name should.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, SecretStr, ValidationInfo, WithJsonSchema

from bridge.config.placeholders import refuse_placeholder
from bridge.config.problems import refuse
from bridge.config.scalars import Scalar

SHORTEST_SECRET = 8
SAFE_ACCESS_KEY = 16
"""Characters; WP Fusion's own keys have eight, and campaigns bring them along: a warning."""
FEWEST_DIFFERENT_CHARACTERS = 5
ADMIN_PASSWORD_VARIABLE = "KEAP_BRIDGE_ADMIN_PASSWORD"  # noqa: S105 - a variable's name
_LARGEST_FILE = 64 * 1024

_FORMS = "write {env: NAME}, {file: PATH}, or the text itself in quotes"


@dataclass(frozen=True, slots=True)
class Sources:
    """Where secrets come from; handed to the model as its validation context."""

    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    folder: Path = Path()
    """The configuration file's folder: relative paths in it start there."""


def sources_of(info: ValidationInfo) -> Sources:
    """Give the sources that the validation was started with, or empty ones."""
    return info.context if isinstance(info.context, Sources) else Sources()


def read_secret(value: object, info: ValidationInfo) -> SecretStr:
    """Find the secret that a value of the file names or is.

    Raises:
        Mistake: it cannot be found, is empty, or cannot be what is meant.
    """
    match value:
        case SecretStr():
            text = value.get_secret_value()
        case str():
            text = value
        case Scalar(quoted=False) if value.is_null:
            refuse("no secret is written here", _FORMS)
        case Scalar() if value.read_as is not None:
            refuse("write this secret in quotes", f"YAML reads it as {value.read_as}")
        case Scalar():
            text = value.text
        case {"env": str() | Scalar() as name, **others} if not others:
            text = _from_environment(_text(name), sources_of(info).environ)
        case {"file": str() | Scalar() as path, **others} if not others:
            text = _from_file(sources_of(info).folder / _text(path))
        case _:
            refuse("this is no way to give a secret", _FORMS)
    return SecretStr(_checked(text))


def _text(value: str | Scalar) -> str:
    return value.text if isinstance(value, Scalar) else value


def _from_environment(name: str, environ: Mapping[str, str]) -> str:
    # Only what is clearly a name is repeated: a secret in its place must not be shown.
    looks_like_a_name = re.fullmatch(r"[A-Z][A-Z0-9]{1,15}(_[A-Z0-9]{1,15})*", name)
    said, hint = f"the environment variable {name}", "set it before the bridge starts"
    if not looks_like_a_name:
        said, hint = (
            "the environment variable",
            "env: takes a variable's NAME, not the secret itself",
        )
    if name not in environ:
        refuse(f"{said} is not set", hint)
    if not environ[name]:
        refuse(f"{said} is empty", hint)
    return environ[name]


def _from_file(path: Path) -> str:
    where = "a relative path starts in the folder of the configuration file"
    content, why = b"", "no such path"
    try:
        with path.open("rb") as file:
            content, why = file.read(_LARGEST_FILE + 1), ""
    except OSError as error:
        why = error.strerror or why
    except ValueError:  # a NUL in the path
        pass
    if why:
        refuse(f"the secret's file cannot be read ({why})", where)
    if len(content) > _LARGEST_FILE:
        refuse("the secret's file is too large to hold one secret")
    # What is not UTF-8 becomes a sign that the checks below refuse.
    text = re.sub(r"\r?\n\Z", "", content.decode("utf-8-sig", errors="surrogateescape"))
    if not text:
        refuse("the secret's file is empty", where)
    return text


def _checked(text: str) -> str:
    if text != text.strip() or not text.isprintable():
        message = "the secret begins or ends with a blank, or holds a line break or an odd sign"
        refuse(message, "take it out")
    refuse_placeholder(text)
    if len(text) < SHORTEST_SECRET:
        refuse("the secret is too short to be right", "was it cut off?")
    return text


def _good_access_key(secret: SecretStr) -> SecretStr:
    key = secret.get_secret_value()
    make_one = "make one with: openssl rand -hex 16"
    if len(set(key)) < FEWEST_DIFFERENT_CHARACTERS:
        refuse("the access key is too simple", make_one)
    return secret


def _good_token(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]+", secret.get_secret_value()):
        hint = "paste the token alone, without the word Bearer"
        refuse("a token has no blanks and only plain letters, digits and signs", hint)
    return secret


def _admin_password(value: object, info: ValidationInfo) -> SecretStr | None:
    """Find the page's password; where none is written, the environment may have one."""
    if value is None:
        written = {"env": ADMIN_PASSWORD_VARIABLE}
        return read_secret(written, info) if _in_environment(info) else None
    if isinstance(value, Scalar) and value.is_null and not value.quoted:
        return None
    return read_secret(value, info)


def _in_environment(info: ValidationInfo) -> bool:
    return bool(sources_of(info).environ.get(ADMIN_PASSWORD_VARIABLE))


def _named(key: str, description: str) -> dict[str, object]:
    return {
        "type": "object",
        "properties": {key: {"type": "string", "minLength": 1, "description": description}},
        "required": [key],
        "additionalProperties": False,
    }


_FORMS_AS_JSON = [
    _named("env", "The name of an environment variable."),
    _named("file", "A file that holds nothing else."),
    {"type": "string", "minLength": SHORTEST_SECRET},
]
Secret = Annotated[
    SecretStr, BeforeValidator(read_secret), WithJsonSchema({"anyOf": _FORMS_AS_JSON})
]
AccessKey = Annotated[Secret, AfterValidator(_good_access_key)]
Token = Annotated[Secret, AfterValidator(_good_token)]
AdminPassword = Annotated[
    SecretStr | None,
    BeforeValidator(_admin_password),
    WithJsonSchema({"anyOf": [*_FORMS_AS_JSON, {"type": "null"}]}),
]
