"""A second token, for when the first one's calls of the day are used up."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal

import structlog

from keap_client.call import Answer
from keap_client.carrier import Credentials, CredentialsSource
from keap_client.quota import Quota

InUse = Literal["token", "backup_token"]


class WithBackup:
    """Two tokens: the first one, unless it has no calls left today.

    The day is Keap's, which begins at 00:00 UTC; then the first one is shown again. A token that
    is refused is not replaced: somebody has to know of it.
    """

    def __init__(
        self,
        first: CredentialsSource,
        backup: Credentials,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._first = first
        self._backup = backup
        self._clock = clock
        self._used_up_until: datetime | None = None
        self._log = structlog.get_logger()

    @property
    def in_use(self) -> InUse:
        """Which of the two the next call shows."""
        until = self._used_up_until
        if until is None:
            return "token"
        now = self._clock()
        # One that ends in more than a day was set by a clock that has been set back since.
        if now < until <= now + timedelta(days=1):
            return "backup_token"
        self._used_up_until = None
        self._tell("token")
        return "token"

    async def current(self) -> Credentials:
        """Give the one in use."""
        return self._backup if self.in_use == "backup_token" else await self._first.current()

    async def changed_after(self, used: Credentials, answer: Answer) -> bool:
        """Look whether the first one's calls of the day are used up."""
        if used == self._backup:
            return self.in_use == "token"
        if self.in_use == "backup_token":
            return True  # another call has found it out meanwhile
        if _day_is_used_up(answer):
            today = self._clock().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
            self._used_up_until = today + timedelta(days=1)
            self._tell("backup_token")
            return True
        return await self._first.changed_after(used, answer)

    def _tell(self, in_use: InUse) -> None:
        self._log.warning("keap_token_switched", in_use=in_use)


def _day_is_used_up(answer: Answer) -> bool:
    """Whether the token has no calls left today; the whole application's would be the same."""
    quota = Quota.from_headers(answer.headers)
    day = quota.day if quota else None
    return day is not None and bool(day.limit) and day.available is not None and day.available <= 0
