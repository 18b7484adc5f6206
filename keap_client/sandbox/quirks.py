"""What Keap does one way or the other: the switches that a test or the demo sets.

The defaults are the stricter reading wherever Keap's documentation and what was seen differ.
"""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Limits:
    """How many calls one token may make; ``None`` counts, but never refuses.

    The numbers are those of a Personal Access Token or Service Account Key,
    https://developer.infusionsoft.com/api-token-quota/.
    """

    per_second: int | None = 10
    per_minute: int | None = 240
    per_day: int | None = 30_000


@dataclass(frozen=True, slots=True)
class Quirks:
    """One way for Keap to behave; change it with :func:`dataclasses.replace`."""

    custom_fields_patch: Literal["replace", "merge"] = "replace"
    """What a PATCH does to custom fields that its list leaves out.

    Documented is removal; code that relies on the opposite is in wide use.
    """
    unset: Literal["null", "omit"] = "null"
    """How a requested property without a value is sent."""
    model: Literal["nulls", "filled"] = "nulls"
    """The contact model as it was recorded (most metadata null), or as it is documented."""
    page_token: Literal["opaque", "url"] = "opaque"  # noqa: S105 - the name of a shape
    """The shape of ``next_page_token``: until about 2025 it was a whole URL."""
    last_page: Literal["empty", "null", "missing"] = "empty"
    """How the last page says that it is the last."""
    page_size: int = 50
    """Items on a page where ``page_size`` is not asked for."""
    throttled: Literal["quota", "fault", "application"] = "quota"
    """Which of the three bodies a 429 has."""
    retry_after: int | None = None
    """Seconds in the Retry-After of a 429; Keap does not promise the header."""
    latency: float = 0.0
    """Seconds before every answer."""
    limits: Limits = field(default_factory=Limits)
