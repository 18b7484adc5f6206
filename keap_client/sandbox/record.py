"""What was asked of the sandbox, in order, for tests to look at."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

AuthStyle: TypeAlias = Literal["bearer", "x-keap-api-key", "other", "none"]


@dataclass(slots=True)
class Request:
    """One request; everything but the secret that it was signed with."""

    at: datetime
    method: str
    path: str
    """Below the API's base URL, such as ``contacts/1001``; else the whole path."""
    query: tuple[tuple[str, str], ...]
    """Decoded, in the order sent."""
    query_string: str
    """As it was on the wire."""
    headers: dict[str, str] = field(repr=False)
    """Names in lower case, credentials left out."""
    auth: AuthStyle
    body: bytes = field(default=b"", repr=False)
    endpoint: str | None = None
    """The route that was meant, such as ``GET contacts/{contact_id}``."""
    status: int | None = None
    """The status answered; ``None`` while it is open, or when the connection was closed on it."""

    def json(self) -> Any:
        """Give the body as JSON."""
        return json.loads(self.body)

    def values(self, name: str) -> list[str]:
        """Give what the query has under a name, in order."""
        return [value for key, value in self.query if key == name]


@dataclass(slots=True)
class Record:
    """Every request since the start or since :meth:`clear`."""

    requests: list[Request] = field(default_factory=list)

    def to(self, endpoint: str) -> list[Request]:
        """Give the requests to one endpoint, such as ``PATCH contacts/{contact_id}``."""
        return [request for request in self.requests if request.endpoint == endpoint]

    def counts(self) -> Counter[str]:
        """Count the requests by endpoint; those to no known endpoint are under their path."""
        return Counter(
            request.endpoint or f"{request.method} {request.path}" for request in self.requests
        )

    @property
    def last(self) -> Request:
        """The newest request; ``IndexError`` when there is none."""
        return self.requests[-1]

    def clear(self) -> None:
        """Forget everything."""
        self.requests.clear()
