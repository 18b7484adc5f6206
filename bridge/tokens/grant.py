"""What OAuth gave to the bridge, and when it has to be renewed. Pure."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from keap_client.oauth import Tokens

EARLY_SHARE = 10
"""Renewed with a tenth of its life left, so that Keap may be away for hours around the end."""

EARLY_LEAST = timedelta(minutes=10)
"""Or with so much left, whichever comes first, but never before half of its life is over."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Two tokens, and how long the first one is good."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    given_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, tokens: Tokens, now: datetime) -> Self:
        """Take what Keap has just given.

        Args:
            tokens: Keap's answer.
            now: When the request left: the answer may have taken its time.
        """
        lasts = timedelta(seconds=tokens.expires_in)
        return cls(tokens.access_token, tokens.refresh_token, now, now + lasts)

    def is_good(self, now: datetime) -> bool:
        """Whether the access token can still be shown."""
        return now < self.expires_at

    def is_due(self, now: datetime) -> bool:
        """Whether it is time to renew it."""
        life = self.expires_at - self.given_at
        early = min(max(life / EARLY_SHARE, EARLY_LEAST), life / 2)
        return now >= self.expires_at - early

    def to_json(self) -> str:
        """Write it for :mod:`bridge.tokens.seal`: not to be kept as it is."""
        return json.dumps(
            {
                "access_token": self.access_token,
                "refresh_token": self.refresh_token,
                "given_at": self.given_at.isoformat(),
                "expires_at": self.expires_at.isoformat(),
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what :meth:`to_json` wrote."""
        told = json.loads(text)
        return cls(
            told["access_token"],
            told["refresh_token"],
            datetime.fromisoformat(told["given_at"]),
            datetime.fromisoformat(told["expires_at"]),
        )
