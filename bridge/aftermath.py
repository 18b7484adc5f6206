"""The tag that a contact gets in Keap once its delivery has ended, so that a campaign goes on."""

from collections.abc import Sequence
from typing import Literal

from bridge.config import After
from bridge.delivery import Caveat
from bridge.keap_end import KeapEnd
from keap_client.errors import TagNotApplied

Ending = Literal["done", "failed"]

HAS_IT = ("SUCCESS", "DUPLICATE")
NOBODY = "CONTACT_NOT_FOUND"
"""The contact was deleted since it was read: there is nobody to be told."""

CAVEATS = {
    "UNKNOWN": "tag_unknown",
    "TAG_ID_NOT_FOUND": "tag_unknown",
    "AMBIGUOUS": "tag_ambiguous",
    "NO_PERMISSION": "tag_not_permitted",
}
"""Words of Keap, or about it, after which the same will be said again."""


class Aftermath:
    """Applies the tags of ``keap.after``."""

    def __init__(self, keap: KeapEnd, after: After) -> None:
        self._keap = keap
        self._after = after

    def asks(self, end: Ending) -> bool:
        """Whether a tag is configured for an end."""
        return self._tag(end) is not None

    async def apply(self, end: Ending, contact_id: str) -> tuple[str | None, Sequence[Caveat]]:
        """Give a contact the tag for an end, if one is configured.

        Returns:
            The tag that the contact has now, if it got one; and what stands in the way for good.

        Raises:
            KeapError: It has to be tried again; that does no harm.
        """
        tag = self._tag(end)
        if tag is None:
            return None, ()
        said = await self._keap.apply_tag(tag, contact_id)
        if said in HAS_IT:
            return tag, ()
        if said in CAVEATS:
            return None, (Caveat(CAVEATS[said], tag),)
        if said == NOBODY:
            return None, ()
        raise TagNotApplied(said)

    def _tag(self, end: Ending) -> str | None:
        return self._after.done if end == "done" else self._after.failed
