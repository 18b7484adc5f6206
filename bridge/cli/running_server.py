"""What a command asks of the running server, which alone writes to a store that is a file."""

import json
from collections.abc import Mapping
from typing import Any

import requests

from bridge.cli.ending import CannotReach, Refused
from bridge.config import Config
from bridge.control_key import ControlKey

SECONDS = 30.0
STRANGE = {requests.codes.forbidden, requests.codes.not_found}
"""How a bridge answers whose key this is not, or that has no such route."""


def ask_server(
    config: Config, path: str, wish: Mapping[str, object], *, method: str = "POST"
) -> Mapping[str, Any] | None:
    """Send a wish to the running server and give its answer; ``None``: none is running.

    Args:
        config: Whose store leads to the server.
        path: One of those in :mod:`bridge.control_key`.
        wish: What is wanted.
        method: The request's.

    Raises:
        Refused: It says no; or only the account that runs it may ask.
        CannotReach: It does not answer.
    """
    try:
        key = ControlKey.beside(config.server.store)
    except PermissionError:
        message = "Only the account that runs the bridge may do this, or root."
        raise Refused(message) from None
    if key is None:
        return None
    with requests.Session() as session:
        session.trust_env = False  # a proxy of this shell has no part in this
        try:
            answer = session.request(
                method,
                f"{key.address}{path}",
                data=json.dumps(wish),
                headers={"Authorization": f"Bearer {key.token}"},
                timeout=SECONDS,
                allow_redirects=False,
            )
        except requests.ConnectionError:
            return None  # a server that was killed leaves its key behind
        except requests.RequestException as error:
            message = f"The bridge at {key.address} does not answer."
            raise CannotReach(message) from error
    return _said_by(answer)


def _said_by(answer: requests.Response) -> Mapping[str, Any] | None:
    """Give what the server answers; ``None``: it is not the server of this store."""
    try:
        said: Any = answer.json()
    except ValueError:
        said = None
    # Another program has the port of a server that was killed; the store's lock tells for sure.
    if not isinstance(said, dict) or "success" not in said or answer.status_code in STRANGE:
        return None
    if not said["success"]:
        raise Refused(str(said.get("error", "")))
    return said
