"""Both ends over requests, for the commands that ask them."""

from types import ModuleType

from bridge.check import is_out_of_reach
from bridge.cli.access import credentials_of
from bridge.cli.ending import CannotReach, Ending, Refused
from bridge.config import Config
from bridge.verdicts import sentence_of
from keap_client.hooks import v1_url
from keap_client.over_requests import Keap
from wp_client import by_companion, by_core
from wp_client.carrier import Credentials as WordPressCredentials
from wp_client.errors import RouteMissing
from wp_client.over_requests import WordPress
from wp_client.site import discover


def keap_of(config: Config, *, v1: bool = False) -> Keap:
    """Give the carrier to the site's Keap; a context manager.

    Args:
        config: The site's configuration.
        v1: Whether to its REST API v1.

    Raises:
        KeapError, Ending: There are no credentials, as :func:`bridge.cli.access.credentials_of`.
    """
    keap = config.keap
    url = v1_url(keap.url) if v1 else keap.url
    return Keap(url, credentials_of(config), total_seconds=keap.seconds)


def wordpress_credentials(config: Config) -> WordPressCredentials:
    """Give the account that the bridge signs in with."""
    password = config.wordpress.application_password.get_secret_value()
    return WordPressCredentials(config.wordpress.user, password)


def wordpress_of(config: Config) -> WordPress:
    """Give the carrier to the site, whose REST API is still to be found; a context manager."""
    return WordPress(
        config.wordpress.url,
        wordpress_credentials(config),
        total_seconds=config.wordpress.seconds,
    )


def way_of(unexplored: WordPress, url: str) -> tuple[WordPress, ModuleType]:
    """Find the site's REST API, and whether it has the companion."""
    wordpress = unexplored.at_address(unexplored.converse(discover(url)))
    try:
        wordpress.send(by_companion.describe())
    except RouteMissing:
        return wordpress, by_core
    return wordpress, by_companion


def ending_of(error: Exception) -> Ending:
    """Give the end of a command that met an error of one of the ends."""
    kind = CannotReach if is_out_of_reach(error) else Refused
    return kind(sentence_of(error))
