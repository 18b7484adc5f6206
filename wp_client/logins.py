"""Which user names WordPress accepts, and which to try in what order. Pure."""

import itertools
import re
from collections.abc import Iterator, Sequence

LONGEST = 60
"""Characters of ``user_login``; beyond, creating fails."""

VARIANTS = 20
"""How many numbers are tried behind a name that is taken; each costs a request."""

LEGAL = re.compile(r"[A-Za-z0-9_.@-]+( [A-Za-z0-9_.@-]+)*")
"""What ``sanitize_user( $name, true )`` leaves as it is.

https://developer.wordpress.org/reference/functions/sanitize_user/
"""


def is_legal(login: str) -> bool:
    """Whether WordPress accepts this as a user name; a plugin may still refuse it."""
    return len(login) <= LONGEST and LEGAL.fullmatch(login) is not None


def candidates(logins: Sequence[str]) -> Iterator[str]:
    """The legal ones of these, then numbered variants of the last."""
    legal = [login for login in logins if is_legal(login)]
    yield from legal
    for number in itertools.islice(itertools.count(2), VARIANTS if legal else 0):
        end = f"-{number}"
        yield legal[-1][: LONGEST - len(end)] + end
