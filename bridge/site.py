"""One site: everything that belongs to one Keap application and its WordPress, put together.

Nothing here is shared between sites, so that a process can serve several.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import structlog

from bridge.attempt import Attempt
from bridge.backfill import Backfill
from bridge.circuit import Destination
from bridge.config import Config
from bridge.in_force import InForce
from bridge.keap_end import KeapEnd
from bridge.last_posts import LastPosts
from bridge.measures import Exchange, Measures
from bridge.metrics import Metrics
from bridge.pace import pace_of
from bridge.passwords import new_password
from bridge.reading import Wanted
from bridge.receive import AccessKeys, Receiver
from bridge.receive_hooks import HookReceiver
from bridge.response_times import ResponseTimes
from bridge.role_brake import RoleBrake
from bridge.standing import standing_of
from bridge.store import Store
from bridge.surroundings import Surroundings
from bridge.sweeping import sweep_daily
from bridge.tally import counter_of
from bridge.tokens.backup import WithBackup
from bridge.tokens.oauth import OAuthTokens
from bridge.tokens.way_in import oauth_tokens, with_backup
from bridge.wordpress_end import WordPressEnd
from bridge.worker import Worker
from keap_client import over_aiohttp as keap_over
from keap_client.carrier import CredentialsSource
from wp_client import by_companion
from wp_client import over_aiohttp as wordpress_over
from wp_client.carrier import Credentials as WordPressCredentials
from wp_client.carrier import SiteAddress

ATTEMPTS_PER_REQUEST = 4 * by_companion.MOST
"""Attempts side by side for each request that WordPress may have in flight: the documents of one
batch, one more waiting, and twice as many whose contacts are being read. The worker lets half of
them finish before it takes more, so that Keap's lists are long."""


@dataclass(frozen=True, slots=True)
class Site:
    """The parts of a site that the server talks to."""

    name: str
    """As ``sites:`` has it; empty where the file has none."""
    config: Config
    store: Store
    receiver: Receiver
    hooks: HookReceiver
    worker: Worker
    backfill: Backfill
    credentials: CredentialsSource
    """What Keap is shown."""
    oauth: OAuthTokens | None
    """``None``: the site has a token."""
    wordpress_times: ResponseTimes
    metrics: Metrics
    last_posts: LastPosts
    in_force: InForce
    attempt_under: Callable[[Config], Attempt]
    """How contacts are carried out under a newer version of the configuration."""

    def renew(self, config: Config, version: str) -> None:
        """Begin attempts under a newer version; those under way end under the one they began with.

        Args:
            config: As the running one, but for ``users``, ``fields`` and ``tags``.
            version: Recorded with every attempt.
        """
        self.in_force.take(config, version)
        self.worker.renew(self.attempt_under(config), config_version=version)


@asynccontextmanager
async def open_site(
    config: Config,
    *,
    version: str,
    surroundings: Surroundings,
    name: str = "",
    metrics: Metrics | None = None,
) -> AsyncIterator[Site]:
    """Open the store and the ways to both ends; close them when the caller is done.

    What was held waits again: whatever held it was mended before somebody started the bridge.

    Args:
        config: The site's configuration.
        version: Its version, recorded with every attempt.
        surroundings: Time, ids, chance.
        name: Of one among several sites.
        metrics: Counts for the whole process; ``None``: for this site alone.

    Raises:
        StoreError: The store cannot be opened.
    """
    log = structlog.get_logger()
    clock = surroundings.clock
    async with (
        await Store.open(
            config.server.store,
            clock=clock,
            owner=f"{socket.gethostname()}:{os.getpid()}",
            waiting_limit=config.server.waiting_limit,
            lease=surroundings.lease,
            at=surroundings.at,
        ) as store,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        oauth = oauth_tokens(config.keap, session, store, clock=clock, at=surroundings.at)
        credentials = with_backup(config.keap, oauth, clock=clock)
        released = await store.release_held()
        wordpress_times = ResponseTimes()
        log.info("store_opened", unfinished=store.unfinished, released=released)
        metrics = metrics or Metrics()
        measures = metrics.of(name)
        keap = _keap(config, session, store, credentials, surroundings, _told("keap", measures))
        pace_behind = _pace_behind(config, store)
        wordpress = _wordpress_end(
            config,
            session,
            store,
            surroundings,
            _told("wordpress", measures, wordpress_times.note),
        )

        def keap_under(now: Config) -> KeapEnd:
            return KeapEnd(keap, Wanted.by(now), clock=clock, pace_behind=pace_behind)

        def attempt_under(now: Config) -> Attempt:
            return Attempt(
                now,
                keap_under(now),
                wordpress,
                RoleBrake(now.users.roles.brake, store.removals),
                new_password=lambda: new_password(surroundings.choose),
            )

        worker = Worker(
            store,
            attempt_under(config),
            config_version=version,
            side_by_side=ATTEMPTS_PER_REQUEST * config.wordpress.requests_in_flight,
            clock=clock,
            spread=surroundings.spread,
            reserve_for_posts=config.keap.reserve_for_posts / 100,
            measures=measures,
        )
        backfill = Backfill(
            store,
            keap_under(config),
            wordpress,
            worker.brakes,
            contact_id_meta=config.tags.contact_id_meta,
            clock=clock,
            spread=surroundings.spread,
            new_id=surroundings.new_id,
        )
        metrics.ask(name, standing_of(config.server.store, store, worker, clock))
        last_posts = LastPosts()
        receiver = Receiver(
            AccessKeys(config.server.access_keys),
            store,
            clock=clock,
            new_id=surroundings.new_id,
            body_seconds=config.server.body_seconds,
            accept_query=config.server.accept_query,
            proxies=config.server.proxies,
            allow_from=config.server.allow_from,
            key_used=store.key_uses.used,
            measures=measures,
            last_posts=last_posts,
        )
        hooks = HookReceiver(
            [key.secret for key in config.server.access_keys],
            dict(config.hooks.items()),
            store,
            clock=clock,
            new_id=surroundings.new_id,
            body_seconds=config.server.body_seconds,
        )
        sweeping = asyncio.create_task(sweep_daily(store, config.server.retention))
        try:
            yield Site(
                name=name,
                config=config,
                store=store,
                receiver=receiver,
                hooks=hooks,
                worker=worker,
                backfill=backfill,
                credentials=credentials,
                oauth=oauth,
                wordpress_times=wordpress_times,
                metrics=metrics,
                attempt_under=attempt_under,
                last_posts=last_posts,
                in_force=InForce(config, version, clock=clock),
            )
        finally:
            sweeping.cancel()
            if oauth is not None:
                await oauth.finish()


def _told(
    end: Destination, measures: Measures, *others: Callable[[Exchange], None]
) -> Callable[[Exchange], None]:
    """Give what a carrier tells of every exchange: to the tally, the measures, and others."""
    count = counter_of(end)

    def tell(exchange: Exchange) -> None:
        count(exchange)
        measures.exchanged(end, exchange)
        for other in others:
            other(exchange)

    return tell


def _pace_behind(config: Config, store: Store) -> Callable[[], Awaitable[None]]:
    """Give what a call for a sync waits for: it leaves half of the calls to Posts."""
    pace = pace_of(max(config.keap.calls_per_minute // 2, 1))

    async def leave() -> None:
        wait = await store.pace("keap for syncs", pace.every, pace.at_once)
        await asyncio.sleep(wait.total_seconds())

    return leave


def _keap(
    config: Config,
    session: aiohttp.ClientSession,
    store: Store,
    credentials: CredentialsSource,
    surroundings: Surroundings,
    watch: Callable[[Exchange], None],
) -> keap_over.Keap:
    pace = pace_of(config.keap.calls_per_minute)

    async def leave() -> None:
        # Each token has a minute of its own.
        backup = isinstance(credentials, WithBackup) and credentials.in_use == "backup_token"
        name = "keap backup" if backup else "keap"
        wait = await store.pace(name, pace.every, pace.at_once)
        await asyncio.sleep(wait.total_seconds())

    return keap_over.Keap(
        session,
        config.keap.url,
        credentials,
        total_seconds=config.keap.seconds,
        pace=leave,
        watch=watch,
        at=surroundings.at,
    )


def _wordpress_end(
    config: Config,
    session: aiohttp.ClientSession,
    store: Store,
    surroundings: Surroundings,
    watch: Callable[[Exchange], None],
) -> WordPressEnd:
    credentials = WordPressCredentials(
        config.wordpress.user, config.wordpress.application_password.get_secret_value()
    )

    def connect(address: SiteAddress) -> wordpress_over.WordPress:
        return wordpress_over.WordPress(
            session,
            address,
            credentials,
            total_seconds=config.wordpress.seconds,
            watch=watch,
            at=surroundings.at,
        )

    return WordPressEnd(
        connect,
        config.wordpress.url,
        in_flight=config.wordpress.requests_in_flight,
        clock=surroundings.clock,
        addresses=store,
        contact_of=store.contact_of,
    )
