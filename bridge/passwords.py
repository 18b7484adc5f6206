"""Passwords for new users. The only module that makes one; nothing stores it."""

import string
from collections.abc import Callable, Sequence

LENGTH = 24
ALPHABET = string.ascii_letters + string.digits
"""No signs: a password travels through Keap's merge fields and mails, where ``&`` or ``<`` change.

24 of 62 characters are 142 bits.
"""

Choose = Callable[[Sequence[str]], str]
"""Picks one element; :func:`secrets.choice` outside tests."""


def new_password(choose: Choose) -> str:
    """Make a password that nobody else has."""
    return "".join(choose(ALPHABET) for _ in range(LENGTH))
