"""What a site without the companion can and cannot do. Pure."""

from collections.abc import Iterator, Mapping

from bridge.check.finding import Finding
from bridge.check.wordpress import INSTALL
from bridge.config import Config
from wp_client.site import Account


def without_companion(config: Config) -> Iterator[Finding]:
    """Say what does not work without the companion, as far as this configuration asks for it."""
    yield _warning(
        "the companion is not installed. The bridge works without it, but its account must be"
        " able to edit every user: its application password opens as much as an administrator's",
        INSTALL,
    )
    yield _warning(
        "without the companion there are no locks: two programs that make a user for the same"
        " address in the same moment make two"
    )
    users = config.users
    if users.notify != "never":
        link = "with a link to set a password"
        if users.notification == "password":
            link += ", and never with the password itself (users.notification)"
        yield _warning(
            "without the companion a new user gets WordPress's lost-password mail in place of its"
            f" new-user notification, {link}"
        )
    if users.return_password_to is not None or users.notification == "password":
        yield _warning(
            "without the companion a new user whose delivery was interrupted gets WordPress's mail"
            ' "Password Changed", as the bridge then sets a fresh one'
        )
    if "user_pass" in config.fields:
        yield _warning(
            "without the companion a password from Keap (passwords.from_keap) is given to new users"
            " alone, and one that was changed in Keap is not"
        )
    if roles := config.users.roles.allowed:
        yield _warning(
            f"without the companion nobody can see whether the roles {', '.join(roles)}"
            " (users.roles.allowed) exist"
        )


def on_account(account: Account) -> Finding:
    """Say whether the account may do what the bridge needs of it."""
    if not account.missing_for_core:
        return Finding("ok", "WordPress", "its account may list, make and change users")
    missing = ", ".join(account.missing_for_core)
    return Finding(
        "problem",
        "WordPress",
        f"its account lacks the capabilities {missing}",
        "Install the companion, with which the account needs none of them; or give the account a"
        " role that has them.",
    )


def on_meta(tried: Mapping[str, str]) -> Iterator[Finding]:
    """Say which user meta keys are kept."""
    if kept := [key for key, came in tried.items() if came == "ok"]:
        yield Finding("ok", "WordPress", f"it keeps the user meta {', '.join(kept)}")
    if lost := [key for key, came in tried.items() if came != "ok"]:
        yield _warning(
            f"without the companion it drops the user meta {', '.join(lost)}",
            "Install the companion; or let a plugin register these keys for the REST API"
            " (register_meta with show_in_rest).",
        )


def _warning(sentence: str, advice: str = "") -> Finding:
    return Finding("warning", "WordPress", sentence, advice)
