"""What is wrong with the configuration file, as findings. Pure."""

from collections.abc import Iterator, Sequence

from bridge.check.finding import Finding, Level
from bridge.config import Loaded
from bridge.config.problems import Problem


def on_loaded(loaded: Loaded, file: str) -> Iterator[Finding]:
    """Say that the file can be used, and what to look at in it."""
    yield Finding("ok", file, f"it has no mistakes (version {loaded.version})")
    yield from _findings("warning", loaded.warnings, file)


def on_problems(problems: Sequence[Problem], file: str) -> Iterator[Finding]:
    """Say every mistake that keeps the file from being used."""
    yield from _findings("problem", problems, file)


def _findings(level: Level, problems: Sequence[Problem], file: str) -> Iterator[Finding]:
    for problem in problems:
        place = file if problem.line is None else f"{file}:{problem.line}"
        sentence = f"{problem.path}: {problem.message}" if problem.path else problem.message
        yield Finding(level, place, sentence, problem.hint)
