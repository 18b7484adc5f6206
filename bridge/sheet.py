"""What an owner types into Keap's HTTP Post: the address, and name/value pairs. Pure."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bridge.config import Config

KEAPS_PORTS = (None, 80, 443)
"""Keap posts to no others (https://learn.thryv.com, Send HTTP Post)."""

UNKNOWN_ADDRESS = "https://<the address of your reverse proxy>"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What belongs into the fields of Keap's HTTP Post."""

    url: str
    pairs: tuple[tuple[str, str], ...] = field(repr=False)
    """Name and value, in the order in which people type them; perhaps with the access key."""
    roles: tuple[str, ...]
    """Those that a Post may name."""


def sheet_of(config: Config, *, url: str | None, role: str | None, key: str) -> Sheet:
    """Put together what is typed into Keap.

    Args:
        config: The site's configuration.
        url: The bridge's address as Keap reaches it, with or without ``server.path``; ``None``:
            nobody has said.
        role: The role to name; ``None``: the first that may be given.
        key: The access key, or what stands in its place.
    """
    allowed = config.users.roles.allowed
    pairs = {
        "contactId": "~Contact.Id~",
        "wpf_action": "add",
        "access_key": key,
        "role": role or next(iter(allowed), ""),
        "send_notification": "true",
    }
    return Sheet(
        url=address_of(url, config.server.path),
        pairs=tuple((name, value) for name, value in pairs.items() if value),
        roles=allowed,
    )


def is_reached_by_keap(url: str) -> bool:
    """Whether Keap posts to an address of this kind: https or http, on the usual port."""
    try:
        parts = urlsplit(url)
        usual_port = parts.port in KEAPS_PORTS
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.hostname) and usual_port


def address_of(url: str | None, path: str) -> str:
    """Give the address for HTTP Posts, given the proxy's with or without its path."""
    if url is None:
        return UNKNOWN_ADDRESS + path
    address = url.rstrip("/")
    return address if address.endswith(path) else address + path
