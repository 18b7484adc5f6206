"""Both ends over requests: for commands, and for what the page asks in a thread."""

from types import ModuleType

from bridge.config import Config
from keap_client.carrier import Credentials as KeapCredentials
from keap_client.hooks import v1_url
from keap_client.over_requests import Keap
from wp_client import by_companion, by_core
from wp_client.carrier import Credentials as WordPressCredentials
from wp_client.errors import RouteMissing
from wp_client.over_requests import WordPress
from wp_client.site import discover


def keap_of(config: Config, credentials: KeapCredentials, *, v1: bool = False) -> Keap:
    """Give the carrier to the site's Keap; a context manager.

    Args:
        config: The site's configuration.
        credentials: What Keap is shown.
        v1: Whether to its REST API v1.
    """
    keap = config.keap
    url = v1_url(keap.url) if v1 else keap.url
    return Keap(url, credentials, total_seconds=keap.seconds)


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
