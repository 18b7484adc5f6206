"""Templates turned into answers, and how values look on the page."""

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, TypeAlias

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from bridge.admin.sessions import SESSION
from bridge.admin.shortening import lines_of
from bridge.admin.steps import fields_of, words_of
from bridge.explanations import explain

Pages: TypeAlias = tuple[tuple[str, str], ...]
"""What the head of every page leads to: the address below the base, and its name."""

PAGES: Pages = (
    ("/", "Overview"),
    ("/deliveries", "Deliveries"),
    ("/mapping", "Mapping"),
    ("/setup", "Set-up"),
)
ALL_SITES: Pages = (("/", "All sites"),)


class Rendering:
    """Makes HTML; whatever stands in a value, none of it becomes markup."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        base: str = "/admin",
        site: str = "",
        pages: Pages = PAGES,
    ) -> None:
        """Take what is the same on all pages.

        Args:
            clock: The present time.
            base: What the addresses of the pages begin with; templates have it as ``base``.
            site: Of several sites, whose pages these are.
            pages: What the head of every page leads to.
        """
        self.base = base
        self._clock = clock
        self._templates = Environment(
            loader=PackageLoader("bridge.admin"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {"base": base, "site": site, "pages": pages}
        self._templates.filters |= {
            "moment": moment,
            "iso": iso,
            "ago": self._ago,
            "explain": explain,
            "step_words": words_of,
            "step_fields": fields_of,
            "lines": lines_of,
        }

    def of(
        self,
        request: web.Request,
        template: str,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        **values: Any,
    ) -> web.Response:
        """Give a page; to somebody who has logged in, with forms that can be sent back."""
        session = request.get(SESSION)
        if session is not None:
            values = {"csrf_token": session.csrf_token, "path": request.path, **values}
        return self.page(template, status=status, **values)

    def page(
        self, template: str, *, status: HTTPStatus = HTTPStatus.OK, **values: Any
    ) -> web.Response:
        """Give a page as an answer."""
        html = self._templates.get_template(template).render(**values)
        return web.Response(text=html, status=status, content_type="text/html", charset="utf-8")

    def _ago(self, when: datetime) -> str:
        return ago((self._clock() - when).total_seconds())


def moment(when: datetime) -> str:
    """Give a moment in this machine's time zone, to the second."""
    return when.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def iso(when: datetime) -> str:
    """Give a moment as HTML's ``datetime`` attribute has it."""
    return when.astimezone(UTC).isoformat(timespec="seconds")


def ago(seconds: float) -> str:
    """Say how long ago something was, or how soon it will be, in its largest unit."""
    count, unit = abs(seconds), "second"
    for larger, size in (("minute", 60), ("hour", 60), ("day", 24)):
        if count < size:
            break
        count, unit = count / size, larger
    whole = int(count)
    said = f"{whole} {unit}{'' if whole == 1 else 's'}"
    return f"in {said}" if seconds < 0 else f"{said} ago"
