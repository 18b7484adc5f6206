"""What this machine's answers mean: the bridge's own door, and its store. Pure."""

from pathlib import Path
from typing import Literal

from bridge.check.finding import Finding
from bridge.config.addresses import Listen

Door = Literal["nobody", "bridge", "bridge in trouble", "silent", "stranger"]
"""Who answers at ``server.listen``."""


def on_door(door: Door, listen: Listen) -> Finding:
    """Say who listens where the bridge should; that nobody does is no fault."""
    if door == "nobody":
        return Finding("ok", "server", f"keap-bridge serve is not running at {listen} just now")
    if door == "bridge":
        return Finding("ok", "server", f"keap-bridge serve is running at {listen}")
    if door == "bridge in trouble":
        return Finding(
            "problem",
            "server",
            f"keap-bridge serve is running at {listen}, but its store does not answer",
            "Look at its log; the disk may be full. Posts are refused meanwhile, not lost.",
        )
    if door == "silent":
        return Finding(
            "problem",
            "server",
            f"something listens at {listen}, but does not answer",
            "If it is keap-bridge serve, look at its log and start it again; if it is not, stop it"
            " or put another port in server.listen.",
        )
    return Finding(
        "problem",
        "server",
        f"another program listens at {listen}",
        "Stop that program, or put another port in server.listen.",
    )


def on_database(trouble: str | None) -> Finding:
    """Say whether the PostgreSQL database of the store answers.

    Args:
        trouble: Why not, in a sentence; ``None``: it does.
    """
    if trouble is None:
        return Finding("ok", "server", "the store's database answers")
    return Finding(
        "problem",
        "server",
        f"the store's database cannot be used: {trouble}",
        "Look at server.store and, if the password is not in it, at PGPASSWORD; the server has to"
        " let this machine in.",
        out_of_reach=True,
    )


def on_store(file: Path, trouble: str | None) -> Finding:
    """Say whether the store can be written.

    Args:
        file: The database.
        trouble: Why not, in the system's words; ``None``: it can.
    """
    if trouble is None:
        return Finding("ok", "server", f"the store's folder {file.parent} can be written")
    return Finding(
        "problem",
        "server",
        f"the store {file} cannot be written: {trouble}",
        "Let the account that runs keap-bridge serve write to this folder, or name another place in"
        " server.store.",
        out_of_reach=True,
    )
