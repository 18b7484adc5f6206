"""The mapping: which WordPress fields and user meta keys take which Keap fields."""

import re
from typing import Annotated

from pydantic import AfterValidator

from bridge.config.problems import refuse
from bridge.config.scalars import Text

WORDPRESS_FIELDS = (
    "first_name",
    "last_name",
    "user_email",
    "display_name",
    "nickname",
    "user_url",
    "description",
    "locale",
)
"""WordPress's own fields that may be mapped as they are."""

SPECIAL_TARGETS = ("user_login", "user_pass", "user_nicename", "role")
"""What may be mapped too, with rules of its own (:mod:`bridge.special_targets`).

Every key that is neither this nor one of WordPress's fields is user meta.
"""

_REFUSED = {
    **{name: f"a line {name} stands under fields:" for name in SPECIAL_TARGETS},
    "roles": "write role",
    "session_tokens": "WordPress keeps sign-ins there",
}
_COLUMNS = {"id", "user_registered", "user_activation_key", "user_status", "spam", "deleted"}
"""Other columns of WordPress's users table: get_user_meta would never find them."""


def meta_key(name: str) -> str:
    """Check that a user meta key may be written from outside WordPress.

    The companion refuses the same ones (wp_client/companion/PROTOCOL.md, rule 7).

    Raises:
        Mistake: with the reason.
    """
    lower = name.lower()
    if lower in _REFUSED:
        refuse("this is not written from Keap", _REFUSED[lower])
    if lower in _COLUMNS:
        refuse("this column belongs to WordPress", "leave the line out")
    if re.search(r"(capabilities|user_level)$", lower):
        hint = "users.roles.allowed says which roles may be given"
        refuse("rights are not written from Keap", hint)
    if lower.startswith("_"):
        hint = "keys with a leading underscore are protected in WordPress"
        refuse("this is not written from Keap", hint)
    if not name.strip() or name != name.strip() or not name.isprintable():
        refuse("this is no name of a field", "take blanks and line breaks out")
    return name


def target(name: str) -> str:
    """Check what a line of ``fields:`` fills.

    Raises:
        Mistake: with the reason.
    """
    if name in SPECIAL_TARGETS:
        return name
    if name.lower() in SPECIAL_TARGETS:
        refuse("this name is written in small letters", f"write {name.lower()}")
    return meta_key(name)


def own_meta_key(name: str) -> str:
    """Check a user meta key that the bridge itself fills.

    Raises:
        Mistake: it may not be written, or is one of WordPress's own fields.
    """
    if name in WORDPRESS_FIELDS:
        refuse("this is one of WordPress's own fields", "choose another meta key")
    return meta_key(name)


def keap_field(name: str) -> str:
    """Check the name of a Keap field.

    Raises:
        Mistake: it is a merge field.
    """
    if "~" in name:
        hint = "such as FirstName for ~Contact.FirstName~"
        refuse("write the field's name, not the merge field", hint)
    return name


Target = Annotated[str, AfterValidator(target)]
MetaKey = Annotated[Text, AfterValidator(own_meta_key)]
KeapField = Annotated[Text, AfterValidator(keap_field)]
