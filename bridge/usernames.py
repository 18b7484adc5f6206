"""User name, author address and nickname of a new WordPress user. Pure.

The e-mail address serves as user name, as with WP Fusion, but WordPress would also show it to
visitors as author address (``user_nicename``), nickname and display name: those never hold it here.
"""

import re
from dataclasses import dataclass

from anyascii import anyascii

LONGEST_LOGIN = 60
"""``wp_insert_user`` refuses more: https://developer.wordpress.org/reference/functions/wp_insert_user/."""

LEGAL_LOGIN = re.compile(r"[A-Za-z0-9 _.\-@]+")
"""What ``sanitize_user($login, true)`` leaves untouched; a plus sign or an umlaut is not in it."""

DISPLAY_NAME_LENGTH = 150
"""WordPress holds 250 characters, and makes several of each ``&`` and ``<``."""

NICENAME_LENGTH = 30
"""``user_nicename`` holds 50 characters; the mark of the delivery and a ``-2`` go behind it."""

NOBODY = "Member"
"""How somebody is called whose name Keap does not know."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a new user is called."""

    logins: tuple[str, ...]
    """In order of preference, all legal, at least one."""
    nicename: str
    nickname: str
    display_name: str


def names_for(contact: str, *, email: str, first: str, last: str) -> Names:
    """Name a new user after their contact.

    The e-mail address is the first choice. Where WordPress cannot take it (too long, or with a
    character such as ``+``), first and last name, then the contact's number follow; never the
    address with characters changed, which could be somebody else's address.
    """
    spoken = _slug(f"{first} {last}")
    candidates = [email.strip(), spoken.replace("-", "."), f"member-{contact}"]
    legal = (c for c in candidates if len(c) <= LONGEST_LOGIN and LEGAL_LOGIN.fullmatch(c))
    return Names(
        logins=tuple(dict.fromkeys(legal)),
        nicename=(spoken or NOBODY.lower())[:NICENAME_LENGTH].strip("-"),
        nickname=first.strip() or last.strip() or NOBODY,
        display_name=f"{first.strip()} {last.strip()}".strip()[:DISPLAY_NAME_LENGTH] or NOBODY,
    )


def _slug(text: str) -> str:
    """Put a name into lower-case ASCII words joined by hyphens, transliterating other scripts."""
    return re.sub(r"[^a-z0-9]+", "-", anyascii(text).lower()).strip("-")
