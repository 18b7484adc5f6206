"""Values that the store's tests are about."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bridge.delivery import NewDelivery, Verdict

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DONE = Verdict("done", user_id=1)


@dataclass
class Clock:
    """Tells the time that the test has set."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        """The time now."""
        return self.now

    def pass_(self, seconds: float) -> None:
        """Some time passes."""
        self.now += timedelta(seconds=seconds)


def post(delivery_id: str, contact: str = "7", **more: object) -> NewDelivery:
    """An HTTP Post to keep."""
    fields: dict[str, object] = {"action": "add", "received_at": NOON} | more
    return NewDelivery(id=delivery_id, contact=contact, **fields)  # type: ignore[arg-type]  # as the test names them
