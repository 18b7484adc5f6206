"""The last answers to HTTP Posts, so that somebody who sets up a campaign sees them arrive."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

REMEMBERED = 5
"""Of those that were accepted, and as many that were refused: a stranger's cannot push an owner's
out."""


@dataclass(frozen=True, slots=True)
class AnsweredPost:
    """An HTTP Post and what it was told. Neither its values nor its sender are remembered."""

    at: datetime
    status: HTTPStatus
    delivery: str | None = None
    """As what it was kept; ``None`` for a test, and for what was refused."""
    refusal: str = ""
    """Why it was refused, as its sender was told."""


class LastPosts:
    """The newest answers of this process, in memory."""

    def __init__(self) -> None:
        self._accepted: deque[AnsweredPost] = deque(maxlen=REMEMBERED)
        self._refused: deque[AnsweredPost] = deque(maxlen=REMEMBERED)

    def note(self, post: AnsweredPost) -> None:
        """Remember one, and forget the oldest of its kind."""
        (self._refused if post.refusal else self._accepted).append(post)

    def newest_first(self) -> list[AnsweredPost]:
        """Give those that are remembered."""
        return sorted((*self._accepted, *self._refused), key=lambda post: post.at, reverse=True)
