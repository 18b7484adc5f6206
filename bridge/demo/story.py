"""What the demonstration saw, as text for a person, and whether it is as it should be. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.delivery import Delivery

WIDTH = 20
"""Of the left column."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that WordPress sent."""

    to: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Seen:
    """How everything was after the HTTP Post."""

    delivery: Delivery
    timeline: Sequence[str]
    """A line each."""
    user: Mapping[str, Any]
    """As :meth:`RunningWordPress.user` gives it; empty: there is none."""
    tags: Mapping[str, str]
    """Names of Keap's tags by their ids."""
    contact_tags: Sequence[str]
    """The ids of those that the contact has."""
    mails: Sequence[Mail]
    logs_in: bool
    """Whether WordPress takes the password that stands in Keap."""


def wrong_with(seen: Seen, *, role: str) -> list[str]:
    """Say what is not as it should be, a few words each; nothing if all is well."""
    user = seen.user
    meta = user.get("meta", {})
    demands = {
        f"the delivery ended as {seen.delivery.state}: {seen.delivery.reason}": (
            seen.delivery.state == "done"
        ),
        "WordPress has no such user": bool(user),
        f"the user has the roles {user.get('roles')}": user.get("roles") == [role],
        "the tags are not those of the contact": (
            meta.get("infusionsoft_tags") == list(seen.contact_tags)
        ),
        f"{len(seen.mails)} mails were sent": len(seen.mails) == 1,
        "the password in Keap does not log in": seen.logs_in,
    }
    return [sentence for sentence, met in demands.items() if not met]


def post_text(pairs: Sequence[tuple[str, str]], *, url: str, status: object, answer: str) -> str:
    """Tell of the HTTP Post and its answer."""
    rows = [(name, "…" if name == "access_key" else value) for name, value in pairs]
    return f"  POST {url}\n{table(rows)}\n  is answered {status}  {answer}"


def user_text(seen: Seen, fields: Mapping[str, str]) -> str:
    """Tell of the user; ``fields`` are Keap's names of what was copied, by WordPress's."""
    user, meta = seen.user, seen.user["meta"]
    tags = ", ".join(
        f"{tag} ({seen.tags.get(tag, '?')})" for tag in meta.get("infusionsoft_tags") or ()
    )
    rows = [
        ("user", f"{user['ID']}, shown as {user['display_name']}"),
        ("user name", user["user_login"]),
        ("e-mail", user["user_email"]),
        ("role", ", ".join(user["roles"])),
        *((name, f"{meta.get(name)}   (Keap: {keap})") for name, keap in fields.items()),
        ("tags", tags),
        ("Keap contact", str(meta.get("infusionsoft_contact_id"))),
    ]
    return table(rows)


def table(rows: Sequence[tuple[str, str]]) -> str:
    """Put names and values into two columns."""
    return "\n".join(f"  {name:<{WIDTH}}{value}" for name, value in rows)


def indented(text: str) -> str:
    """Put a text below its heading."""
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())
