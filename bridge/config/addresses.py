"""Addresses in the configuration: where to listen, where Keap and WordPress are, the store."""

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, WithJsonSchema

from bridge.config.placeholders import is_example_host
from bridge.config.problems import refuse
from bridge.config.scalars import Scalar, Text, as_text
from bridge.config.secret import sources_of

RESERVED_PATHS = ("/admin", "/control", "/healthz", "/readyz", "/metrics")
_HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Listen:
    """The address that the server listens on."""

    host: str
    """A name or an IP address, IPv6 without its brackets."""
    port: int
    """0: any free port."""

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_listen(value: object) -> Listen:
    """Read ``127.0.0.1:8080``, ``localhost:8080`` or ``[::1]:8080``.

    Raises:
        Mistake: it is none of these.
    """
    if isinstance(value, Listen):
        return value
    # The text is taken as written: YAML 1.1 reads an unquoted 10:30 as the number 630.
    text = value.text if isinstance(value, Scalar) else as_text(value)
    match = re.fullmatch(r"(?:\[(?P<six>[0-9a-fA-F:.%]+)\]|(?P<host>[^:\[\]/\s]+)):(\d+)", text)
    if match is None:
        hint = "such as 127.0.0.1:8080, [::1]:8080, or 0.0.0.0:8080 for every network"
        refuse("write an address and a port", hint)
    port = int(match[3])
    if port > _HIGHEST_PORT:
        refuse(f"a port is at most {_HIGHEST_PORT}")
    if match["six"] is not None and not _is_ip(match["six"]):
        refuse("what stands in the brackets is no IPv6 address", "such as [::1]:8080")
    return Listen(host=match["six"] or match["host"], port=port)


def read_route(text: str) -> str:
    """Normalise the path that Keap posts to: one slash at the start, none at the end.

    Raises:
        Mistake: it is no plain path, or belongs to the bridge's own pages.
    """
    if not text.startswith("/"):
        refuse("the path starts with a slash", "such as /keap")
    if not re.fullmatch(r"[A-Za-z0-9._~/-]+", text) or {".", ".."} & set(text.split("/")):
        refuse("the path has only letters, digits, - . _ ~ and /", "such as /keap")
    path = "/" + "/".join(part for part in text.split("/") if part)
    for reserved in RESERVED_PATHS:
        if path == reserved or path.startswith(f"{reserved}/"):
            refuse(f"{reserved} belongs to the bridge's own pages", "write another, such as /keap")
    return path


def read_store(text: str, info: ValidationInfo) -> str:
    """Give the store's URL; a file's with an absolute path, a relative one starts at the YAML's.

    Raises:
        Mistake: it is neither an SQLite file nor a PostgreSQL database.
    """
    if re.match(r"postgres(ql)?(\+\w+)?:", text):
        return _read_database(text)
    form = "write sqlite:/// and the file's path, such as sqlite:///data/bridge.db"
    if not text.startswith("sqlite:///"):
        refuse("this is no store that the bridge knows", form)
    path = text.removeprefix("sqlite:///")
    if not path or path.endswith("/") or path.startswith((":memory:", "file:")) or "?" in path:
        refuse("the store is a file on disk", form)
    return f"sqlite:///{(sources_of(info).folder / path).absolute()}"


def _read_database(text: str) -> str:
    """Check a PostgreSQL URL; no message repeats it, since a password may be in it."""
    form = "write postgresql://user@host/database; the password may come from PGPASSWORD"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        refuse("this is no address of a database", form)
    if parts.scheme not in {"postgresql", "postgres"}:
        refuse("the address of a PostgreSQL database begins with postgresql://", form)
    if not host and "host=" not in parts.query:
        refuse("the address names no host", form)
    if not re.fullmatch(r"/[^/]+", parts.path) or parts.fragment:
        refuse("the address ends with the name of one database", form)
    if "password=" in parts.query:
        refuse("the password stands before the host: user:password@host", form)
    if is_example_host(host or ""):
        refuse("this still is the example's address", "put your own here")
    return re.sub("^postgres:", "postgresql:", text)


def store_file(url: str) -> Path | None:
    """Give the file that a store's URL names; ``None``: the store is no file."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:") else None


def store_password(url: str) -> str | None:
    """Give the password in a store's URL."""
    password = urlsplit(url).password
    return None if password is None else unquote(password)


def read_url(text: str) -> str:
    """Check a base address and give it without a slash at its end.

    Raises:
        Mistake: it is no https address (http only to this machine), or says more than that.
    """
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in {"https", "http"} or not host or re.search(r"[\s\\]", text):
        refuse("this is no web address", "it begins with https://")
    if "@" in parts.netloc:
        refuse("no user or password belongs into the address", "give them under their keys")
    if "?" in text or "#" in text:
        refuse("the address ends before ? or #", "leave out the rest")
    if is_example_host(host):
        refuse("this still is the example's address", "put your own here")
    if parts.scheme == "http" and not _is_loopback(host):
        refuse("over http everybody on the way reads the password", "write https://")
    return text.rstrip("/")


def read_site(url: str) -> str:
    """Check that a WordPress address is the site's own.

    Raises:
        Mistake: it leads to a page inside the site.
    """
    if re.search(r"/(wp-json|wp-admin|wp-login\.php|xmlrpc\.php)(/|$)", urlsplit(url).path):
        hint = "leave out /wp-json, /wp-admin and what follows"
        refuse("write the address of the site itself", hint)
    return url


def read_redirect_uri(text: str) -> str:
    """Check where Keap sends the browser, and give it exactly as written: Keap compares signs.

    Raises:
        Mistake: it is no https address (http only to this machine).
    """
    read_url(text)
    return text


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return _is_ip(host) and ipaddress.ip_address(host).is_loopback


def _matching(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


ListenAddress = Annotated[Listen, BeforeValidator(read_listen), _matching(r":[0-9]+$")]
Route = Annotated[Text, AfterValidator(read_route), _matching(r"^/[A-Za-z0-9._~/-]+$")]
Store = Annotated[Text, AfterValidator(read_store), _matching(r"^(sqlite:///|postgres(ql)?://).")]
Url = Annotated[Text, AfterValidator(read_url), _matching(r"^https?://")]
SiteUrl = Annotated[Url, AfterValidator(read_site)]
RedirectUri = Annotated[Text, AfterValidator(read_redirect_uri)]
