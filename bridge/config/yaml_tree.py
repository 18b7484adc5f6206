"""The YAML file as a tree of source texts that knows where everything stands. Pure.

Read from the parser's events, before YAML's own rules turn texts into booleans, numbers and
dates. Of YAML, only what a configuration needs is taken: mappings, lists and texts; anchors,
aliases, merge keys, tags and a second document are refused with a sentence each.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

import yaml

from bridge.config.problems import KeyPath, Problem, dotted
from bridge.config.scalars import Scalar
from bridge.config.syntax import syntax_problem

DEEPEST = 12

Node: TypeAlias = "dict[str, Node] | list[Node] | Scalar"


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

    def place(self, path: KeyPath) -> Place | None:
        """Give the place of a value, or of the nearest key around it; else ``None``."""
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
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(path)
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, quoted=event.style is not None)
        return Scalar("")  # an alias, complained about above

    def _check(self, event: yaml.Event, path: KeyPath) -> None:
        quotes = "put the text in quotes if it is meant"
        if isinstance(event, yaml.AliasEvent):
            self._complain(path, event, "YAML's references (*) are not used here", quotes)
        elif getattr(event, "anchor", None) is not None:
            self._complain(path, event, "YAML's anchors (&) are not used here", quotes)
        elif getattr(event, "tag", None) is not None:
            self._complain(path, event, "YAML's tags (!) are not used here", quotes)

    def _mapping(self, path: KeyPath) -> Node:
        found: dict[str, Node] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, path)
            below = (*path, key)
            if key in found:
                first = self.places[below].line
                message = f"this key is given twice, first in line {first}"
                self._complain(below, event, message, "keep one of them")
            else:
                self.places[below] = _place(event)
            found[key] = self._node(next(self._events), below)
        return found

    def _key(self, event: yaml.Event, path: KeyPath) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self._complain(path, event, "a key is a text", "put text that begins with { in quotes")
            self._node(event, (*path, "?"))
            return ""
        key = Scalar(event.value, quoted=event.style is not None)
        below = (*path, key.text)
        self._check(event, below)
        if key.text == "<<" and not key.quoted:
            self._complain(below, event, "YAML's merge keys (<<) are not used here", "")
        elif (read_as := key.read_as) is not None:
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


def _place(event: yaml.Event) -> Place:
    mark = cast("yaml.Mark", event.start_mark)  # the parser gives one to every event
    return Place(mark.line + 1, mark.column + 1)
