"""What to leave out of a request that core refused, so that the rest of it can be done. Pure."""

from wp_client.differences import FIELDS, Wishes
from wp_client.document import Caveat
from wp_client.errors import WordPressRejected

NO_EMAIL = "keap_bridge_no_email"
BAD_EMAIL = "keap_bridge_bad_email"
NO_LOGIN = "keap_bridge_no_login"
OWN_ACCOUNT = "keap_bridge_own_account"
"""The companion's words for what cannot work, so that both ways say the same."""

ROLE_REFUSED = "rest_user_invalid_role"

TAKEN = ("rest_user_invalid_email", "existing_user_email")
"""What an update and a creation say of an address that another user has."""

LOGIN_REFUSED = (
    "existing_user_login",
    "user_login_too_long",
    "empty_user_login",
    "invalid_username",
)
"""What a creation says of a user name that is taken, or that a plugin does not like."""

MEANS = {
    "user_url_too_long": "url",
    "invalid_email": "email",
    "rest_user_invalid_slug": "slug",
    "user_nicename_too_long": "slug",
}
"""Codes that name their parameter in themselves."""


def refused_parameters(refused: WordPressRejected, wishes: Wishes) -> dict[str, Caveat]:
    """The wishes that WordPress does not grant, each with what is to be told about it.

    Empty: the refusal is about something else.
    """
    if refused.code in TAKEN:
        return {"email": Caveat("email_taken")} if "email" in wishes else {}
    names = (*refused.params, MEANS.get(refused.code, ""))
    return {name: _caveat(name) for name in names if name in wishes}


def is_about_login(refused: WordPressRejected) -> bool:
    """Whether another user name may help."""
    return refused.code in LOGIN_REFUSED or "username" in refused.params


def role_caveat(refused: WordPressRejected, role: str) -> Caveat:
    """What is to be told about a role that was refused: core has one code for two reasons."""
    missing = refused.status == 400  # noqa: PLR2004 - 403: this account may not give it
    return Caveat("unknown_role" if missing else "role_not_allowed", role)


def _caveat(name: str) -> Caveat:
    if name == "email":
        return Caveat("bad_email")
    if name.startswith("meta."):
        return Caveat("meta_refused", name.removeprefix("meta."))
    return Caveat("field_refused", FIELDS.get(name, name))
