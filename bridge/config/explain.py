"""What pydantic found, in words for the file's owner, with the place of each mistake. Pure."""

from collections.abc import Iterable

from pydantic_core import ErrorDetails

from bridge.config.keys import say_unknown
from bridge.config.problems import KeyPath, Mistake, Problem, dotted
from bridge.config.yaml_tree import YamlTree

_SECTION = ("keys are wanted here", "write them indented below, as the commented example does")
_LIST = ("a list is wanted here", "write it in [ ]")
_SENTENCES = {
    "model_type": _SECTION,
    "dict_type": _SECTION,
    "tuple_type": _LIST,
    "literal_error": ("this word is not known here", "write {expected}"),
    "too_short": ("the list is empty", "write at least {min_length}"),
    "greater_than": ("the number is too small", "write more than {gt:g}"),
    "greater_than_equal": ("the number is too small", "write at least {ge:g}"),
    "less_than_equal": ("the number is too large", "write at most {le:g}"),
}


def explain(errors: Iterable[ErrorDetails], tree: YamlTree) -> list[Problem]:
    """Turn a validation's errors into problems, without the mere consequences of others."""
    found = [(_path(error), error) for error in errors]
    paths = [path for path, _ in found]
    return [
        _problem(path, error, tree)
        for path, error in found
        if not tree.is_spoilt(path)
        # A list whose members are all refused is called empty by pydantic too.
        and not (error["type"] == "too_short" and any(_is_below(other, path) for other in paths))
    ]


def _path(error: ErrorDetails) -> KeyPath:
    path = tuple(part for part in error["loc"] if part != "[key]")
    mistake = error.get("ctx", {}).get("error")
    return (*path, *mistake.at) if isinstance(mistake, Mistake) else path


def _is_below(other: KeyPath, path: KeyPath) -> bool:
    return len(other) > len(path) and other[: len(path)] == path


def _problem(path: KeyPath, error: ErrorDetails, tree: YamlTree) -> Problem:
    if path[:1] == ("fields",) and error["type"] == "value_error" and not tree.has(path):
        path = path[:2]  # "key: FieldName" is short for "key: {from: FieldName}"
    place = tree.place(path)
    line, column = (place.line, place.column) if place else (None, None)
    if error["type"] == "extra_forbidden":
        shown, message, hint = say_unknown(path, tree.origin)
        return Problem(message, hint, dotted(shown), line, column)
    message, hint = _sentence(tree.origin(path), error)
    return Problem(message, hint, tree.shown(path), line, column)


def _sentence(path: KeyPath, error: ErrorDetails) -> tuple[str, str]:
    context = error.get("ctx", {})
    mistake = context.get("error")
    if isinstance(mistake, Mistake):
        return mistake.message, mistake.hint
    if error["type"] == "missing":
        under = f" under {dotted(path[:-1])}" if path[1:] else ""
        return "this key is missing", f'write "{path[-1]}: …"{under}'
    if error["type"] in _SENTENCES:
        message, hint = _SENTENCES[error["type"]]
        return message, hint.format(**context)
    return error["msg"], ""  # never with the input: see Section.model_config
