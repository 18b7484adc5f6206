"""What the page asks of Keap and WordPress: in a thread, one question at a time."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridge.config import Config, ConfigProblems
from bridge.preview import Preview
from bridge.reload import Reload
from bridge.site import Site
from bridge.surroundings import Surroundings
from bridge.verdicts import ConfigurationAtFault, sentence_of
from keap_client.errors import KeapError
from keap_client.form import UnreadablePost
from wp_client.errors import WordPressError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridge.check import Finding
    from keap_client.over_requests import Keap

# bridge.check, bridge.dry_run and bridge.ends are imported where somebody asks: requests, the
# second carrier, would cost every start of the bridge a tenth of a second.


@dataclass(frozen=True, slots=True)
class Checked:
    """What ``check`` found."""

    findings: "list[Finding]"
    summary: str


class Asking:
    """Asks as commands do; who asks meanwhile waits, so that impatience costs no threads."""

    def __init__(self, site: Site, surroundings: Surroundings, reload: Reload | None) -> None:
        self._site = site
        self._surroundings = surroundings
        self._reload = reload
        self._one = asyncio.Semaphore(1)

    async def preview(self, contact: str, action: str, role: str = "") -> Preview | str:
        """Give what an HTTP Post would change; a sentence where that cannot be said.

        Args:
            contact: The Keap contact's id, as a person wrote it.
            action: As in ``wpf_action``.
            role: As the Post would name it; empty: it names none.

        Raises:
            StoreError: The store cannot be asked.
        """
        loop = asyncio.get_running_loop()
        try:
            async with self._one:
                return await asyncio.to_thread(self._preview, loop, contact, action, role)
        except UnreadablePost as error:
            return str(error)
        except (KeapError, WordPressError, ConfigurationAtFault) as error:
            return sentence_of(error)

    async def check(self) -> Checked:
        """Give what ``check`` finds in the file, at both ends and on this machine."""
        loop = asyncio.get_running_loop()
        async with self._one:
            return await asyncio.to_thread(self._check, loop)

    def _preview(
        self, loop: asyncio.AbstractEventLoop, contact: str, action: str, role: str
    ) -> Preview:
        from bridge.dry_run import as_posted, dry_run  # noqa: PLC0415 - see above

        config = self._site.in_force.now.config
        delivery = as_posted(contact, action, role, surroundings=self._surroundings)
        return dry_run(config, self._keap(config, loop), delivery, self._surroundings)

    def _check(self, loop: asyncio.AbstractEventLoop) -> Checked:
        from bridge.check import ask_everybody, summary_of  # noqa: PLC0415 - see above

        config = self._site.in_force.now.config
        everybody = ask_everybody(
            config, lambda: self._keap(config, loop), now=self._surroundings.clock()
        )
        findings = [*self._on_file(), *everybody]
        return Checked(findings, summary_of(findings))

    def _on_file(self) -> "Iterator[Finding]":
        """Look at the file as it stands: the bridge may have refused its newest version."""
        from bridge.check import on_loaded, on_problems  # noqa: PLC0415 - see above

        if self._reload is None:
            return
        file = self._reload.file_name
        try:
            yield from on_loaded(self._reload.read(), file)
        except ConfigProblems as problems:
            yield from on_problems(problems.problems, file)

    def _keap(self, config: Config, loop: asyncio.AbstractEventLoop) -> "Keap":
        """Give the carrier to Keap, with the credentials that the loop's calls would show now."""
        from bridge.ends import keap_of  # noqa: PLC0415 - see above

        current = asyncio.run_coroutine_threadsafe(self._site.credentials.current(), loop)
        return keap_of(config, current.result())
