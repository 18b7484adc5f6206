"""What the worker asks of whoever carries a contact's deliveries out."""

from collections.abc import Callable
from typing import Protocol

from bridge.attempt import Timeline
from bridge.circuit import Destination
from bridge.delivery import Verdict, Work
from keap_client.quota import Quota


class Attempt(Protocol):
    """How one contact's deliveries are carried out; :class:`bridge.attempt.Attempt` is one."""

    async def run(self, work: Work, timeline: Timeline) -> Verdict:
        """Give how it ended; raise what :mod:`bridge.verdicts` judges."""

    async def end_failed(
        self,
        work: Work,
        verdict: Verdict,
        timeline: Timeline,
        judge: Callable[[Exception], Verdict],
    ) -> Verdict:
        """Do what is left to do before deliveries end as failed; give the verdict to be kept."""

    async def probe(self, destination: Destination) -> None:
        """Return if an end lets us in; raise what keeps us out."""

    @property
    def quota(self) -> Quota | None:
        """The calls that Keap still allows, by its last answer."""
