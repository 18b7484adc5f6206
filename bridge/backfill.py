"""Carries syncs on: reads whom they are about, and lets deliveries wait that the worker does.

The worker does them as it does Posts', with everything that holds for those, but after them.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

import structlog

from bridge.brakes import Brakes
from bridge.keap_end import KeapEnd
from bridge.schedule import due_after
from bridge.store import Store
from bridge.store.errors import StoreError
from bridge.sync_pages import Page, keap_page
from bridge.sync_run import Standing, SyncRun, SyncWish
from bridge.verdicts import KNOWN, needs_person, retry_after_of, sentence_of
from bridge.wordpress_end import WordPressEnd
from keap_client.errors import NotFound

LOOK_AGAIN = 0.5
"""Seconds between two looks at a sync under way; without one nobody looks."""

LOOK_SELDOM = 5.0
"""Seconds between two looks at one that waits for something, perhaps until midnight."""

STORE_PAUSE = 5.0
"""Seconds after which a store that could not answer is asked again."""

ENOUGH_WAITS = 1000
"""So many contacts wait in line at least, while there are more. The others are only ids, so that
what is allowed to wait (``server.waiting_limit``) is left to Posts."""

LINKED_AT_ONCE = 1000

ENDS = {"keap": "Keap", "wordpress": "WordPress"}


class Backfill:
    """Carries on the sync that is under way, if there is one."""

    def __init__(
        self,
        store: Store,
        keap: KeapEnd,
        wordpress: WordPressEnd,
        brakes: Brakes,
        *,
        contact_id_meta: str,
        clock: Callable[[], datetime],
        spread: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._keap = keap
        self._wordpress = wordpress
        self._brakes = brakes
        self._contact_id_meta = contact_id_meta
        self._clock = clock
        self._spread = spread
        self._new_id = new_id
        self._woken = asyncio.Event()
        self._failures = 0
        self._read_after: datetime | None = None
        self._log = structlog.get_logger()

    async def begin(
        self,
        wish: SyncWish,
        *,
        max_changes: int | None = None,
        contacts: Sequence[str] = (),
        complete: bool = True,
    ) -> SyncRun:
        """Begin a sync, or go on with the one that has the same wish.

        Args:
            wish: What is to be done.
            max_changes: After so many changed users it stops.
            contacts: Of a list: these are among it,
            complete: and no others will be told.

        Raises:
            SyncUnderWay: Another one is not over.
            StoreError: Nothing could be kept.
        """
        run = await self._store.syncs.begin(wish, max_changes)
        if wish.kind == "list" and not run.all_read:
            await self._store.syncs.add_contacts(run.number, contacts, "", complete=complete)
        self._log.info("sync_begun", run=run.number, kind=wish.kind, action=wish.action)
        self._failures, self._read_after = 0, None
        self._woken.set()
        self._store.arrived.set()  # what had stopped may go on
        return run

    async def end(self) -> int | None:
        """End the sync that is not over; ``None``: there is none. Gives how many it leaves out.

        Raises:
            StoreError: Nothing could be kept.
        """
        run = await self._store.syncs.latest()
        if run is None or run.state not in ("open", "stopped"):
            return None
        dropped = await self._store.syncs.end(run.number, "Ended by a person.")
        self._log.info("sync_ended", run=run.number, dropped=dropped)
        self._woken.set()
        self._store.arrived.set()
        return dropped

    async def run(self) -> None:
        """Carry on what is under way, and whatever is begun, until cancelled."""
        while True:
            self._woken.clear()
            try:
                latest = await self._store.syncs.latest()
                if latest is not None and latest.state == "open":
                    async with self._store.hold("sync"):  # one process reads
                        await self._carry_on()
            except StoreError as error:
                self._log.error("sync_interrupted", reason=str(error))
                await asyncio.sleep(STORE_PAUSE)
                continue
            await self._woken.wait()

    async def _carry_on(self) -> None:
        while True:
            standing = await self._store.syncs.standing()
            if standing is None or standing.run.state != "open":
                return
            if not await self._go_on(standing):
                await self._sleep(LOOK_SELDOM if standing.run.reason else LOOK_AGAIN)

    async def _sleep(self, seconds: float) -> None:
        """Return after so many seconds, or when a person has begun or ended something."""
        self._woken.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    async def _go_on(self, standing: Standing) -> bool:
        """Do what is to be done next; whether there may be more to do at once."""
        run = standing.run
        await self._note(run)
        read = await self._read(run)
        queued = 0
        if standing.untried < ENOUGH_WAITS:
            queued = await self._store.syncs.queue(run, ENOUGH_WAITS, self._new_id)
        if read or queued:
            return True
        if run.all_read and standing.in_hand == 0 and standing.finished >= run.found:
            await self._store.syncs.finish(run.number)
            self._log.info("sync_finished", run=run.number, found=run.found, changed=run.changed)
        elif _has_changed_enough(standing):
            reason = (
                f"{run.changed} users have been changed, as many as --max-changes allows: repeat"
                " the sync with a higher number to go on, or end it with sync --stop."
            )
            await self._stop(run, reason)
        return False

    async def _note(self, run: SyncRun) -> None:
        """Keep for who looks on why nothing happens."""
        if self._read_after is not None:
            return  # says so already
        rest = self._brakes.syncs_rest
        ill = [name for name, each in self._brakes.standing().items() if each["state"] != "well"]
        reason = rest.reason if rest else ""
        if ill and not reason:
            names = " and ".join(ENDS[name] for name in ill)
            reason = f"Waits for {names}; goes on by itself."
        if reason != run.reason:
            await self._store.syncs.note(run.number, reason)

    async def _read(self, run: SyncRun) -> bool:
        """Read a page of ids, where there are more and now is the time."""
        now = self._clock()
        waits = self._read_after is not None and now < self._read_after
        if run.all_read or run.wish.kind == "list" or waits or self._brakes.syncs_rest:
            return False
        try:
            page = await self._page(run)
        except KNOWN as error:
            if isinstance(error, StoreError):
                raise
            if needs_person(error) or isinstance(error, NotFound):
                await self._stop(run, sentence_of(error))
                return False
            self._failures += 1
            self._read_after = due_after(
                self._failures, now=now, spread=self._spread(), retry_after=retry_after_of(error)
            )
            await self._store.syncs.note(run.number, sentence_of(error))
            return False
        self._failures, self._read_after = 0, None
        await self._store.syncs.add_contacts(
            run.number, page.contacts, page.cursor or "", complete=page.cursor is None
        )
        return True

    async def _page(self, run: SyncRun) -> Page:
        if run.wish.kind == "linked":
            return await self._linked_page(run.cursor)
        page = await self._keap.converse_behind(keap_page(run.wish, run.cursor))
        self._brakes.count(self._keap.quota)
        return page

    async def _linked_page(self, cursor: str) -> Page:
        """First whom the store has linked, then whom only WordPress knows.

        Args:
            cursor: ``contact:ID`` in the store, ``user:ID`` in WordPress.
        """
        source, _, after = cursor.partition(":")
        if source != "user":
            known = await self._store.syncs.linked(after, LINKED_AT_ONCE)
            full = len(known) == LINKED_AT_ONCE
            return Page(tuple(known), f"contact:{known[-1]}" if full else "user:0")
        told = await self._wordpress.linked(self._contact_id_meta, int(after))
        if told is None:
            return Page((), None)
        contacts, following = told
        return Page(tuple(contacts), None if following is None else f"user:{following}")

    async def _stop(self, run: SyncRun, reason: str) -> None:
        await self._store.syncs.stop(run.number, reason)
        self._log.warning("sync_stopped", run=run.number, reason=reason)


def _has_changed_enough(standing: Standing) -> bool:
    run = standing.run
    running = standing.states.get("running", 0)
    return run.max_changes is not None and run.changed >= run.max_changes and running == 0
