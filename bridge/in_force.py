"""Which version of the configuration attempts begin under, and since when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bridge.config import Config


@dataclass(frozen=True, slots=True)
class Version:
    """A configuration that holds."""

    config: Config
    name: str
    """As attempts record it."""
    since: datetime


class InForce:
    """The version that holds now; a newer one takes its place while the bridge runs."""

    def __init__(self, config: Config, name: str, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.now = Version(config, name, clock())

    def take(self, config: Config, name: str) -> None:
        """Let a newer version hold from now on."""
        self.now = Version(config, name, self._clock())
