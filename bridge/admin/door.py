"""Who may see the page: log-in, sessions, forms that come from the page itself."""

from http import HTTPStatus
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from bridge.admin.rendering import Rendering
from bridge.admin.sessions import LIFETIME, SESSION, Sessions, is_password
from bridge.tries import Tries

COOKIE = "keap_bridge_session"
LOG_IN = "/admin/login"
OPEN_TO_ALL = (LOG_IN, "/admin/static/")


class Door:
    """Lets in who knows ``server.admin_password``."""

    def __init__(
        self, password: str, rendering: Rendering, *, sessions: Sessions, tries: Tries
    ) -> None:
        self._password = password
        self._rendering = rendering
        self._sessions = sessions
        self._tries = tries
        self._log = structlog.get_logger()

    def routes(self) -> list[web.RouteDef]:
        """Give the routes of the door itself."""
        return [
            web.get("/login", self._ask),
            web.post("/login", self._log_in),
            web.post("/logout", self._log_out),
        ]

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Pass on who has logged in; take no form that another site or session has made."""
        if request.method not in ("GET", "HEAD") and not _is_from_the_page(request):
            return self._refuse("This form did not come from the page itself: open it again.")
        if request.path.startswith(OPEN_TO_ALL):
            return await handler(request)
        session = self._sessions.find(request.cookies.get(COOKIE, ""))
        if session is None:
            raise web.HTTPSeeOther(LOG_IN)
        request[SESSION] = session
        if request.method not in ("GET", "HEAD"):
            form = await request.post()
            if not session.knows(str(form.get("csrf_token", ""))):
                return self._refuse("This form is from an earlier log-in: open the page again.")
        return await handler(request)

    def _refuse(self, sentence: str) -> web.Response:
        status = HTTPStatus.FORBIDDEN
        return self._rendering.page("refused.html", status=status, sentence=sentence)

    async def _ask(self, request: web.Request) -> web.Response:
        del request
        return self._rendering.page("login.html")

    async def _log_in(self, request: web.Request) -> web.Response:
        address = request.remote or ""
        if wait := self._tries.wait(address):
            seconds = max(round(wait.total_seconds()), 1)
            sentence = f"Too many wrong passwords: try again in {seconds} seconds."
            page = self._rendering.page(
                "login.html", status=HTTPStatus.TOO_MANY_REQUESTS, sentence=sentence
            )
            page.headers["Retry-After"] = str(seconds)
            return page
        form = await request.post()
        if not is_password(str(form.get("password", "")), self._password):
            self._tries.was_wrong(address)
            self._log.warning("page_login_refused", address=address)
            return self._rendering.page(
                "login.html", status=HTTPStatus.FORBIDDEN, sentence="This is not the password."
            )
        self._tries.was_right(address)
        self._log.info("page_login_accepted", address=address)
        answer = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/admin/"})
        answer.set_cookie(
            COOKIE,
            self._sessions.begin(),
            path="/admin",
            max_age=int(LIFETIME.total_seconds()),
            httponly=True,
            secure=True,  # browsers take it over http too, from this machine itself
            samesite="Strict",
        )
        return answer

    async def _log_out(self, request: web.Request) -> web.Response:
        self._sessions.end(request.cookies.get(COOKIE, ""))
        answer = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": LOG_IN})
        answer.del_cookie(COOKIE, path="/admin", secure=True, httponly=True, samesite="Strict")
        return answer


def _is_from_the_page(request: web.Request) -> bool:
    """Whether the browser says that a form is from this address.

    Over https and on this machine every browser sends ``Sec-Fetch-Site`` (Fetch Metadata,
    https://www.w3.org/TR/fetch-metadata/), elsewhere ``Origin`` says it.
    """
    if site := request.headers.get("Sec-Fetch-Site"):
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host
