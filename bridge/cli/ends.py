"""Both ends over requests, for the commands that ask them."""

from types import ModuleType

from bridge.check import is_out_of_reach
from bridge.cli.ending import CannotReach, Ending, Refused
from bridge.config import Config
from bridge.verdicts import sentence_of
from keap_client.carrier import Credentials as KeapCredentials
from keap_client.over_requests import Keap
from wp_client import by_companion, by_core
from wp_client.carrier import Credentials as WordPressCredentials
from wp_client.errors import RouteMissing
from wp_client.over_requests import WordPress
from wp_client.site import discover


def keap_credentials(config: Config) -> KeapCredentials:
    """Give what shows Keap who calls."""
    return KeapCredentials(config.keap.token.get_secret_value(), config.keap.token_header)


def keap_of(config: Config) -> Keap:
    """Give the carrier to the site's Keap; a context manager."""
    return Keap(config.keap.url, keap_credentials(config), total_seconds=config.keap.seconds)


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
