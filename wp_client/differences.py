"""What a user lacks to be as a document says, in the parameters of WordPress's REST API. Pure."""

import hashlib
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

from wp_client.call import Json
from wp_client.capabilities import is_privileged
from wp_client.document import Caveat, Change, MetaValue, UserDocument
from wp_client.models import WordPressUser
from wp_client.roles import RolePlan, planned_roles

PARAMETERS = {
    "first_name": "first_name",
    "last_name": "last_name",
    "user_email": "email",
    "display_name": "name",
    "nickname": "nickname",
    "user_url": "url",
    "description": "description",
    "locale": "locale",
}
"""WordPress's user fields, and how its REST API calls them."""

FIELDS = {parameter: field for field, parameter in PARAMETERS.items()} | {
    "username": "user_login",
    "password": "user_pass",
    "slug": "user_nicename",
}
"""The way back."""

NEVER_EMPTY = ("user_email", "display_name", "nickname", "locale")
"""Emptied, WordPress would show the login; and it never says that somebody's locale is empty."""

LONGEST_ADDRESS = 100
"""Characters that the table holds; over REST a longer one makes WordPress break off."""

LONGEST_DISPLAY_NAME = 250
"""Characters that the table holds once WordPress has escaped them; at more it breaks off."""

RESERVED_META = re.compile(r"_|.*(capabilities|user_level|session_tokens)$", re.IGNORECASE)
"""Keys that are WordPress's own business."""

Wishes = dict[str, Json]
"""REST parameters with their values; meta keys as ``meta.KEY``."""


@dataclass(frozen=True, slots=True)
class Differences:
    """What has to be written, and what cannot be."""

    wishes: Wishes
    roles: RolePlan
    caveats: tuple[Caveat, ...] = ()


def differences(document: UserDocument, user: WordPressUser) -> Differences:
    """What of a document a user does not have yet."""
    fields, caveats = wanted_fields(document)
    own = is_made_by(user, document)
    protected = is_privileged(held for held, has in user.capabilities.items() if has)
    wishes: Wishes = {
        name: value for name, value in fields.items() if not _same(name, stored(user, name), value)
    }
    nicename_wanted = document.fields.get("user_nicename", "")
    # Once the mark is gone, nobody would know whose work the user is: that waits for a later Post.
    if nicename_wanted and not own and not _is_nicename(user.slug, nicename_wanted):
        wishes["slug"] = nicename_wanted
    if document.password and not own:
        caveats.append(Caveat("password_needs_companion"))  # nobody can see whether it is another
    roles = planned_roles(document.roles, user.roles, own=own)
    caveats += roles.caveats
    if set(roles.target) != set(user.roles):
        wishes["roles"] = list(roles.target)
    if document.fresh_password and document.new_user and own:
        wishes["password"] = document.new_user.password
    for name, subject in (("roles", "roles"), ("email", "user_email"), ("password", "user_pass")):
        if protected and name in wishes:
            del wishes[name]
            caveats.append(Caveat("privileged_user", subject))
    meta, more = _meta(document, user.meta)
    return Differences(wishes | meta, roles, (*caveats, *more))


def wanted_fields(document: UserDocument) -> tuple[dict[str, str], list[Caveat]]:
    """The document's own fields as REST parameters, without those that WordPress cannot hold.

    The author address is not among them: it is written at a time of its own.
    """
    wanted: dict[str, str] = {}
    caveats: list[Caveat] = []
    for field, value in document.fields.items():
        if field == "user_nicename":
            continue
        if field not in PARAMETERS:
            caveats.append(Caveat("unknown_field", field))
        elif field == "user_email" and len(value) > LONGEST_ADDRESS:
            caveats.append(Caveat("bad_email"))
        elif field == "display_name" and _length_as_stored(value) > LONGEST_DISPLAY_NAME:
            caveats.append(Caveat("field_refused", field))
        elif value or field not in NEVER_EMPTY:
            wanted[PARAMETERS[field]] = value
    return wanted, caveats


def _length_as_stored(value: str) -> int:
    return len(html.escape(value, quote=False))


def _meta(document: UserDocument, shown: Mapping[str, object]) -> tuple[Wishes, list[Caveat]]:
    """Meta to be written: WordPress drops keys that are not registered without a word."""
    wanted: dict[str, MetaValue] = {
        **document.meta,
        document.contact_id_meta: document.contact,
    }
    wishes: Wishes = {}
    caveats: list[Caveat] = []
    for key, value in wanted.items():
        if RESERVED_META.match(key):
            caveats.append(Caveat("meta_refused", key))
        elif key not in shown:
            caveats.append(Caveat("meta_not_registered", key))
        elif value is None or value == ():
            if shown[key] not in ("", [], None):
                wishes[f"meta.{key}"] = None
        elif isinstance(value, tuple) != isinstance(shown[key], list):
            caveats.append(Caveat("meta_wrong_type", key))
        elif as_text(shown[key]) != as_text(value):
            wishes[f"meta.{key}"] = list(value) if isinstance(value, tuple) else value
    return wishes, caveats


def body_of(wishes: Wishes) -> dict[str, Json]:
    """The body of the request that writes these."""
    meta = {key.removeprefix("meta."): v for key, v in wishes.items() if key.startswith("meta.")}
    body = {key: value for key, value in wishes.items() if not key.startswith("meta.")}
    return body | ({"meta": meta} if meta else {})


def stored(user: WordPressUser, name: str) -> str:
    """What a user has under a REST parameter, as text."""
    if name.startswith("meta."):
        return as_text(user.meta.get(name.removeprefix("meta.")))
    return as_text(getattr(user, name))


def as_text(value: object) -> str:
    """A value as a person reads it; a list with commas."""
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value)
    return "" if value is None else str(value)


def changes(before: WordPressUser | None, after: Mapping[str, str]) -> tuple[Change, ...]:
    """What is different afterwards, by parameter; a password is left out."""
    found = []
    for name, value in after.items():
        old = stored(before, name) if before else ""
        if name.startswith("meta.") and old != value:  # an empty row is as good as none
            found.append(Change(name.replace("meta.", "meta:", 1), old or None, value or None))
        elif name != "password" and old != value:
            found.append(Change(FIELDS.get(name, name), old, value))
    return tuple(found)


def mark(delivery: str) -> str:
    """The sign at the end of a nicename by which a delivery knows the user that it created."""
    return hashlib.sha256(delivery.encode()).hexdigest()[:10]


def nicename(document: UserDocument) -> str:
    """The author address of a user to be created; WordPress holds 50 characters."""
    spoken = document.new_user.nicename.lower() if document.new_user else ""
    spoken = re.sub(r"[^a-z0-9-]+", "", spoken)[:39].strip("-")
    return f"{spoken or 'user'}-{mark(document.delivery)}"


def is_made_by(user: WordPressUser, document: UserDocument) -> bool:
    """Whether the document's delivery created this user."""
    return user.slug.endswith(f"-{mark(document.delivery)}")


def _is_nicename(has: str, wanted: str) -> bool:
    """Whether this is the author address wanted, or as it was numbered for another user's sake."""
    return re.fullmatch(re.escape(wanted) + r"(-\d+)?", has) is not None


def same_address(one: str, other: str | None) -> bool:
    """Whether two addresses are the same to WordPress, which does not look at case."""
    return other is not None and one.lower() == other.lower()


def _same(name: str, has: str, wanted: str) -> bool:
    """Whether a field needs no writing.

    WordPress takes tags out of names, folds blanks and stores ``&`` as ``&amp;``: compared as it is
    read, or each name with an ``&`` would be written again every time.
    An address that differs in case alone stays: WordPress would mail its owner about it.
    """
    if name == "email":
        return same_address(has, wanted)
    if name == "description":
        return _lines(has) == _lines(wanted)
    return _one_line(has) == _one_line(wanted)


def _one_line(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", text)).split())


def _lines(text: str) -> list[str]:
    return html.unescape(text).strip().splitlines()
