"""How long the store remembers what is over."""

from typing import Annotated

from bridge.config.scalars import Duration
from bridge.config.section import OrNothing, Section, default


class Retention(Section):
    """How long finished deliveries are kept, by their state; ``None``: for ever."""

    done: Annotated[Duration | None, OrNothing] = default("180d")
    ignored: Annotated[Duration | None, OrNothing] = default("180d")
    failed: Annotated[Duration | None, OrNothing] = default("365d")
    held: Annotated[Duration | None, OrNothing] = None
    """A person was asked for: by default they stay until one has come."""
