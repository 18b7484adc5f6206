"""From a file to a configuration, or to everything that is wrong with it."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from pydantic import ValidationError

from bridge.config.cautions import cautions
from bridge.config.explain import explain
from bridge.config.model import Config
from bridge.config.problems import ConfigProblems, Problem
from bridge.config.secret import Sources
from bridge.config.sites import clashes, in_own_schema, names_sites, shared_ends, take_apart
from bridge.config.yaml_tree import YamlTree, read_yaml

LARGEST_FILE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration that can be used, and what to know about it."""

    config: Config
    """The site's; of several, the first one's."""
    warnings: tuple[Problem, ...]
    version: str
    """The first 12 hex digits of the SHA-256 of the file: an attempt records it."""
    several: Mapping[str, Config] = field(default_factory=dict)
    """Each site's, by its name, where the file has ``sites:``; else empty."""

    @property
    def sites(self) -> Mapping[str, Config]:
        """Each site's by its name, which is empty where the file has no ``sites:``."""
        return self.several or {"": self.config}

    def secret_texts(self) -> tuple[str, ...]:
        """Give every site's secrets in each form that could turn up in a log line."""
        texts = (text for config in self.sites.values() for text in config.secret_texts())
        return tuple(dict.fromkeys(texts))


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
    sources = Sources(environ, path.absolute().parent)
    problems = list(tree.problems)
    trees = {"": tree}
    if several := names_sites(tree):
        parts = take_apart(tree)
        trees, problems = dict(parts.trees), [*problems, *parts.problems]
    sites = {}
    for name, part in trees.items():
        config = _one_site(part, sources, problems)
        if config is not None:
            sites[name] = in_own_schema(name, config) if several else config
    problems += clashes(sites, trees)
    if problems:
        raise ConfigProblems(path, _in_order(problems))
    warnings = [each for name in sites for each in cautions(sites[name], trees[name], path)]
    warnings += shared_ends(sites, trees)
    version = hashlib.sha256(content).hexdigest()[:12]
    first = next(iter(sites.values()))
    return Loaded(first, _in_order(warnings), version, sites if several else {})


def _one_site(tree: YamlTree, sources: Sources, problems: list[Problem]) -> Config | None:
    """Check what stands in a file, or would stand in a site's own; tell what is wrong with it."""
    if tree.root is None:
        return None
    try:
        return Config.model_validate(tree.root, context=sources)
    except ValidationError as error:
        problems += explain(error.errors(include_input=False, include_url=False), tree)
    return None


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Give problems as the file has them; what all sites share is said once."""
    once = dict.fromkeys(problems)
    return tuple(sorted(once, key=lambda problem: (problem.line or 0, problem.column or 0)))


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
