"""The YAML file as a tree of source texts that knows where everything stands. Pure.

Read from the parser's events, before YAML's own rules turn texts into booleans, numbers and
dates. Of YAML, only what a configuration needs is taken: mappings, lists and texts, and what was
written once may be repeated (``&name``, ``*name``, ``<<: *name``). A text has no anchor: a password
that begins with & would be cut. Tags and a second document are refused with a sentence each.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

import yaml

from bridge.config.problems import KeyPath, Problem, dotted
from bridge.config.scalars import Scalar
from bridge.config.syntax import syntax_problem

DEEPEST = 12
MOST_REPEATED = 20_000
"""Keys that come from repeating others: a short file could say it is longer than any memory."""

Node: TypeAlias = "dict[str, Node] | list[Node] | Scalar"


def as_written(path: KeyPath) -> KeyPath:
    """Give the path itself."""
    return path


@dataclass(frozen=True, slots=True)
class Place:
    """Where something begins in the file; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class YamlTree:
    """What the file says, and what is wrong with its YAML."""

    root: "Node | None"
    """``None``: the file is no YAML, or empty."""
    places: Mapping[KeyPath, Place]
    """Keys of mappings, and members of lists."""
    problems: tuple[Problem, ...]
    spoilt: frozenset[KeyPath]
    """Where a problem was found already: what stands there need not be complained about again."""
    origin: Callable[[KeyPath], KeyPath] = as_written
    """Where in the file a path below ``root`` stands; several sites have a root each."""

    def shown(self, path: KeyPath) -> str:
        """Write a path below ``root`` as people find it in the file."""
        return dotted(self.origin(path))

    def is_spoilt(self, path: KeyPath) -> bool:
        """Whether a problem was found already at this path below ``root``, or around it."""
        path = self.origin(path)
        return any(path[: len(spoilt)] == spoilt for spoilt in self.spoilt)

    def has(self, path: KeyPath) -> bool:
        """Whether something stands in the file at this path below ``root``."""
        return self.origin(path) in self.places

    def place(self, path: KeyPath) -> Place | None:
        """Give the place of a value, or of the nearest key around it; else ``None``."""
        path = self.origin(path)
        while path and path not in self.places:
            path = path[:-1]
        return self.places[path] if path else None


def read_yaml(text: str) -> YamlTree:
    """Read the text of a YAML file; never raises for what stands in it."""
    reader = _Reader(yaml.parse(text, yaml.SafeLoader))
    try:
        root = reader.root()
    except yaml.YAMLError as error:
        root = None
        reader.problems.append(syntax_problem(error, text))
    except _TooDeepError:
        root = None
    return YamlTree(root, reader.places, tuple(reader.problems), frozenset(reader.spoilt))


class _TooDeepError(Exception):
    pass


class _Reader:
    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self.places: dict[KeyPath, Place] = {}
        self.problems: list[Problem] = []
        self.spoilt: set[KeyPath] = set()
        self._anchored: dict[str, tuple[KeyPath, Node]] = {}
        self._repeated = 0

    def root(self) -> "Node | None":
        next(self._events)  # the stream begins
        event = next(self._events)
        if not isinstance(event, yaml.DocumentStartEvent):
            self.problems.append(Problem("the file is empty", "copy the commented example"))
            return None
        root = self._node(next(self._events), ())
        next(self._events)  # the document ends
        event = next(self._events)
        if isinstance(event, yaml.DocumentStartEvent):
            self._complain((), event, "a second document begins here", "take out the line ---")
            return None
        return root

    def _node(self, event: yaml.Event, path: KeyPath) -> Node:
        self.places.setdefault(path, _place(event))
        if len(path) > DEEPEST:
            self._complain(path, event, "this is nested too deeply", "write it flat")
            raise _TooDeepError
        self._check(event, path)
        if isinstance(event, yaml.AliasEvent):
            return self._again(event, path)
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, quoted=event.style is not None)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        node = self._mapping(path) if is_mapping else self._list(path)
        if anchor := getattr(event, "anchor", None):
            self._anchored[anchor] = (path, node)
        return node

    def _check(self, event: yaml.Event, path: KeyPath) -> None:
        quotes = "put the text in quotes if it is meant"
        if isinstance(event, yaml.ScalarEvent) and event.anchor is not None:
            self._complain(path, event, "YAML's anchors (&) go to sections and lists only", quotes)
        elif getattr(event, "tag", None) is not None:
            self._complain(path, event, "YAML's tags (!) are not used here", quotes)

    def _again(self, event: yaml.AliasEvent, path: KeyPath) -> Node:
        """Repeat what has been marked; mistakes in it are told where it was written."""
        # The name is not shown: it may be a password that begins with *.
        if event.anchor not in self._anchored:
            hint = "mark it above with &, or put the text in quotes if it is meant"
            self._complain(path, event, "no section or list has been marked with this name", hint)
            return Scalar("")
        marked, node = self._anchored[event.anchor]
        self._copy(marked, path, event)
        return node

    def _copy(self, from_: KeyPath, to: KeyPath, event: yaml.Event) -> None:
        """Let what stands below one path stand below another too."""
        depth = len(from_)
        below = {path: at for path, at in self.places.items() if path[:depth] == from_}
        self._repeated += len(below)
        if self._repeated > MOST_REPEATED or any(
            len(to) + len(path) - depth > DEEPEST for path in below
        ):
            self._complain(to, event, "this repeats too much", "write it once, or without *")
            raise _TooDeepError
        for path, at in below.items():
            self.places.setdefault((*to, *path[depth:]), at)
        self.spoilt |= {(*to, *path[depth:]) for path in self.spoilt if path[:depth] == from_}

    def _mapping(self, path: KeyPath) -> Node:
        found: dict[str, Node] = {}
        taken_over: dict[str, Node] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if _is_merge_key(event):
                taken_over |= self._merged(path)
                continue
            key = self._key(event, path)
            below = (*path, key)
            if key in found:
                first = self.places[below].line
                message = f"this key is given twice, first in line {first}"
                self._complain(below, event, message, "keep one of them")
            else:
                self.places[below] = _place(event)
            found[key] = self._node(next(self._events), below)
        return {**taken_over, **found}

    def _merged(self, path: KeyPath) -> dict[str, Node]:
        """Give what ``<<: *name`` repeats among a mapping's own keys, which go before it."""
        event = next(self._events)
        below = (*path, "<<")
        node = self._node(event, below)
        if not isinstance(node, dict):
            if below not in self.spoilt:
                self._complain(below, event, "<<: repeats a marked section", "write <<: *name")
            return {}
        self._copy(below, path, event)
        return node

    def _key(self, event: yaml.Event, path: KeyPath) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self._complain(path, event, "a key is a text", "put text that begins with { in quotes")
            self._node(event, (*path, "?"))
            return ""
        key = Scalar(event.value, quoted=event.style is not None)
        below = (*path, key.text)
        self._check(event, below)
        if (read_as := key.read_as) is not None:
            hint = f"YAML reads it as {read_as}"
            self._complain(below, event, "write this key in quotes", hint)
        return key.text

    def _list(self, path: KeyPath) -> Node:
        found: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            found.append(self._node(event, (*path, len(found))))
        return found

    def _complain(self, path: KeyPath, event: yaml.Event, message: str, hint: str) -> None:
        place = _place(event)
        self.problems.append(Problem(message, hint, dotted(path), place.line, place.column))
        self.spoilt.add(path)


def _is_merge_key(event: yaml.Event) -> bool:
    """Whether this is the key ``<<``, unquoted (https://yaml.org/type/merge.html)."""
    return isinstance(event, yaml.ScalarEvent) and event.value == "<<" and event.style is None


def _place(event: yaml.Event) -> Place:
    mark = cast("yaml.Mark", event.start_mark)  # the parser gives one to every event
    return Place(mark.line + 1, mark.column + 1)
