"""One request to Keap as a value: what to ask, and how to read the answer.

Nothing here performs I/O.
A carrier (:mod:`keap_client.over_aiohttp`, :mod:`keap_client.over_requests`) sends a :class:`Call`
and returns what its ``read`` makes of the :class:`Answer`.
Several calls that belong together are a :data:`Conversation`: a generator that yields calls,
is sent their results, and returns the outcome, so that one text serves both carriers.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer as it came: nothing in it is trusted yet."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case; the last of repeated headers."""
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call(Generic[T_co]):
    """One request below the API's base URL, and the reading of its answer."""

    method: str
    path: str
    """Relative to the base URL, without a leading or a trailing slash."""
    read: Callable[[Answer], T_co]
    """Gives the result or raises a :class:`keap_client.errors.KeapError`."""
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: Json = field(default=None, repr=False)
    """Sent as JSON; ``None`` sends no body."""
    name: str = ""
    """What metrics and logs call it: a word such as ``get_contact``, never an id."""


Conversation: TypeAlias = Generator[Call[Any], Any, T]


def ask(call: Call[T]) -> Conversation[T]:
    """Hand one call to the carrier from inside a conversation, and give back its result."""
    result: T = yield call
    return result
