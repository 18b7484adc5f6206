"""The names of all keys, and what to say about one that is none of them. Pure."""

import difflib
import inspect
import re
from collections.abc import Callable
from typing import Any, TypeAlias, TypeGuard, get_args

from bridge.config.mapping import SPECIAL_TARGETS, WORDPRESS_FIELDS
from bridge.config.model import Config
from bridge.config.problems import KeyPath
from bridge.config.section import Section
from bridge.config.yaml_tree import as_written

SectionPath: TypeAlias = "tuple[str, ...]"

CERTAIN = 0.85
"""So much alike are a key and its slip, of which nobody asks where else it could belong."""

EVERY = "*"
"""Stands in a section's path for a key that the file's owner names."""

SITES = "sites"
"""The key of several sites: :mod:`bridge.config.sites`."""


def known_keys() -> dict[SectionPath, tuple[str, ...]]:
    """Give the keys of every section, by the section's path; the whole file's is empty."""
    found: dict[SectionPath, tuple[str, ...]] = {}
    _collect(Config, (), found)
    return found


def _collect(
    model: type[Section], path: SectionPath, found: dict[SectionPath, tuple[str, ...]]
) -> None:
    keys = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
    found[path] = tuple(keys)
    for key, annotation in keys.items():
        if _is_section(annotation):
            _collect(annotation, (*path, key), found)
        arguments = get_args(annotation)
        # A section that may be missing stands under its own name, others under their owner's.
        below = (*path, key) if type(None) in arguments else (*path, key, EVERY)
        for argument in filter(_is_section, arguments):
            _collect(argument, below, found)


def _is_section(annotation: Any) -> TypeGuard[type[Section]]:
    return inspect.isclass(annotation) and issubclass(annotation, Section)


def say_unknown(
    path: KeyPath, origin: Callable[[KeyPath], KeyPath] = as_written
) -> tuple[KeyPath, str, str]:
    """Say what is wrong with a key that the model does not know, and what to write instead.

    Args:
        path: Of the key, as the model has it.
        origin: Where in the file something stands that the model has at a path.

    Returns:
        The path to show, the message, the hint.
        The path ends in ``…`` where the key could be a secret that stands in the wrong place.
    """
    section, key = _section_path(path[:-1]), str(path[-1])
    path = origin(path)
    sections = _in_the_file(known_keys(), origin)
    section = _names_of(origin((*section, key))[:-1])
    message = "there is no such key"
    if slip := _nearest(key, sections.get(section, ()), CERTAIN):
        return path, message, f'did you mean "{slip}"?'
    if elsewhere := _homes(key, sections):
        return path, message, f"it belongs {elsewhere}"
    if near := _nearest(key, sections.get(section, ())):
        return path, message, f'did you mean "{near}"?'
    hint = f"the keys here are {', '.join(sections.get(section, ()))}"
    return (path if _is_harmless(key) else (*path[:-1], "…")), message, hint


def _in_the_file(
    sections: dict[SectionPath, tuple[str, ...]], origin: Callable[[KeyPath], KeyPath]
) -> dict[SectionPath, tuple[str, ...]]:
    """Give the keys by where they stand in the file."""
    found: dict[SectionPath, tuple[str, ...]] = {(): (SITES,)}
    for section, keys in sections.items():
        for key in keys:
            home = _names_of(origin((*section, key))[:-1])
            found[home] = (*found.get(home, ()), key)
    return found


def _names_of(path: KeyPath) -> SectionPath:
    return tuple(str(part) for part in path)


def _section_path(path: KeyPath) -> SectionPath:
    if path[:1] == ("fields",) and path[1:]:
        return ("fields", EVERY)
    return _names_of(path)


def _homes(key: str, sections: dict[SectionPath, tuple[str, ...]]) -> str:
    if key in sections[()]:
        return "at the left edge of the file, under no other key"
    homes = [path for path, keys in sections.items() if key in keys and EVERY not in path]
    if key in (*WORDPRESS_FIELDS, *SPECIAL_TARGETS):
        homes += [path[:-1] for path in sections if path[-2:] == ("fields", EVERY)]
    return " or ".join(f"under {'.'.join(path)}:" for path in homes)


def _nearest(key: str, names: tuple[str, ...], likeness: float = 0.6) -> str | None:
    plain = key.lower().replace("-", "_")
    swapped = [name for name in names if sorted(name) == sorted(plain)]  # form: from, not format
    near = [*swapped, *difflib.get_close_matches(plain, names, n=1, cutoff=likeness)]
    return near[0] if near else None


def _is_harmless(key: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z_-]+[0-9]{0,2}", key)) and len(key) <= 24  # noqa: PLR2004
