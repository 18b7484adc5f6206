"""A new version of config.yaml, taken into the bridge that runs."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import TypeAlias

import structlog

from bridge.config import Config, ConfigProblems, Loaded
from bridge.config.changes import renewals
from bridge.watching import changes_of

Renew: TypeAlias = "Callable[[Config, str], None]"
"""Makes a configuration hold from now on, with the version that attempts record."""

INCOMPLETE = "*"
"""Follows the version that an attempt records while keys of that version wait for a restart."""


class Reload:
    """Looks at the file when it changes or a person asks; takes what is valid, or nothing."""

    def __init__(
        self,
        file: Path,
        started: Loaded,
        load: Callable[[Path], Loaded],
        *,
        watch: Callable[[Path, asyncio.Event], AsyncGenerator[None, None]] = changes_of,
    ) -> None:
        """Take the surroundings.

        Args:
            file: The configuration file.
            started: What the bridge was started with.
            load: Reads the file; raises :class:`ConfigProblems`.
            watch: Yields when the file may have changed, until the event is set.
        """
        self._file = file
        self._started = started.sites
        self._running = started.sites
        self._load = load
        self._watch_file = watch
        self._told: object = (started.version, ())
        self._warned = {warning.said_of(file.name) for warning in started.warnings}
        self._look = asyncio.Event()
        self._asked = False
        self._log = structlog.get_logger()

    def ask(self) -> None:
        """Look now, and say what came of it even if nothing has changed: a person wants to know."""
        self._asked = True
        self._look.set()

    @property
    def file_name(self) -> str:
        """What people call the file."""
        return self._file.name

    def read(self) -> Loaded:
        """Read the file as it stands now, and take nothing of it.

        Raises:
            ConfigProblems: With every mistake in it.
        """
        return self._load(self._file)

    async def run(self, renew: Mapping[str, Renew], stop: asyncio.Event) -> None:
        """Follow the file until ``stop`` is set.

        Args:
            renew: Told of every good version, by the site's name; of one alone it is empty.
            stop: Set by whoever ends the program.
        """
        waker = asyncio.create_task(self._wake_at(stop))
        watching = asyncio.create_task(self._watch(stop))
        try:
            while not stop.is_set():
                await self._look.wait()
                self._look.clear()
                if not stop.is_set():
                    await self._take_up(renew)
        finally:
            waker.cancel()
            await watching

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._look.set()

    async def _watch(self, stop: asyncio.Event) -> None:
        # The look that is asked for here begins when this task waits: then the watch stands.
        try:
            async with aclosing(self._watch_file(self._file, stop)) as changes:
                async for _ in changes:
                    self._look.set()
        except (OSError, RuntimeError) as error:  # watchfiles passes some on as the latter
            self._log.warning("config_not_watched", reason=str(error))

    async def _take_up(self, renew: Mapping[str, Renew]) -> None:
        asked, self._asked = self._asked, False
        try:
            loaded = await asyncio.to_thread(self._load, self._file)
            self._take(loaded, renew, asked=asked)
        except ConfigProblems as problems:
            self._say_refused(problems, asked=asked)
        except Exception:  # noqa: BLE001 - a bug must not end what works
            self._log.exception("config_fault")

    def _say_refused(self, problems: ConfigProblems, *, asked: bool) -> None:
        mistakes = [problem.said_of(self._file.name) for problem in problems.problems]
        if asked or mistakes != self._told:
            self._log.error("config_refused", mistakes=mistakes)
        self._told = mistakes

    def _take(self, loaded: Loaded, renew: Mapping[str, Renew], *, asked: bool) -> None:
        new = renewals(self._started, self._running, loaded.sites)
        news = (loaded.version, new.wait_for_restart)
        if news == self._told and not new.changed and not asked:
            return
        self._told = news
        self._running = new.configs
        version = loaded.version + (INCOMPLETE if new.wait_for_restart else "")
        for name, config in new.configs.items():
            renew[name](config, version)
        warnings = [warning.said_of(self._file.name) for warning in loaded.warnings]
        for warning in warnings:
            if warning not in self._warned:
                self._log.warning("config_warning", warning=warning)
        self._warned = set(warnings)
        self._log.info(
            "config_reloaded",
            config=version,
            changed=list(new.changed),
            wait_for_restart=list(new.wait_for_restart),
        )
