"""Things that go wrong on demand: what the next matching requests meet."""

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

FaultKind: TypeAlias = Literal[
    "invalid_token",  # 401, the gateway's envelope
    "expired_token",  # 401, the gateway's envelope
    "forbidden",  # 403, the application's envelope
    "not_found",  # 404, the application's envelope
    "throttled",  # 429, in the body form and with the Retry-After that the quirks say
    "error_html",  # 500, a page
    "error_json",  # 500, the application's envelope
    "bad_gateway",  # 502, a page
    "unavailable",  # 503, empty, with Retry-After where ``retry_after`` is given
    "gateway_timeout",  # 504, the gateway's envelope
    "page_instead",  # 200, a page where JSON was promised
    "truncated_json",  # the real answer's JSON cut in half, otherwise sound HTTP
    "cut_off",  # the real answer, but the connection closes in the middle of the body
    "hang_up",  # the connection closes without an answer
    "never_answer",  # the connection stays open, silent, until the sandbox stops
    "redirect",  # 302 to another address of the same server
    "slow",  # the real answer, ``seconds`` later
]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to go wrong, for the next ``times`` requests that match."""

    kind: FaultKind
    times: int = 1
    method: str | None = None
    """Only requests by this method; ``None`` means any."""
    path: str = ".*"
    """A regular expression that the whole path below the base URL matches, as ``contacts/\\d+``."""
    carried_out: bool = False
    """Whether Keap does what was asked before the answer goes wrong: the caller cannot know."""
    retry_after: int | None = None
    """Seconds, for ``unavailable`` and ``throttled``."""
    seconds: float = 0.0
    """For ``slow``."""

    def matches(self, method: str, path: str) -> bool:
        """Say whether a request is one that this fault waits for."""
        wanted = self.method is None or self.method == method
        return wanted and re.fullmatch(self.path, path) is not None


@dataclass(slots=True)
class Faults:
    """The faults still to come, oldest first."""

    _waiting: list[tuple[Fault, int]] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Queue a fault behind those that wait."""
        self._waiting.append((fault, fault.times))

    def take(self, method: str, path: str) -> Fault | None:
        """Give the fault that this request meets, if any, and count it as met."""
        for position, (fault, left) in enumerate(self._waiting):
            if fault.matches(method, path):
                self._waiting[position : position + 1] = [(fault, left - 1)] if left > 1 else []
                return fault
        return None

    def clear(self) -> None:
        """Let nothing more go wrong."""
        self._waiting.clear()

    def __len__(self) -> int:
        return sum(left for _, left in self._waiting)
