"""Values that an example left behind: they look filled in, and nothing works with them."""

import re

from bridge.config.problems import refuse

_LEFT_OVER = re.compile(
    r"""
      <.*>                             # <your token>
    | .*(\u2026|\.\.\.)                  # KeapAK-…
    | (KeapAK-)?[x*][x*\ -]*             # xxxx xxxx xxxx
    | (KeapAK-)?(change|replace|fill)[ _-]?(me|this|it|in).*
    | (put|insert|enter|paste)[ _-].*[ _-](here|key|token|password)
    | your[ _-].*
    | to[ _-]?do | tbd | placeholder | secret | password | access[ _-]?key | token
    """,
    re.IGNORECASE | re.VERBOSE,
)


def refuse_placeholder(text: str) -> str:
    """Give the text back unless it is one that stands for another.

    Raises:
        Mistake: without quoting it.
    """
    if _LEFT_OVER.fullmatch(text):
        refuse("this still is the example's text", "put your own here")
    return text


def is_example_host(host: str) -> bool:
    """Say whether a host name is reserved for examples (RFC 2606, sections 2 and 3)."""
    labels = host.lower().rstrip(".").split(".")
    return labels[-1] in {"example", "invalid"} or labels[-2:-1] == ["example"]
