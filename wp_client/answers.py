"""An answer becomes a value or an error: the one place that judges what WordPress says. Pure.

WordPress speaks where a JSON object with a ``code`` comes; it is judged by that code, never by the
status alone: an address that is taken is HTTP 500.
Whatever else comes was sent by something in front of WordPress, or by PHP on its way down.
https://developer.wordpress.org/rest-api/using-the-rest-api/frequently-asked-questions/
"""

import json
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from pydantic import TypeAdapter, ValidationError

from wp_client.call import Answer
from wp_client.errors import (
    Blocked,
    NotWordPress,
    RouteMissing,
    WordPressBroken,
    WordPressBusy,
    WordPressError,
    WordPressRedirected,
    WordPressRefused,
    WordPressRejected,
)
from wp_client.in_front import named_by_code, named_by_page

T = TypeVar("T")

ABOUT_THE_DOCUMENT = frozenset(
    {
        # wp_insert_user() gives these without a status, which makes them HTTP 500
        "existing_user_email",
        "existing_user_login",
        "empty_user_login",
        "invalid_email",
        "invalid_username",
        "user_login_too_long",
        "user_nicename_too_long",
        "user_url_too_long",
        # 403 for a role that this account may not give, 400 for one that there is not
        "rest_user_invalid_role",
        # 403 for a meta key with a rule of its own
        "rest_cannot_update",
        "rest_cannot_delete",
    }
)
"""Codes that judge the document, whatever their status."""

NEEDED = {
    "keap_bridge_forbidden": "the role keap_bridge (the companion makes it)",
    "rest_cannot_create_user": "the capability create_users",
    "rest_cannot_edit": "the capability edit_users",
    "rest_cannot_edit_roles": "the capability promote_users",
    "rest_forbidden_context": "the capability list_users",
    "rest_user_cannot_view": "the capability list_users",
}
"""What the account lacks, by the code of the refusal."""

BUSY = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS})

MULTISITE_NAMES = {"user_name": "username", "user_email": "email"}
"""How a multisite's sign-up check calls what REST calls otherwise."""

REST_PATHS = ("/wp-json", "/wp/v2", "/keap-bridge/", "/index.php", "/xmlrpc.php", "/wp-login.php")
"""Where, in the path of one of our requests, the site's own address is over."""

_NO_JSON = object()


def reading(shape: type[T], route: str) -> Callable[[Answer], T]:
    """A ``read`` for a :class:`~wp_client.call.Call`: the answer's JSON in this shape.

    Args:
        shape: A pydantic model, or a container of some; keys that it does not know are ignored.
        route: The route's name, for the error that says that it is missing.
    """
    adapter = TypeAdapter(shape)

    def read(answer: Answer) -> T:
        try:
            said = json_of(answer)
        except RouteMissing:
            raise RouteMissing(route) from None
        try:
            return adapter.validate_python(said)
        except ValidationError:
            # pydantic's own words quote what came: personal data
            raise NotWordPress(status=answer.status, found="JSON of another shape") from None

    return read


def json_of(answer: Answer) -> Any:
    """The JSON of an answer that says that all is well.

    Raises:
        WordPressError: Whatever else the answer is.
    """
    said = _parsed(answer.body)
    if answer.status < HTTPStatus.MULTIPLE_CHOICES and said is not _NO_JSON:
        return said
    raise error_of(answer)


def error_of(answer: Answer) -> WordPressError:
    """The error that an answer is."""
    if speaks_itself(answer):
        said = _parsed(answer.body)
        return _error_said(answer, said["code"], said)
    return _error_of_page(answer)


def speaks_itself(answer: Answer) -> bool:
    """Whether an error is WordPress's own: JSON with a code, which ``wp_die()`` gives us, too."""
    said = _parsed(answer.body)
    return isinstance(said, dict) and isinstance(said.get("code"), str)


def _error_of_page(answer: Answer) -> WordPressError:
    """The error that an answer is in which WordPress does not speak."""
    status = answer.status
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return _redirection(answer)
    if by := named_by_page(answer):
        return Blocked(by, status=status)
    if status in BUSY:
        return WordPressBusy(retry_after=_retry_after(answer))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return WordPressBroken(status=status)
    if status < HTTPStatus.BAD_REQUEST or status == HTTPStatus.NOT_FOUND:
        return NotWordPress(status=status, found=_what_came(answer.body))
    return Blocked("something in front of WordPress, such as a firewall", status=status)


def _error_said(answer: Answer, code: str, said: dict[str, Any]) -> WordPressError:
    """The error that WordPress names by its code."""
    status = answer.status
    error: WordPressError = WordPressRejected(code, _params(said), status=status)
    if by := named_by_code(code):
        error = Blocked(by, status=status)
    elif status == HTTPStatus.UNAUTHORIZED:
        error = WordPressRefused(code)
    elif code in ABOUT_THE_DOCUMENT:
        pass
    elif code == "rest_no_route":
        error = RouteMissing("")
    elif code == "wp_die" and status == HTTPStatus.FORBIDDEN:
        error = Blocked("a plugin in WordPress that closes the REST API", status=status)
    elif status == HTTPStatus.FORBIDDEN:
        error = WordPressRefused(code, needs=NEEDED.get(code, "more rights than it has"))
    elif status in BUSY:
        error = WordPressBusy(retry_after=_retry_after(answer))
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        error = WordPressBroken(status=status, code=code)
    return error


def _params(said: dict[str, Any]) -> tuple[str, ...]:
    """What an error is about: core says it in four ways, by kind of error."""
    data = said.get("data")
    names: list[Any] = []
    if isinstance(data, dict):
        names += data.get("params") or ()  # an object's keys, or a list
        names += [data["param"]] if "param" in data else []  # "meta.KEY"
        names += [f"meta.{data['key']}"] if "key" in data else []
    more = said.get("additional_errors")
    codes = [error.get("code") for error in more or () if isinstance(error, dict)]
    names += [MULTISITE_NAMES[code] for code in codes if code in MULTISITE_NAMES]
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str)))


def _redirection(answer: Answer) -> WordPressError:
    """Where a redirection leads: the site's right address, or a page that asks for a log-in."""
    location = urlsplit(answer.headers.get("location", ""))
    if location.path.endswith("/wp-login.php") and "redirect_to=" in location.query:
        by = "a plugin that sends every visitor to the log-in page"
        return Blocked(by, status=answer.status)
    if not location.netloc:
        return WordPressRedirected("")
    ends = [location.path.find(part) for part in REST_PATHS if part in location.path]
    path = location.path[: min(ends, default=None)].rstrip("/")
    # without its query: that may hold an address that was searched for
    return WordPressRedirected(urlunsplit((location.scheme, location.netloc, path, "", "")))


def _retry_after(answer: Answer) -> float | None:
    """Seconds to wait, as RFC 9110, section 10.2.3, gives them: a number, or a date.

    A date is read against the answer's own ``Date``, so that no clock is needed here.
    """
    said = answer.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said)
    try:
        until, now = (parsedate_to_datetime(d) for d in (said, answer.headers.get("date", "")))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError):  # not there, no date, or one of the two without a zone
        return None


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return _NO_JSON


def _what_came(body: bytes) -> str:
    """A noun phrase for a body that is no JSON, or is JSON where none was due."""
    text = body.strip()
    if not text:
        return "nothing"
    if text.endswith((b"}", b"]")) and not text.startswith((b"{", b"[")):
        return "text before the answer (PHP prints a notice or a warning)"
    if text.startswith((b"{", b"[")):
        return "a piece of JSON"
    return "a web page" if b"<" in text[:1024] else "plain text"
