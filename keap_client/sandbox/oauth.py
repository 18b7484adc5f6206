"""OAuth as Keap has it: codes that work once, refresh tokens that die when they are used."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from keap_client.sandbox.state import JsonObject

CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-client-secret"  # noqa: S105 - it opens nothing but a sandbox
REFRESH_LASTS = timedelta(days=45)
_LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class OAuth:
    """The one application that is registered, and what was given to it."""

    client_id: str = CLIENT_ID
    client_secret: str = field(default=CLIENT_SECRET, repr=False)
    redirect_uris: tuple[str, ...] = ()
    """Those that are registered; empty: any. Keap itself wants https."""
    says_no: bool = False
    """Whether Keap's user refuses, on the page that asks."""
    lasts: timedelta = timedelta(hours=24)
    """How long the next access tokens last."""
    access_tokens: dict[str, datetime] = field(default_factory=dict, repr=False)
    """Until when each is good."""
    refresh_tokens: dict[str, datetime] = field(default_factory=dict, repr=False)
    """Until when each that was not used yet is good."""
    refreshed: int = 0
    """How often a refresh token was taken."""
    _codes: dict[str, str] = field(default_factory=dict, repr=False)

    def code_for(self, redirect_uri: str) -> str:
        """Give the code that the browser brings back after the user has agreed."""
        code = secrets.token_hex(12)
        self._codes[code] = redirect_uri
        return code

    def take_code(self, code: str, redirect_uri: str) -> bool:
        """Say whether a code is good for this address; it is used up either way."""
        return self._codes.pop(code, None) == redirect_uri

    def take_refresh_token(self, token: str, now: datetime) -> bool:
        """Say whether a refresh token is good; it is used up."""
        until = self.refresh_tokens.pop(token, None)
        good = until is not None and now < until
        self.refreshed += good
        return good

    def issue(self, now: datetime, app: str) -> JsonObject:
        """Give new tokens as Keap answers them."""
        access, following = secrets.token_urlsafe(21), secrets.token_urlsafe(24)
        self.access_tokens[access] = now + self.lasts
        self.refresh_tokens[following] = now + REFRESH_LASTS
        return {
            "access_token": access,
            "token_type": "bearer",
            "expires_in": int(self.lasts.total_seconds()),
            "refresh_token": following,
            "scope": f"full|{app}",
        }

    def withdraw(self) -> None:
        """Keap's user takes the application's rights away."""
        self.access_tokens.clear()
        self.refresh_tokens.clear()

    def expire(self) -> None:
        """Every access token is past its time."""
        self.access_tokens = dict.fromkeys(self.access_tokens, _LONG_AGO)
