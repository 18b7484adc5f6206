"""Both ends' circuits: how much may be asked of them now, and what each attempt tells of them."""

from collections.abc import Callable, Mapping
from datetime import datetime

import structlog

from bridge.allowance import Rest, rest_after, rest_of_syncs_after
from bridge.circuit import Circuit, Destination, Pause
from bridge.verdicts import (
    destination_of,
    is_well,
    refuses_everybody,
    retry_after_of,
    sentence_of,
)
from keap_client.errors import KeapThrottled
from keap_client.quota import Quota

EVENTS = {
    "down": "destination_down",
    "throttled": "destination_throttled",
    "refusing": "destination_refuses",
}


class Brakes:
    """Every attempt needs both ends, so that one that is not well holds everything back.

    Says in the log, once each, when an end goes and when it is well again.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        spread: Callable[[], float],
        reserve: float = 0.0,
    ) -> None:
        """Take the surroundings.

        Args:
            clock: The present time.
            spread: A random number from 0 to 1, for the pauses.
            reserve: The share of Keap's calls of a day that syncs leave to Posts.
        """
        self._clock = clock
        self._reserve = reserve
        self._syncs_rest: Rest | None = None
        self._spread = spread
        self._circuits: dict[Destination, Circuit] = {"keap": Circuit(), "wordpress": Circuit()}
        self._quota: Quota | None = None
        self._well_again: set[Destination] = set()
        self._log = structlog.get_logger()

    def room(self, places: int, running: int) -> int:
        """Say how many attempts may begin now.

        Args:
            places: How many may run side by side while all is well.
            running: How many run.
        """
        pauses = self._pauses()
        if not pauses:
            return max(places - running, 0)
        now = self._clock()
        if any(pause.lasts(now) or pause.why == "refusing" for pause in pauses):
            return 0
        return 1 if running == 0 else 0  # the one that shows whether the end is well

    @property
    def syncs_rest(self) -> Rest | None:
        """Until when syncs leave Keap's calls to Posts; ``None``: they need not."""
        rest = self._syncs_rest
        return rest if rest is not None and self._clock() < rest.until else None

    def seconds(self) -> float:
        """Give the seconds until something may be tried; 0: now."""
        now = self._clock()
        lasting = [pause.until - now for pause in self._pauses() if pause.lasts(now)]
        return max(lasting).total_seconds() if lasting else 0.0

    def to_probe(self) -> set[Destination]:
        """Name the ends that refused, and are to be asked whether they let us in again."""
        now = self._clock()
        return {
            destination
            for destination, circuit in self._circuits.items()
            if (pause := circuit.pause) and pause.why == "refusing" and not pause.lasts(now)
        }

    def well_again(self) -> set[Destination]:
        """Name the ends that are well again, each once."""
        names, self._well_again = self._well_again, set()
        return names

    def remember_well(self, destinations: set[Destination]) -> None:
        """Name them once more: nothing could be made of it."""
        self._well_again |= destinations

    def refuses(self, destination: Destination) -> bool:
        """Whether an end is known to let nobody in."""
        pause = self._circuits[destination].pause
        return pause is not None and pause.why == "refusing"

    def learn(
        self, error: Exception | None, quota: Quota | None, *, contact_alone: bool = False
    ) -> None:
        """Learn from the end of an attempt.

        Args:
            error: What it ended with; ``None``: both ends did what was asked.
            quota: The calls that Keap still allows; the same answer is learnt from once.
            contact_alone: An end refused this, and lets others through.
        """
        now = self._clock()
        circuits = {
            destination: self._after_attempt(destination, error, contact_alone=contact_alone)
            for destination in self._circuits
        }
        if quota is not None and quota is not self._quota and (rest := rest_after(quota, now)):
            circuits["keap"] = circuits["keap"].resting(rest.reason, now=now, until=rest.until)
        self.count(quota)
        for destination, circuit in circuits.items():
            self._becomes(destination, circuit)

    def count(self, quota: Quota | None) -> None:
        """Learn from the calls that Keap still allows; the same answer is learnt from once."""
        if quota is None or quota is self._quota:
            return
        self._quota = quota
        now = self._clock()
        before = self.syncs_rest
        self._syncs_rest = rest_of_syncs_after(quota, now, self._reserve) if self._reserve else None
        if before is None and self._syncs_rest is not None:
            self._log.warning("syncs_rest", reason=self._syncs_rest.reason)

    def _after_attempt(
        self, destination: Destination, error: Exception | None, *, contact_alone: bool
    ) -> Circuit:
        circuit, now, spread = self._circuits[destination], self._clock(), self._spread()
        if error is None or _shows_well(error, destination):
            return circuit.succeeded(now)
        if destination_of(error) != destination:
            return circuit  # it was not asked
        reason, retry_after = sentence_of(error), retry_after_of(error)
        if refuses_everybody(error) is not False and not contact_alone:
            return circuit.refused(reason, now=now, spread=spread)
        if isinstance(error, KeapThrottled):
            return circuit.throttled(reason, now=now, spread=spread, retry_after=retry_after)
        return circuit.failed(reason, now=now, spread=spread, retry_after=retry_after)

    def probed(self, destination: Destination, error: Exception | None) -> None:
        """Learn what an end that refused said when it was asked again; ``None``: it lets us in."""
        circuit = self._circuits[destination]
        if error is None:
            self._becomes(destination, circuit.answered_probe())
        else:
            now, spread = self._clock(), self._spread()
            self._becomes(destination, circuit.refused(sentence_of(error), now=now, spread=spread))

    def hurry(self) -> None:
        """Try at once what waits for an end: a person says that it is mended."""
        now = self._clock()
        self._circuits = {name: each.hurried(now) for name, each in self._circuits.items()}

    def pauses(self) -> Mapping[Destination, Pause | None]:
        """Give, for each end, what keeps it from being asked; ``None``: it is well."""
        return {destination: circuit.pause for destination, circuit in self._circuits.items()}

    def standing(self) -> Mapping[Destination, Mapping[str, str]]:
        """Say for ``/healthz`` how the ends are; without reasons, which name addresses."""
        return {
            destination: {"state": "well"}
            if (pause := circuit.pause) is None
            else {
                "state": pause.why,
                "since": _iso(pause.began),
                "next_try": _iso(pause.until),
            }
            for destination, circuit in self._circuits.items()
        }

    def _pauses(self) -> list[Pause]:
        return [circuit.pause for circuit in self._circuits.values() if circuit.pause is not None]

    def _becomes(self, destination: Destination, after: Circuit) -> None:
        before = self._circuits[destination]
        self._circuits[destination] = after
        was, is_ = (each.pause and each.pause.why for each in (before, after))
        if was == is_:
            return
        if after.pause is None:
            self._well_again.add(destination)
            self._log.info("destination_well_again", destination=destination)
            return
        self._log.warning(
            EVENTS[after.pause.why],
            destination=destination,
            reason=after.pause.reason,
            next_try=_iso(after.pause.until),
        )


def _shows_well(error: Exception, destination: Destination) -> bool:
    """Whether an error says that an end is well: it is about the contact, or the other end."""
    speaks_of = destination_of(error)
    if speaks_of == destination:
        return is_well(error)
    return speaks_of == "wordpress"  # by then Keap has given the contact


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
