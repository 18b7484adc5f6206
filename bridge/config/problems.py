"""What is wrong with a configuration, said so that its owner can put it right."""

from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeAlias

KeyPath: TypeAlias = "tuple[str | int, ...]"
"""Where a value stands: keys and, inside lists, positions from 0."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, or one warning, with its place in the file."""

    message: str
    """What is wrong. Never quotes a value that could be a secret."""
    hint: str = ""
    """What to do about it."""
    path: str = ""
    """The key as written with dots, ``users.roles.mode``; empty: the file as a whole."""
    line: int | None = None
    """From 1; ``None``: nowhere in the file (it is missing, or a default is at fault)."""
    column: int | None = None
    """From 1."""

    def said_of(self, file: str) -> str:
        """Give the problem as one line: ``config.yaml:12: keap.tokn: there is …; did you …?``."""
        place = file if self.line is None else f"{file}:{self.line}"
        sentence = f"{self.message}; {self.hint}" if self.hint else self.message
        return ": ".join(part for part in (place, self.path, sentence) if part)


class ConfigProblems(Exception):
    """The configuration cannot be used; every mistake found in it is listed, in file order."""

    def __init__(self, file: Path, problems: tuple[Problem, ...]) -> None:
        self.file = file
        self.problems = problems
        super().__init__("\n".join(problem.said_of(str(file)) for problem in problems))


class Mistake(ValueError):
    """A value that a validator refuses, with a hint."""

    def __init__(self, message: str, hint: str = "", *, at: KeyPath = ()) -> None:
        self.message = message
        self.hint = hint
        self.at = at
        """Where, below the value that was validated."""
        super().__init__(message)


def refuse(message: str, hint: str = "", *, at: KeyPath = ()) -> NoReturn:
    """Refuse the value that is being validated, with a hint.

    Raises:
        Mistake: always.
    """
    raise Mistake(message, hint, at=at)


def dotted(path: KeyPath) -> str:
    """Write a path as people do: ``server.access_keys[1]`` counts from 1, as people do too."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")
