"""One request to WordPress as a value: what to ask, and how to read the answer.

Nothing here performs I/O.
A carrier (:mod:`wp_client.over_aiohttp`, :mod:`wp_client.over_requests`) sends a :class:`Call`
and returns what its ``read`` makes of the :class:`Answer`.
Several calls that belong together are a :data:`Conversation`: a generator that yields calls,
is sent their results, and returns the outcome, so that one text serves both carriers.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeAlias, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer as it came: nothing in it is trusted yet."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case; repeated headers joined with commas (RFC 9110, section 5.2)."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Call(Generic[T_co]):
    """One request to the REST API or to a page of the site, and the reading of its answer.

    At most one of ``body``, ``form`` and ``xml`` is given.
    What goes out stands in no ``repr``: it holds addresses and passwords.
    """

    method: str
    path: str
    """Relative to the target, without a leading slash; a page's may end in one."""
    read: Callable[[Answer], T_co] = field(repr=False)
    """Gives the result or raises a :class:`wp_client.errors.WordPressError`."""
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: Json = field(default=None, repr=False)
    """Sent as JSON; ``None`` sends no body."""
    form: tuple[tuple[str, str], ...] | None = field(default=None, repr=False)
    """Sent as a page's form is (``application/x-www-form-urlencoded``)."""
    xml: bytes | None = field(default=None, repr=False)
    target: Literal["rest", "site"] = "rest"
    """Below the REST API's root, wherever a site has that, or below the site's own address."""
    signed: bool = True
    """Whether the application password goes along."""
    name: str = ""
    """What is asked, for metrics: ``update_user``."""

    def then(self, make: Callable[[T_co], T]) -> "Call[T]":
        """The same request, whose result goes through one more function."""
        return Call(
            self.method,
            self.path,
            lambda answer: make(self.read(answer)),
            query=self.query,
            body=self.body,
            form=self.form,
            xml=self.xml,
            target=self.target,
            signed=self.signed,
            name=self.name,
        )


Conversation: TypeAlias = Generator[Call[Any], Any, T]


def ask(call: Call[T]) -> Conversation[T]:
    """Hand one call to the carrier from inside a conversation, and give back its result."""
    result: T = yield call
    return result
