"""The questions of ``check``, each asked once; what cannot be answered any more is not asked.

Everything here only carries questions and answers; the modules beside it judge the answers.
"""

import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urljoin

import requests

from bridge.check import companion, core, keap, keys, mapping, server, tags, wordpress
from bridge.check.finding import Finding
from bridge.config import Config
from bridge.ends import wordpress_credentials, wordpress_of
from bridge.reading import read_tag_list
from bridge.store import Reader, StoreError, StoreMissing
from keap_client.account import who_am_i
from keap_client.contacts import recently_changed
from keap_client.errors import KeapError
from keap_client.model import contact_model
from keap_client.over_requests import Keap
from wp_client import by_companion, by_core
from wp_client.carrier import Credentials
from wp_client.companion.package import companion_version
from wp_client.errors import RouteMissing, WordPressError, WordPressRefused
from wp_client.models import CompanionSite
from wp_client.over_requests import WordPress
from wp_client.site import discover, read_index, sign_in
from wp_client.site import who_am_i as who_am_i_there

DOOR_SECONDS = 5.0


def ask_everybody(
    config: Config, connect: Callable[[], Keap], *, now: datetime, contacts: int = 0
) -> Iterator[Finding]:
    """Ask Keap, WordPress and this machine.

    Args:
        config: The site's configuration.
        connect: Gives the carrier to the site's Keap, or raises ``KeapError``: with OAuth there
            may be no token to ask with.
        now: The present time.
        contacts: With how many of the newest contacts the mapping is tried.
    """
    try:
        carrier = connect()
    except KeapError as error:
        yield keap.on_error(error)
    else:
        with carrier:
            yield from ask_keap(carrier, config, contacts=contacts)
    with wordpress_of(config) as wordpress:
        yield from ask_wordpress(wordpress, config, wordpress_credentials(config))
    address = config.server.own_address
    yield from ask_server(config, address and urljoin(address, "/healthz"))
    yield from ask_store(config, now)


def ask_keap(carrier: Keap, config: Config, *, contacts: int = 0) -> Iterator[Finding]:
    """Ask Keap whose token this is, for its custom fields, and for tags where any is named.

    Args:
        carrier: To Keap.
        config: The site's configuration.
        contacts: With how many of the newest contacts the mapping is tried.
    """
    try:
        yield keap.on_account(carrier.send(who_am_i()))
        model = carrier.send(contact_model())
    except KeapError as error:
        yield keap.on_error(error)
        yield from keap.on_quota(carrier.quota, config.keap.calls_per_minute)
        yield keap.fields_not_looked_at()
        return
    yield from keap.on_quota(carrier.quota, config.keap.calls_per_minute)
    yield from keap.on_fields(model, config)
    try:
        if tags.tags_named(config):
            yield from tags.on_tags(carrier.converse(read_tag_list()), config)
        if contacts:
            newest = carrier.send(recently_changed(contacts)).contacts
            yield from mapping.on_contacts(newest, config, model)
    except KeapError as error:
        yield keap.on_error(error)


def ask_wordpress(
    unexplored: WordPress, config: Config, credentials: Credentials
) -> Iterator[Finding]:
    """Ask WordPress who it is, who we are there, and what it lets us do.

    Args:
        unexplored: The carrier to ``wordpress.url``, signed.
        config: The site's configuration.
        credentials: The ones that the carrier signs with.
    """
    url, user = config.wordpress.url, config.wordpress.user
    site = unexplored
    try:
        site = unexplored.at_address(unexplored.converse(discover(url)))
        yield from wordpress.on_index(site.send(read_index()), url)
        if described := _described(site):
            yield from companion.on_companion(described, config, companion_version())
            yield from _ask_companion(site, config)
            return
        yield from core.without_companion(config)
        told = site.converse(sign_in(credentials))
        yield wordpress.on_sign_in(told, url, user)
        if told == "works":
            yield from _ask_core(site, config)
    except WordPressError as error:
        yield _why(error, site, config, credentials)


def ask_server(
    config: Config, health: str | None, *, seconds: float = DOOR_SECONDS
) -> Iterator[Finding]:
    """Ask this machine whether the store can be written, and who listens at the bridge's address.

    Args:
        config: The site's configuration.
        health: The address of the bridge's ``/healthz``; ``None``: it may be at any port.
        seconds: How long to wait for its answer.
    """
    file = config.server.store_file
    if file is not None:
        yield server.on_store(file, _trouble_with(file))
    else:
        yield server.on_database(_trouble_with_database(config.server.store))
    if health is not None:
        yield server.on_door(_who_listens(health, seconds), config.server.listen)


def ask_store(config: Config, now: datetime) -> Iterator[Finding]:
    """Ask the store about the access keys, and say where Posts seem to come from."""
    yield from keys.on_proxies(config.server)
    try:
        uses = Reader.open(config.server.store).key_uses()
    except StoreError:
        return  # ask_server says so, or there is none yet
    yield from keys.on_keys([key.name for key in config.server.access_keys], uses, now)


def _described(site: WordPress) -> CompanionSite | None:
    """What the companion says; ``None``: there is none."""
    try:
        return site.send(by_companion.describe())
    except RouteMissing:
        return None


def _why(
    error: WordPressError, site: WordPress, config: Config, credentials: Credentials
) -> Finding:
    """Say why WordPress did not answer; of a failed sign-in, find out more."""
    url = config.wordpress.url
    if isinstance(error, WordPressRefused) and not error.needs:
        try:
            told = site.converse(sign_in(credentials))
        except WordPressError as another:
            error = another
        else:
            if told != "works":
                return wordpress.on_sign_in(told, url, config.wordpress.user)
    return wordpress.on_error(error, url)


def _ask_companion(site: WordPress, config: Config) -> Iterator[Finding]:
    tried = site.send(by_companion.meta_round_trip(companion.meta_keys(config)))
    yield from companion.on_meta(tried)


def _ask_core(site: WordPress, config: Config) -> Iterator[Finding]:
    yield core.on_account(site.send(who_am_i_there()))
    tried = site.send(by_core.meta_round_trip(companion.meta_keys(config)))
    yield from core.on_meta(tried)


def _trouble_with(file: Path) -> str | None:
    """Try to write where the store is, or into the nearest folder above it that there is."""
    folder = next(above for above in file.parents if above.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
        if file.exists():
            file.open("ab").close()
    except OSError as error:
        return error.strerror or type(error).__name__
    return None


def _trouble_with_database(url: str) -> str | None:
    try:
        Reader.open(url)
    except StoreMissing:
        return None  # it answered, and the bridge will make the store
    except StoreError as error:
        return str(error)
    return None


def _who_listens(health: str, seconds: float) -> server.Door:
    with requests.Session() as session:
        session.trust_env = False  # a proxy or .netrc of this shell has no part in this
        try:
            answer = session.get(health, timeout=seconds, allow_redirects=False)
            said = answer.json()
        except requests.ConnectionError as cause:
            # requests wraps what urllib3 knows; other troubles come once something has answered
            nobody = "NewConnectionError" in str(cause) or "NameResolutionError" in str(cause)
            return "nobody" if nobody else "stranger"
        except requests.Timeout:
            return "silent"
        except requests.RequestException:  # such as no JSON
            return "stranger"
    if answer.ok and isinstance(said, dict) and said.keys() & {"unfinished", "sites"}:
        return "bridge"
    in_trouble = answer.status_code == requests.codes.unavailable
    return "bridge in trouble" if in_trouble else "stranger"
