"""What the page asks of Keap and WordPress: in a thread, one question at a time."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridge.preview import Preview
from bridge.site import Site
from bridge.surroundings import Surroundings
from bridge.verdicts import ConfigurationAtFault, sentence_of
from keap_client.errors import KeapError
from keap_client.http_post import UnreadablePost
from wp_client.errors import WordPressError

if TYPE_CHECKING:
    from bridge.check import Finding

# bridge.check and bridge.dry_run are imported where somebody asks: the second carrier, requests,
# would cost every start of the bridge a tenth of a second.


@dataclass(frozen=True, slots=True)
class Checked:
    """What ``check`` found."""

    findings: "list[Finding]"
    summary: str


class Asking:
    """Asks as commands do; who asks meanwhile waits, so that impatience costs no threads."""

    def __init__(self, site: Site, surroundings: Surroundings) -> None:
        self._site = site
        self._surroundings = surroundings
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
        try:
            async with self._one:
                return await asyncio.to_thread(self._preview, contact, action, role)
        except UnreadablePost as error:
            return str(error)
        except (KeapError, WordPressError, ConfigurationAtFault) as error:
            return sentence_of(error)

    async def check(self) -> Checked:
        """Give what ``check`` finds at both ends and on this machine."""
        async with self._one:
            return await asyncio.to_thread(self._check)

    def _preview(self, contact: str, action: str, role: str) -> Preview:
        from bridge.dry_run import as_posted, dry_run  # noqa: PLC0415 - see above

        delivery = as_posted(contact, action, role, surroundings=self._surroundings)
        return dry_run(self._site.in_force.now.config, delivery, self._surroundings)

    def _check(self) -> Checked:
        from bridge.check import ask_everybody, summary_of  # noqa: PLC0415 - see above

        findings = list(ask_everybody(self._site.in_force.now.config))
        return Checked(findings, summary_of(findings))
