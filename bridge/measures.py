"""What a running bridge tells of itself to whoever counts. Nothing here names a contact."""

from typing import Protocol

from bridge.circuit import Destination
from bridge.delivery import Verdict, Work


class Exchange(Protocol):
    """One request to an end that is over."""

    @property
    def name(self) -> str:
        """The call's name, as in ``get_contact``."""

    @property
    def status(self) -> int | None:
        """``None``: no answer came."""

    @property
    def seconds(self) -> float:
        """How long it took."""


class Measures(Protocol):
    """Told of everything that is counted or timed; :class:`bridge.metrics.SiteMetrics` is one."""

    def post_answered(self, status: int, seconds: float) -> None:
        """An HTTP Post has its answer."""

    def attempt_failed(self, error: Exception) -> None:
        """An attempt met an error."""

    def attempt_finished(self, work: Work, verdict: Verdict, seconds: float) -> None:
        """An attempt is over."""

    def exchanged(self, end: Destination, exchange: Exchange) -> None:
        """A request to an end is over."""


class Unmeasured:
    """Nobody counts."""

    def post_answered(self, status: int, seconds: float) -> None:
        """Forget it."""

    def attempt_failed(self, error: Exception) -> None:
        """Forget it."""

    def attempt_finished(self, work: Work, verdict: Verdict, seconds: float) -> None:
        """Forget it."""

    def exchanged(self, end: Destination, exchange: Exchange) -> None:
        """Forget it."""
