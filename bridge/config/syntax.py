"""What PyYAML cannot read, in words for the file's owner.

PyYAML's own messages show pieces of the file, which may be a secret; none of them is passed on.
"""

import yaml

from bridge.config.problems import Problem

_SENTENCES = (
    ("'\\t'", "a tab stands here", "YAML wants blanks"),
    (
        "mapping values are not allowed",
        "a colon stands where none can be",
        "put the text in quotes",
    ),
    ("could not find expected ':'", "a colon is missing in this line or the one before", ""),
    ("unexpected end of stream", "a quote is opened and never closed", "close it"),
    ("expected ',' or", "a bracket is opened and never closed, or a comma is missing", ""),
    ("cannot start any token", "this sign cannot begin a text", "put the text in quotes"),
    ("expected '<document start>'", "this line is indented otherwise than its neighbours", ""),
    ("expected <block end>", "this line is indented otherwise than its neighbours", ""),
    ("escape", "a backslash inside double quotes means something else", "use single quotes"),
    ("alphabetic or numeric", "& and * cannot begin a text", "put the text in quotes"),
)


def syntax_problem(error: yaml.YAMLError, text: str) -> Problem:
    """Say where a text stops being YAML, and what probably happened."""
    if isinstance(error, yaml.reader.ReaderError):
        line_of_sign = text.count("\n", 0, error.position) + 1
        return Problem("a control character stands here", "take it out", line=line_of_sign)
    mark = getattr(error, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (None, None)
    said = getattr(error, "problem", None) or ""
    for part, message, hint in _SENTENCES:
        if part in said:
            return Problem(message, hint, line=line, column=column)
    return Problem("this is not YAML", "compare with the commented example", "", line, column)
