"""The lines of ``fields:`` with rules of their own: user name, password, nicename, role. Pure.

What the rest of ``fields:`` makes of a contact is in :mod:`bridge.mapping`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from anyascii import anyascii

from bridge.config import SPECIAL_TARGETS
from bridge.delivery import Caveat
from bridge.mapping import MappedField, ResolvedMapping, values_of
from keap_client.contacts import Contact
from wp_client.document import MetaValue

LONGEST_PASSWORD = 2000
"""Bytes; WordPress hashes no more than 4096, and quotes in it count twice."""

LONGEST_ROLE = 60
"""Characters of a role's slug or name; a longer text is no role, and would fill the caveats."""

NICENAME_LENGTH = 50
"""``user_nicename`` holds 50 characters."""


@dataclass(frozen=True, slots=True)
class SpecialValues:
    """What a contact has for the special targets; empty where nothing is mapped or there."""

    login: str = field(default="", repr=False)
    """The user name that a new user should get."""
    nicename: str = ""
    """The author address, in small plain letters."""
    roles: tuple[str, ...] = ()
    """Slugs or display names."""
    password: str = field(default="", repr=False)
    caveats: tuple[Caveat, ...] = ()


def without_special(mapping: ResolvedMapping) -> ResolvedMapping:
    """Give the lines that are copied as they are."""
    return replace(mapping, fields=tuple(f for f in mapping.fields if not _is_special(f)))


def special_values(contact: Contact, mapping: ResolvedMapping) -> SpecialValues:
    """Give what a contact has for the special targets.

    The password never meets what other values go through: nothing but this function sees it.
    """
    lines = tuple(f for f in mapping.fields if _is_special(f) and f.target != "user_pass")
    values = values_of(contact, replace(mapping, fields=lines))
    texts = _texts(values.meta)
    password, caveats = _password(contact, mapping)
    return SpecialValues(
        login=texts.get("user_login", "").strip(),
        nicename=_nicename(texts.get("user_nicename", "")),
        roles=_roles(texts.get("role", "")),
        password=password,
        caveats=(*values.caveats, *caveats),
    )


def _is_special(mapped: MappedField) -> bool:
    return mapped.target in SPECIAL_TARGETS


def _texts(values: Mapping[str, MetaValue]) -> dict[str, str]:
    return {
        name: ",".join(value) if isinstance(value, tuple) else value or ""
        for name, value in values.items()
    }


def _password(contact: Contact, mapping: ResolvedMapping) -> tuple[str, tuple[Caveat, ...]]:
    """Give a password that can be typed; WordPress itself takes blanks off its ends."""
    line = next((f for f in mapping.fields if f.target == "user_pass"), None)
    value = line.value_of(contact) if line else None
    password = value.strip() if isinstance(value, str) else ""
    if not password.isprintable() or len(password.encode()) > LONGEST_PASSWORD:
        return "", (Caveat("field_refused", "user_pass"),)
    return password, ()


def _nicename(text: str) -> str:
    """Put a text into the characters of an author address, transliterating other scripts.

    As ``sanitize_title()`` does it: https://developer.wordpress.org/reference/functions/sanitize_title/.
    """
    joined = re.sub(r"[\s./-]+", "-", anyascii(text).lower())
    return re.sub(r"[^a-z0-9_-]", "", joined)[:NICENAME_LENGTH].strip("-")


def _roles(text: str) -> tuple[str, ...]:
    """Give the roles that a text lists, separated by commas or lines."""
    named = (part.strip() for part in re.split(r"[,\n]", text))
    return tuple(dict.fromkeys(name[:LONGEST_ROLE] for name in named if name))
