"""An HTTP answer of Keap's → a model, or the error that it stands for. Pure.

The status decides first, since the bodies of errors come in several forms: the application's
``{"code", "message", "status", "details"}``, the gateway's ``{"fault": {…}}``, HTML, or nothing.
"""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qs, quote, urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import from_json

from keap_client.call import Answer
from keap_client.errors import (
    KeapBroken,
    KeapError,
    KeapMisaddressed,
    KeapRedirected,
    KeapRefused,
    KeapRejected,
    KeapThrottled,
)
from keap_client.quota import Quota

_SUCCESS = 2
_MOST_WORDS = 200
_LONGEST_WAIT = 86_400.0
_ADDRESS = re.compile(r"[^\s@\"'<>(),;:]+@[^\s@\"'<>(),;:]+")


class AnswerModel(BaseModel):
    """Part of an answer: unknown keys are ignored, a number may stand where a text is promised.

    Its ``repr`` shows the id only, as it ends in a log or a traceback sooner or later.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", coerce_numbers_to_str=True, hide_input_in_errors=True
    )

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        return [("id", getattr(self, "id", None))]


ModelT = TypeVar("ModelT", bound=BaseModel)
ItemT = TypeVar("ItemT")


def _without_nulls(value: object) -> object:
    if value is None:
        return ()
    return [item for item in value if item is not None] if isinstance(value, list) else value


Items = Annotated[tuple[ItemT, ...], BeforeValidator(_without_nulls)]
"""A list that may also come as null, or with nulls in it."""


def _page_token(value: object) -> object:
    # Until about 2025 it was the full URL of the next page. Only its token is taken: the request
    # goes to the configured address, never to one that an answer names.
    if not isinstance(value, str) or not value:
        return None if value == "" else value
    if not value.startswith(("http://", "https://", "/")):
        return value
    tokens = parse_qs(urlsplit(value).query).get("page_token")
    if not tokens:
        reason = "the address of the next page names no page_token"
        raise ValueError(reason)
    return tokens[0]


PageToken = Annotated[str | None, BeforeValidator(_page_token)]
"""Where the next page of a list begins; ``None`` (sent as "", null, or not at all): no more."""


def read_json(
    answer: Answer,
    model: type[ModelT],
    *,
    missing: KeapError | None = None,
    quote_message: bool = True,
) -> ModelT:
    """Give the model that the answer holds.

    Args:
        answer: As the carrier brought it.
        model: What a success is read as.
        missing: The error for a 404 by which Keap says that it does not have what was asked for.
        quote_message: Whether Keap's own words may stand in an error; not where they could repeat
            a secret that the request held.

    Raises:
        KeapError: The one that the status stands for; ``KeapBroken`` for a body that is no JSON,
            or not the JSON that the API promises.
    """
    if answer.status // 100 != _SUCCESS:
        raise _error_of(answer, missing=missing, quote_message=quote_message)
    try:
        return model.model_validate_json(answer.body)
    except ValidationError as invalid:
        raise KeapBroken(answer.status, _faults(invalid)) from None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Give the seconds to wait that ``Retry-After`` asks for (RFC 9110, section 10.2.3).

    A date is measured against the answer's own ``Date``, so that no clock is needed, and a wrong
    one does no harm. ``None``: not given, or not understood. Never negative, at most a day.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
        since = parsedate_to_datetime(headers.get("date", ""))
        seconds = (until - since).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None  # no dates, or one with and one without a time zone
    return min(max(seconds, 0.0), _LONGEST_WAIT)


def segment(identifier: str) -> str:
    """Escape an id for the path of a call.

    Raises:
        ValueError: It would name another path: ``contacts/`` is the list of all contacts.
    """
    if identifier in {"", ".", ".."}:
        reason = "an id that is empty or made of dots cannot stand in a path"
        raise ValueError(reason)
    return quote(identifier, safe="")


def _error_of(  # noqa: PLR0911 - one line for each kind of status reads best
    answer: Answer, *, missing: KeapError | None, quote_message: bool
) -> KeapError:
    status = answer.status
    message, errorcode = _envelope(answer.body)
    wait = retry_after(answer.headers)
    # The gateway's own limits can come as a 500:
    # https://docs.apigee.com/api-platform/reference/policies/spike-arrest-policy
    if status == HTTPStatus.TOO_MANY_REQUESTS or errorcode.startswith("policies.ratelimit."):
        return KeapThrottled(wait, Quota.from_headers(answer.headers))
    match status // 100, status:
        case 3, _:
            return KeapRedirected(status, _origin(answer.headers.get("location", "")))
        case _, 401 | 403:
            return KeapRefused(status, errorcode)
        case _, 404:
            # An unknown path answers with a web page: that must not pass for a deleted contact.
            return missing if missing and message and not errorcode else KeapMisaddressed(status)
        case _, 408:
            return KeapBroken(status, "it waited too long for the request", wait)
        case 4, _:
            return KeapRejected(status, message if quote_message else "")
        case _:
            return KeapBroken(status, errorcode, wait)


def _envelope(body: bytes) -> tuple[str, str]:
    """Give the message and the gateway's error code, each empty where there is none."""
    try:
        told = from_json(body)
    except ValueError:
        return "", ""
    if not isinstance(told, dict):
        return "", ""
    fault = told.get("fault")
    if not isinstance(fault, dict):
        return _words(told.get("message")), ""
    detail = fault.get("detail")
    errorcode = detail.get("errorcode") if isinstance(detail, dict) else None
    return _words(fault.get("faultstring")), _words(errorcode) or "fault"


def _words(value: object) -> str:
    """Give what may be shown of the vendor's words: no address, no control characters, not long."""
    if not isinstance(value, str):
        return ""
    line = "".join(sign if sign.isprintable() else " " for sign in value[: 10 * _MOST_WORDS])
    line = " ".join(_ADDRESS.sub("…@…", line).split())
    return line if len(line) <= _MOST_WORDS else line[: _MOST_WORDS - 1] + "…"


def _origin(location: str) -> str:
    """Give scheme, host and port only: what follows can hold ids and tokens."""
    try:
        parts = urlsplit(location)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if not host:
        return ""
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}"


def _faults(invalid: ValidationError) -> str:
    first = invalid.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return "it is not JSON, or was cut short"
    # Places hold names of properties and numbers; a key of a free mapping would be an id.
    place = ".".join(str(part) for part in first["loc"])
    return f"{place or 'the answer'} does not have the form that the API promises"
