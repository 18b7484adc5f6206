"""How long the store remembers what is over."""

from typing import Annotated

from pydantic import Field

from bridge.config.scalars import Duration
from bridge.config.section import OrNothing, Section


class Retention(Section):
    """How long finished deliveries are kept, by their state; ``None``: for ever."""

    done: Annotated[Duration | None, OrNothing] = Field("180d", validate_default=True)
    ignored: Annotated[Duration | None, OrNothing] = Field("180d", validate_default=True)
    failed: Annotated[Duration | None, OrNothing] = Field("365d", validate_default=True)
    held: Annotated[Duration | None, OrNothing] = None
    """A person was asked for: by default they stay until one has come."""
