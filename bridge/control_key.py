"""The file by which a person at this machine is known to the running server.

It stands beside the store, where only the account that runs the bridge may read it. That a request
comes from this machine proves nothing: behind a reverse proxy all of them do.
"""

import json
import os
import string
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import structlog

from bridge.config.addresses import store_file
from bridge.passwords import Choose

RESEND = "/control/resend"
"""The path to which a wish to send deliveries again is posted, with the token as bearer."""

AUTHORISE = "/control/authorise"
"""The path to which the code is posted that Keap has given to its user."""

RENEW = "/control/renew"
"""The path to which is posted that OAuth's access token is wanted good."""

FORGET = "/control/forget"
"""The path to which the contact is posted of which nothing is to be stored any more."""

SYNC = "/control/sync"
"""The path to which a sync is posted; the method DELETE ends it."""

TOKEN_SIGNS = 43
"""Of 62 signs each: more than 256 bits."""

_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - named, not listened at


def new_token(choose: Choose) -> str:
    """Make a token that nobody can guess."""
    return "".join(choose(string.ascii_letters + string.digits) for _ in range(TOKEN_SIGNS))


def control_base(site: str) -> str:
    """Give what stands before the paths of a site; a process that has one site has none."""
    return f"/sites/{site}" if site else ""


@dataclass(frozen=True, slots=True)
class ControlKey:
    """Where the running server is, and what it knows a person at this machine by."""

    address: str
    """As in ``http://127.0.0.1:8080``, or ``http://127.0.0.1:8080/sites/shop`` of one of several
    sites."""
    token: str = field(repr=False)

    @classmethod
    def at(cls, host: str, port: int, token: str, site: str = "") -> Self:
        """The key to a site of the server that listens at a host's address and port."""
        host = _EVERY_ADDRESS.get(host, host)
        door = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        return cls(door + control_base(site), token)

    @classmethod
    def beside(cls, store: str) -> Self | None:
        """Read the key that the server with this store has left; ``None``: there is none.

        Args:
            store: As ``server.store`` has it.

        Raises:
            PermissionError: This account may not read it.
        """
        file = _file_beside(store)
        try:
            said = json.loads(file.read_text("utf-8")) if file else None
            return cls(str(said["address"]), str(said["token"])) if said else None
        except PermissionError:
            raise
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @contextmanager
    def kept_beside(self, store: str) -> Iterator[None]:
        """Leave the key beside the store until the block ends.

        Where it cannot be written the server does without: the disk may be full.
        """
        file = _file_beside(store)
        if file is None:
            yield
            return
        try:
            # What a killed server has left may have another mode.
            file.unlink(missing_ok=True)
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
            with os.fdopen(os.open(file, flags, 0o600), "w", encoding="utf-8") as out:
                json.dump({"address": self.address, "token": self.token}, out)
        except OSError as error:
            structlog.get_logger().warning("control_key_not_kept", reason=error.strerror)
        try:
            yield
        finally:
            with suppress(OSError):
                file.unlink(missing_ok=True)


def _file_beside(store: str) -> Path | None:
    """Name the file; ``None``: the store is a database to which whoever may can write directly."""
    file = store_file(store) if store.startswith("sqlite:") else None
    return file and file.with_name(f"{file.name}.control")
