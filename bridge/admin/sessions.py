"""Who has logged in to the page. Kept in memory: a restart logs everybody out."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest

from aiohttp import web

LIFETIME = timedelta(hours=12)
MOST = 100
"""Sessions at once; the oldest goes first. Only who knows the password can begin one."""


@dataclass(frozen=True, slots=True)
class Session:
    """One log-in."""

    until: datetime
    csrf_token: str = field(repr=False)
    """Stands in every form of the page, and comes back with it."""

    def knows(self, token: str) -> bool:
        """Whether a form was made for this session."""
        return compare_digest(_digest(self.csrf_token), _digest(token))


SESSION = web.RequestKey("session", Session)
"""Where a request of somebody who has logged in has the session."""


class Sessions:
    """The log-ins that hold, by the digest of what the browser keeps."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._sessions: dict[bytes, Session] = {}

    def begin(self) -> str:
        """Begin a session; give what the browser is to keep: 256 random bits."""
        while len(self._sessions) >= MOST:
            del self._sessions[next(iter(self._sessions))]
        token = secrets.token_urlsafe(32)
        session = Session(self._clock() + LIFETIME, secrets.token_urlsafe(32))
        self._sessions[_digest(token)] = session
        return token

    def find(self, token: str) -> Session | None:
        """Give the session of a browser; ``None``: it has none, or it is over."""
        # A look-up by digest takes a time that says nothing about the token.
        session = self._sessions.get(_digest(token))
        if session is None or session.until <= self._clock():
            self.end(token)
            return None
        return session

    def end(self, token: str) -> None:
        """End a session, if there is one."""
        self._sessions.pop(_digest(token), None)


def is_password(given: str, password: str) -> bool:
    """Compare in a time that tells neither how much of it is right nor how long it is."""
    return compare_digest(_digest(given), _digest(password))


def _digest(text: str) -> bytes:
    return sha256(text.encode(errors="surrogatepass")).digest()
