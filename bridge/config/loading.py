"""From a file to a configuration, or to everything that is wrong with it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from pydantic import ValidationError

from bridge.config.cautions import cautions
from bridge.config.explain import explain
from bridge.config.model import Config
from bridge.config.problems import ConfigProblems, Problem
from bridge.config.secret import Sources
from bridge.config.yaml_tree import read_yaml

LARGEST_FILE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration that can be used, and what to know about it."""

    config: Config
    warnings: tuple[Problem, ...]
    version: str
    """The first 12 hex digits of the SHA-256 of the file: an attempt records it."""


def load(path: Path, environ: Mapping[str, str]) -> Loaded:
    """Read and check a configuration file.

    Args:
        path: the file; relative paths in it start in its folder.
        environ: where ``{env: NAME}`` looks.

    Raises:
        ConfigProblems: with every mistake in the file, in its order.
    """
    content = _read(path)
    tree = read_yaml(_decoded(path, content))
    problems = list(tree.problems)
    config = None
    if tree.root is not None:
        try:
            config = Config.model_validate(
                tree.root, context=Sources(environ, path.absolute().parent)
            )
        except ValidationError as error:
            details = error.errors(include_input=False, include_url=False)
            problems += explain(details, tree)
    if config is None or problems:
        in_order = sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0))
        raise ConfigProblems(path, tuple(in_order))
    version = hashlib.sha256(content).hexdigest()[:12]
    return Loaded(config, cautions(config, tree, path), version)


def _read(path: Path) -> bytes:
    example = "copy config.yaml, the commented example, and fill it in, or name yours with --config"
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        _refuse(path, Problem("there is no such file", example))
    except OSError as error:
        _refuse(
            path, Problem(f"the file cannot be read ({error.strerror})", "is it the right one?")
        )
    if len(content) > LARGEST_FILE:
        _refuse(path, Problem("the file is larger than 1 MiB", "is it the right one?"))
    return content


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        _refuse(path, Problem("this is not UTF-8", "save the file as UTF-8", line=line))


def _refuse(path: Path, problem: Problem) -> NoReturn:
    raise ConfigProblems(path, (problem,)) from None
