"""A sync carried out: by the running server, or by this process if there is none."""

import asyncio
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import click

from bridge import logs
from bridge.cli.ending import Refused
from bridge.cli.running_server import ask_server
from bridge.config import Config, Loaded
from bridge.control_key import SYNC
from bridge.progress import Look, bar_of, line_of, rate_of, summary_of
from bridge.site import Site, open_site
from bridge.store import Reader, Store
from bridge.surroundings import Surroundings, now
from bridge.sync_pages import in_groups
from bridge.sync_run import Standing, SyncRun, SyncWish

LOOK_AGAIN = 0.5
"""Seconds between two looks at how far it has come."""

SAY_AGAIN = 10.0
"""Seconds between two lines where nobody watches."""

IDS_AT_ONCE = 2000
"""So many stand in one request: it may have 64 KB."""


class Teller:
    """Tells on standard error how far a sync has come: one line over and over, or a few."""

    def __init__(self) -> None:
        self._looks: deque[Look] = deque(maxlen=120)
        self._watched = sys.stderr.isatty()
        self._next = 0.0

    def tell(self, standing: Standing) -> None:
        """Tell it now, if it is time."""
        self._looks.append(Look(now(), standing.finished))
        line = line_of(standing, rate_of(self._looks))
        if self._watched:
            click.echo(f"\r\x1b[K{bar_of(standing)} {line}", nl=False, err=True)
        elif time.monotonic() >= self._next:
            self._next = time.monotonic() + SAY_AGAIN
            click.echo(line, err=True)

    def end(self) -> None:
        """Leave the line as it is."""
        if self._watched:
            click.echo("", err=True)


def run_sync(loaded: Loaded, wish: SyncWish, ids: Sequence[str], max_changes: int | None) -> None:
    """Carry a sync out, or go on with it, and tell how far it comes.

    Raises:
        Refused: It stopped before its end.
        CannotReach: The server does not answer.
        StoreError: The store cannot be opened, or another sync is under way.
    """
    run = _ask_server(loaded.config, wish, ids, max_changes)
    if run is None:
        standing = asyncio.run(_carry_out(loaded, wish, ids, max_changes))
    else:
        click.echo(
            "The bridge does it; it goes on if this is cut short (sync --stop ends it).", err=True
        )
        standing = _watch(loaded.config, run)
    _report(standing)


def end_sync(loaded: Loaded) -> None:
    """End the sync that is not over, on the running server or in the store.

    Raises:
        Refused: There is none.
        StoreError: The store cannot be opened.
    """
    said = ask_server(loaded.config, SYNC, {}, method="DELETE")
    if said is not None:
        dropped = said["dropped"]
    else:
        Reader.open(loaded.config.server.store)  # or one would be made
        dropped = asyncio.run(_end(loaded.config))
    if dropped is None:
        message = "No sync is under way."
        raise Refused(message)
    click.echo(f"Ended. {dropped} contacts that were in line are left as they are.")


async def _end(config: Config) -> int | None:
    async with await Store.open(config.server.store, clock=now, owner="sync") as store:
        run = await store.syncs.latest()
        if run is None or run.state not in ("open", "stopped"):
            return None
        return await store.syncs.end(run.number, "Ended by a person.")


def _report(standing: Standing) -> None:
    run = standing.run
    click.echo("\n".join(summary_of(standing)))
    if run.state == "stopped":
        message = f"Stopped. {run.reason}"
        raise Refused(message)
    if run.state == "ended":
        message = "Ended before it was done."
        raise Refused(message)


def _watch(config: Config, number: int) -> Standing:
    reader = Reader.open(config.server.store)
    teller = Teller()
    while True:
        standing = reader.sync()
        if standing is None or standing.run.number != number:
            message = "Another sync has been begun meanwhile."
            raise Refused(message)
        teller.tell(standing)
        if standing.run.state != "open":
            teller.end()
            return standing
        time.sleep(LOOK_AGAIN)


async def _carry_out(
    loaded: Loaded, wish: SyncWish, ids: Sequence[str], max_changes: int | None
) -> Standing:
    secrets = loaded.config.secret_texts()
    undo = logs.configure(stream=sys.stderr, secrets=secrets, level="error")
    surroundings = Surroundings()
    try:
        async with open_site(
            loaded.config, version=loaded.version, surroundings=surroundings
        ) as site:
            await _begin(site, wish, ids, max_changes)
            async with _working(site):
                return await _until_over(site)
    finally:
        undo()


async def _begin(
    site: Site, wish: SyncWish, ids: Sequence[str], max_changes: int | None
) -> SyncRun:
    groups = in_groups(ids, IDS_AT_ONCE) or [()]
    for place, group in enumerate(groups, start=1):
        complete = place == len(groups)
        run = await site.backfill.begin(
            wish, max_changes=max_changes, contacts=group, complete=complete
        )
    return run


@asynccontextmanager
async def _working(site: Site) -> AsyncIterator[None]:
    """Work inside the block as a server would; then let finish what runs."""
    stop = asyncio.Event()
    worker = asyncio.create_task(site.worker.run(stop, grace=site.config.server.stop_seconds))
    backfill = asyncio.create_task(site.backfill.run())
    try:
        yield
    finally:
        stop.set()
        backfill.cancel()
        with suppress(asyncio.CancelledError):
            await backfill
        await worker


async def _until_over(site: Site) -> Standing:
    teller = Teller()
    while True:
        standing = await site.store.syncs.standing()
        assert standing is not None  # noqa: S101 - for the type checker: it has been begun
        teller.tell(standing)
        if standing.run.state != "open":
            teller.end()
            return standing
        await asyncio.sleep(LOOK_AGAIN)


def _ask_server(
    config: Config, wish: SyncWish, ids: Sequence[str], max_changes: int | None
) -> int | None:
    """Give the number of the sync that the running server has begun; ``None``: none is running."""
    groups = in_groups(ids, IDS_AT_ONCE) or [()]
    run: int | None = None
    for place, group in enumerate(groups, start=1):
        wanted = {
            "kind": wish.kind,
            "subject": wish.subject,
            "action": wish.action,
            "roles": wish.roles,
            "max_changes": max_changes,
            "contacts": group,
            "complete": place == len(groups),
        }
        said = ask_server(config, SYNC, wanted)
        if said is None:
            return None
        run = int(said["run"])
    return run
