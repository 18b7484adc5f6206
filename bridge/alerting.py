"""Looks after a site and calls people: sends and remembers what :mod:`bridge.alarms` decides."""

import asyncio
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import structlog

from bridge.alarms import RECENTLY, Limits, News, Seen, habit_of, news_of
from bridge.notifier import Notifier, NotSent
from bridge.site import Site
from bridge.store import Reader, Store
from bridge.store.errors import StoreError
from bridge.summary import SUMMARY, DayBefore, is_due, line_of
from bridge.surroundings import Surroundings
from bridge.worker import Worker
from keap_client.quota import Quota

EVERY = 60.0
"""Seconds between two looks."""

MEMORY = timedelta(days=14)
"""Whose Posts make the site's habit."""

HABIT_AGAIN = timedelta(hours=1)


def alerting_of(site: Site, surroundings: Surroundings) -> "Alerting | None":
    """Give what looks after a site; ``None``: nobody wants to be called."""
    alerts = site.config.alerts
    if not alerts.to:
        return None
    return Alerting(
        site.config.wordpress.url,
        site.store,
        site.config.server.store,
        site.worker,
        Notifier(alerts.to),
        Limits(
            waiting_over=alerts.waiting_over,
            quota_under=alerts.quota_under / 100,
            disk_under=alerts.disk_under * 1_000_000,
            silence=alerts.silence,
        ),
        clock=surroundings.clock,
        summary_at=alerts.daily,
    )


class Sender(Protocol):
    """Sends messages; :class:`bridge.notifier.Notifier` is one."""

    async def send(self, title: str, text: str) -> None:
        """Return when everybody has it; raise ``NotSent`` if not."""


class Alerting:
    """Tells each trouble of a site once, and once when it is over; the day before, if wanted."""

    def __init__(
        self,
        site: str,
        store: Store,
        where: str,
        worker: Worker,
        sender: Sender,
        limits: Limits,
        *,
        clock: Callable[[], datetime],
        summary_at: timedelta | None = None,
    ) -> None:
        """Take the surroundings.

        Args:
            site: What messages begin with.
            store: Remembers what was told.
            where: The store, as ``server.store`` has it, to be read.
            worker: Knows both ends.
            sender: Reaches people.
            limits: When they are called.
            clock: The present time.
            summary_at: When the day before is summed up, counted from this machine's midnight;
                ``None``: never.
        """
        self._site = site
        self._store = store
        self._where = where
        self._worker = worker
        self._sender = sender
        self._limits = limits
        self._clock = clock
        self._summary_at = summary_at
        self._habit: tuple[datetime, timedelta | None] | None = None
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Look once a minute, until cancelled."""
        while True:
            try:
                await self.look()
            except StoreError as error:
                self._log.error("alarms_not_looked_at", reason=str(error))
            except Exception:  # noqa: BLE001 - who looks after the others must not end himself
                self._log.exception("alarm_fault")
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Look once, and tell what is new. Of several processes one does at a time.

        Raises:
            StoreError: The store does not answer.
        """
        async with self._store.hold("alarms"):
            told = await self._store.alarms.told()
            seen = await asyncio.to_thread(self._see)
            for news in news_of(seen, self._limits, told.keys()):
                await self._tell(news, seen.at)
            await self._sum_up(told.get(SUMMARY), seen)

    async def _tell(self, news: News, at: datetime) -> None:
        prefix = "Over" if news.over else "Alarm"
        if not await self._send(f"{prefix}: {self._site}", news.sentence):
            return  # told at the next look
        if news.over:
            await self._store.alarms.forget(news.name)
        else:
            await self._store.alarms.tell(news.name, at)
        self._log.info("alarm_sent", name=news.name, over=news.over)

    async def _sum_up(self, last: datetime | None, seen: Seen) -> None:
        if self._summary_at is None or not is_due(last, seen.at, self._summary_at):
            return
        since = seen.at - timedelta(days=1)
        counts = await asyncio.to_thread(lambda: Reader.open(self._where).counts_since(since))
        day = DayBefore(counts, waiting=self._store.unfinished, quota_left=seen.quota_left)
        if await self._send(f"Yesterday: {self._site}", line_of(day)):
            await self._store.alarms.tell(SUMMARY, seen.at)

    async def _send(self, title: str, text: str) -> bool:
        try:
            await self._sender.send(title, text)
        except NotSent as error:
            self._log.error("alarm_not_sent", reason=str(error))
            return False
        return True

    def _see(self) -> Seen:
        now = self._clock()
        reader = Reader.open(self._where)
        newest = reader.deliveries(limit=1)
        return Seen(
            at=now,
            held=reader.counts()["held"],
            failed=reader.failed_since(now - RECENTLY),
            oldest=reader.oldest_waiting(),
            pauses=self._worker.brakes.pauses(),
            quota_left=_part_left(self._worker.quota),
            disk_free=self._disk_free(),
            last_post=newest[0].received_at if newest else None,
            habit=self._habit_at(now, reader) if self._limits.silence == "usual" else None,
        )

    def _habit_at(self, now: datetime, reader: Reader) -> timedelta | None:
        if self._habit is None or now - self._habit[0] >= HABIT_AGAIN:
            self._habit = (now, habit_of(reader.moments_since(now - MEMORY)))
        return self._habit[1]

    def _disk_free(self) -> int | None:
        if not self._where.startswith("sqlite:"):
            return None
        with suppress(OSError):
            return shutil.disk_usage(Path(self._where.removeprefix("sqlite:///")).parent).free
        return None


def _part_left(quota: Quota | None) -> float | None:
    day = quota.day if quota else None
    if day is None or day.available is None or not day.limit:
        return None
    return day.available / day.limit
