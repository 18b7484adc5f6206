"""Keap over requests, for the commands that ask it, and how they end when an end lets them down."""

from bridge import ends
from bridge.check import is_out_of_reach
from bridge.cli.access import credentials_of
from bridge.cli.ending import CannotReach, Ending, Refused
from bridge.config import Config
from bridge.verdicts import sentence_of
from keap_client.over_requests import Keap


def keap_of(config: Config, *, v1: bool = False) -> Keap:
    """Give the carrier to the site's Keap; a context manager.

    Args:
        config: The site's configuration.
        v1: Whether to its REST API v1.

    Raises:
        KeapError, Ending: There are no credentials, as :func:`bridge.cli.access.credentials_of`.
    """
    return ends.keap_of(config, credentials_of(config), v1=v1)


def ending_of(error: Exception) -> Ending:
    """Give the end of a command that met an error of one of the ends."""
    kind = CannotReach if is_out_of_reach(error) else Refused
    return kind(sentence_of(error))
