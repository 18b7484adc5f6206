"""Single values of the file: kept as they were written, read as what the model expects.

YAML 1.1 turns ``NO`` into false, ``0123`` into 83 and ``12:30:00`` into 45000 before anybody
can ask what was meant. So the file's scalars arrive here as their source text, and the model's
types decide: :data:`Text` refuses what YAML would not read as text, :data:`Flag` takes only
``true`` and ``false``, numbers are plain digits.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import yaml
from pydantic import BeforeValidator

from bridge.config.problems import refuse

_READ_AS = {
    "int": "a number",
    "float": "a number",
    "timestamp": "a date",
    "null": "nothing",
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar as the file has it."""

    text: str
    quoted: bool = False

    @property
    def read_as(self) -> str | None:
        """What YAML 1.1 makes of it where that is not text, such as ``a number``."""
        if self.quoted:
            return None
        kind = _yaml_kind(self.text)
        if kind == "bool":
            return "true" if self.text.lower() in {"true", "yes", "on"} else "false"
        return None if kind == "str" else _READ_AS.get(kind, "a sign")

    @property
    def is_null(self) -> bool:
        """Whether nothing stands there: ``~``, ``null`` or no text at all."""
        return self.read_as == _READ_AS["null"]


def _yaml_kind(text: str) -> str:
    resolver = yaml.SafeLoader("")
    # PyYAML's stubs leave this one method without types.
    tag: str = resolver.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return tag.removeprefix("tag:yaml.org,2002:")


def as_text(value: object) -> str:
    """Give the text that was written, if YAML agrees that it is text and it is not empty.

    Raises:
        Mistake: with the way to write it.
    """
    if isinstance(value, Scalar):
        if value.is_null:
            refuse("nothing is written here", "write a text, or leave the line out")
        if value.read_as in {"true", "false"}:
            refuse(f'write "{value.text}" in quotes', f"YAML reads it as {value.read_as}")
        if value.read_as is not None:
            refuse("write this in quotes", f"YAML reads it as {value.read_as}, not as text")
        value = value.text
    if not isinstance(value, str):
        refuse("a text is wanted here")
    if not value.strip():
        refuse("nothing is written here", "write a text, or leave the line out")
    if value != value.strip():
        refuse("the text begins or ends with a blank", "take the blank out")
    if not value.isprintable():
        refuse("the text holds a line break or a control character", "take it out")
    return value


def or_nothing(value: object) -> object:
    """Give ``None`` where ``null`` or nothing is written, else the value for its own type."""
    return None if isinstance(value, Scalar) and value.is_null else value


def as_word(value: object) -> object:
    """Give the source text for a choice among fixed words, which the model then checks."""
    return value.text if isinstance(value, Scalar) else value


def as_flag(value: object) -> bool:
    """Read ``true`` or ``false``, and nothing else that YAML 1.1 takes for one of them."""
    word = value.text.lower() if isinstance(value, Scalar) else value
    if word not in (True, False, "true", "false"):
        refuse("write true or false")
    return word in (True, "true")


def as_whole(value: object) -> int:
    """Read a whole number written in plain digits."""
    digits = value.text if isinstance(value, Scalar) else repr(value)
    if not re.fullmatch(r"0|[1-9][0-9]{0,8}", digits):
        refuse("write a whole number in plain digits", "such as 200")
    return int(digits)


def as_number(value: object) -> float:
    """Read a number of seconds, such as 30 or 2.5."""
    digits = value.text if isinstance(value, Scalar) else repr(value)
    if not re.fullmatch(r"(0|[1-9][0-9]{0,8})(\.[0-9]+)?", digits):
        refuse("write a number of seconds in plain digits", "such as 30")
    return float(digits)


def as_duration(value: object) -> timedelta:
    """Read a length of time, such as 24h or 7d; an hour at least."""
    text = value.text if isinstance(value, Scalar) else value
    written = re.fullmatch(r"([1-9][0-9]{0,3})([hd])", text) if isinstance(text, str) else None
    if written is None:
        refuse("write a length of time in hours or days", "such as 24h or 7d")
    return timedelta(**{{"h": "hours", "d": "days"}[written[2]]: int(written[1])})


Text = Annotated[str, BeforeValidator(as_text)]
Flag = Annotated[bool, BeforeValidator(as_flag)]
Whole = Annotated[int, BeforeValidator(as_whole)]
Number = Annotated[float, BeforeValidator(as_number)]
Duration = Annotated[timedelta, BeforeValidator(as_duration)]
