"""What a process remembers of its store, so that it need not ask: how much waits, what it works on.

Only the writer's thread changes it, each time after a commit.
"""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from bridge.store import arrivals
from bridge.store.arrivals import Arrival
from bridge.store.finishing import Finished


class Occupancy:
    """Deliveries that are not finished, and the attempts that this process makes.

    Args:
        waiting_limit: how many deliveries may be unfinished.
        wake: called when there is something to take.
    """

    def __init__(self, waiting_limit: int, wake: Callable[[], object]) -> None:
        self.waiting_limit = waiting_limit
        self._wake = wake
        self.unfinished = 0
        self.working: set[int] = set()

    def keep(self, connection: Connection, arrived: Sequence[Arrival]) -> list[int]:
        """Keep what there is room for; give how many wait because of each: none without room.

        More than one, where what was held of the contact waits again too.
        """
        room = max(0, self.waiting_limit - self.unfinished)
        kept = arrived[:room]
        released = arrivals.keep(connection, kept) if kept else 0
        waiting = [int(place < room) for place in range(len(arrived))]
        waiting[0] += released
        return waiting

    def kept(self, results: Sequence[int]) -> None:
        """New deliveries wait, as :meth:`keep` has said."""
        self.came(sum(results))

    def came(self, number: int) -> None:
        """So many deliveries have come to wait."""
        if number:
            self.unfinished += number
            self._wake()

    def dropped(self, number: int) -> None:
        """So many deliveries no longer wait."""
        self.unfinished = max(0, self.unfinished - number)

    def finished(self, ended: Finished) -> None:
        """An attempt is over."""
        # What others had put may have been counted after it was finished here.
        self.unfinished = max(0, self.unfinished - ended.ended)
        self.working.discard(ended.attempt)
        self._wake()
