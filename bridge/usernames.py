"""User name, author address and nickname of a new WordPress user. Pure.

The e-mail address serves as user name unless the site's owner wants another, as with WP Fusion, but
WordPress would also show it to visitors as author address (``user_nicename``), nickname and display
name: those never hold it here.
"""

import re
from dataclasses import dataclass
from typing import Literal

from anyascii import anyascii

LONGEST_LOGIN = 60
"""``wp_insert_user`` refuses more: https://developer.wordpress.org/reference/functions/wp_insert_user/."""

LEGAL_LOGIN = re.compile(r"[A-Za-z0-9 _.\-@]+")
"""What ``sanitize_user($login, true)`` leaves untouched; a plus sign or an umlaut is not in it."""

DISPLAY_NAME_LENGTH = 150
"""WordPress holds 250 characters, and makes several of each ``&`` and ``<``."""

NICENAME_LENGTH = 30
"""``user_nicename`` holds 50 characters; the mark of the delivery and a ``-2`` go behind it."""

VARIANTS = 9
"""The highest number that is tried behind a first and last name which is taken."""

LONGEST_NAME = 35
"""Characters of a user name made of a name: a number of up to 20 digits goes behind it."""

Format = Literal["email", "first_last", "first_number"]
"""``users.username``: ann@example.com, annlee, ann1001 (the number is the contact's id)."""

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


def names_for(
    contact: str,
    *,
    email: str,
    first: str,
    last: str,
    mapped: str = "",
    username: Format = "email",
) -> Names:
    """Name a new user after their contact.

    WordPress takes the first user name that is legal and free, or numbers the last one.

    Args:
        contact: The contact's id.
        email: Their address.
        first: Their first name.
        last: Their last name.
        mapped: The user name that Keap has for them, if any: the first choice.
        username: What user names are made of otherwise.
    """
    spoken = _slug(f"{first} {last}")
    by_name = {
        "email": (),
        "first_last": _first_last(contact, first, last),
        "first_number": _first_number(contact, first),
    }[username]
    candidates = [*_as_mapped(mapped), *(by_name or _by_address(contact, email, spoken))]
    return Names(
        logins=tuple(dict.fromkeys(filter(_is_legal, candidates))),
        nicename=(spoken or NOBODY.lower())[:NICENAME_LENGTH].strip("-"),
        nickname=first.strip() or last.strip() or NOBODY,
        display_name=f"{first.strip()} {last.strip()}".strip()[:DISPLAY_NAME_LENGTH] or NOBODY,
    )


def _is_legal(login: str) -> bool:
    """Whether WordPress takes a user name; to PHP, "0" is as good as nothing."""
    return len(login) <= LONGEST_LOGIN and login != "0" and bool(LEGAL_LOGIN.fullmatch(login))


def _as_mapped(login: str) -> tuple[str, ...]:
    """Give a user name from Keap, and how it is written in plain letters.

    An address is never changed: it could become somebody else's.
    """
    if "@" in login:
        return (login,)
    plain = re.sub(r"[^A-Za-z0-9 _.\-]", "", anyascii(login))
    return tuple(name for name in (login, " ".join(plain.split())) if name)


def _by_address(contact: str, email: str, spoken: str) -> tuple[str, ...]:
    """Give the address, and what follows where WordPress cannot take it, or it is taken.

    It may be too long, or have a character such as ``+``. Then come first and last name and the
    contact's number; never the address with characters changed.
    """
    names = (email.strip(), spoken.replace("-", "."), f"member-{contact}")
    return tuple(name for name in names if name)


def _first_last(contact: str, first: str, last: str) -> tuple[str, ...]:
    """Give ``annlee``, ``annlee-2`` … for those who have a name."""
    name = _letters(f"{first}{last}")
    ends = ("", *(f"-{number}" for number in range(2, VARIANTS + 1)), f"-{contact}")
    return tuple(f"{name}{end}" for end in ends) if name else ()


def _first_number(contact: str, first: str) -> tuple[str, ...]:
    """Give ``ann1001``: no other contact has the number, so it is taken only by chance."""
    name = _letters(first)
    return (f"{name}{contact}",) if name else ()


def _letters(text: str) -> str:
    """Put a name into small ASCII letters and digits: all that a network of sites takes."""
    return re.sub(r"[^a-z0-9]", "", anyascii(text).lower())[:LONGEST_NAME]


def _slug(text: str) -> str:
    """Put a name into lower-case ASCII words joined by hyphens, transliterating other scripts."""
    return re.sub(r"[^a-z0-9]+", "-", anyascii(text).lower()).strip("-")
