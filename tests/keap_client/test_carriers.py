"""What both carriers hold to, whatever answers."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from keap_client import carrier, over_aiohttp, over_requests
from keap_client.call import Answer, Call
from keap_client.carrier import Credentials
from keap_client.contacts import find_contacts_by_email, get_contact
from keap_client.errors import KeapBroken, KeapRedirected, KeapUnreachable
from tests.keap_client.carrying import LIBRARIES, Library, Watching, carrier_over

TOKEN = Credentials("KeapAK-1234567890")
Responder = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Library:
    """Each of the two libraries."""
    chosen: Library = request.param
    return chosen


@asynccontextmanager
async def server(respond: Responder) -> AsyncIterator[str]:
    """Give the origin of a server on loopback that answers everything in one way."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", respond)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


def unread(answer: Answer) -> Answer:
    """Give the answer itself."""
    return answer


async def test_a_request_is_on_the_wire_as_the_call_says(library: Library) -> None:
    """Keap's gateway refuses a GET with a body, a trailing slash, and commas that are escaped."""
    seen: list[tuple[str, str, bytes, dict[str, str]]] = []

    async def respond(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        seen.append((request.method, request.raw_path, await request.read(), headers))
        return web.json_response({"ok": True}, headers={"X-Some": "1"})

    async with (
        server(respond) as origin,
        carrier_over(library, f"{origin}/crm/", TOKEN, user_agent="bridge/1") as keap,
    ):
        answer = await keap.send(
            Call("GET", "a/..%2Fb:c", unread, (("fields", "id,tag_ids"), ("filter", "e==ä+b 'c")))
        )
        await keap.send(Call("PATCH", "a", unread, (("m", "1"), ("m", "2")), {"ä": None}))

    get, patch = seen
    assert get[:3] == (
        "GET",
        "/crm/a/..%2Fb:c?fields=id,tag_ids&filter=e%3D%3D%C3%A4%2Bb%20%27c",
        b"",
    )
    assert "content-type" not in get[3]
    assert "transfer-encoding" not in get[3]
    assert get[3].get("content-length", "0") == "0"
    assert get[3]["authorization"] == "Bearer KeapAK-1234567890"
    assert get[3]["accept"] == "application/json"
    assert get[3]["user-agent"] == "bridge/1"
    assert patch[:2] == ("PATCH", "/crm/a?m=1&m=2")
    assert json.loads(patch[2]) == {"ä": None}
    assert patch[3]["content-type"] == "application/json"
    assert (answer.status, answer.headers["x-some"]) == (200, "1")


async def test_a_redirect_is_not_followed(library: Library) -> None:
    """The token would be carried to wherever an answer points."""
    seen: list[str] = []

    async def respond(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.Response(status=301, headers={"Location": "/elsewhere?a=zoe@example.com"})

    async with server(respond) as origin, carrier_over(library, origin, TOKEN) as keap:
        with pytest.raises(KeapRedirected):
            await keap.send(get_contact("1001"))

    assert seen == ["/contacts/1001"]


async def test_a_netrc_entry_does_not_replace_the_token(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in somebody's home would log the bridge in as somebody else."""
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    seen: list[str] = []

    async def respond(request: web.Request) -> web.Response:
        seen.append(request.headers["Authorization"])
        return web.json_response({"id": "1"})

    async with server(respond) as origin, carrier_over(library, origin, TOKEN) as keap:
        await keap.send(get_contact("1"))

    assert seen == ["Bearer KeapAK-1234567890"]


async def test_an_endless_answer_is_not_read(library: Library) -> None:
    """One answer could take all of the memory."""

    async def respond(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" " * 1024 * 1024)

    watching = Watching()
    async with server(respond) as origin, carrier_over(library, origin, TOKEN, watching) as keap:
        with pytest.raises(KeapBroken, match="far too long"):
            await keap.send(get_contact("1"))

    assert watching.points[-2:] == ["keap_answer", "watch"]


async def test_a_trickling_answer_is_not_waited_for(library: Library) -> None:
    """An answer that never ends, but never stops either, would hold up the work."""

    async def respond(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" " * carrier.CHUNK)
            await asyncio.sleep(0.05)

    async with (
        server(respond) as origin,
        carrier_over(library, origin, TOKEN, total_seconds=0.3) as keap,
    ):
        with pytest.raises(KeapUnreachable, match="did not answer in time"):
            await keap.send(get_contact("1"))


async def test_a_closed_port_is_told(library: Library) -> None:
    """Nobody would learn that the address is wrong; or the URL, with an e-mail, would be shown."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        async with carrier_over(library, url, TOKEN) as keap:
            with pytest.raises(KeapUnreachable, match="no connection could be made") as raised:
                await keap.send(find_contacts_by_email("zoe@example.com"))

    assert "zoe" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


async def test_the_quota_is_as_the_last_answer_that_told_it(library: Library) -> None:
    """An answer from something in between would make the quota look unknown."""

    async def respond(request: web.Request) -> web.Response:
        headers = {"x-keap-product-quota-limit": "5"} if request.path == "/contacts/1" else {}
        return web.json_response({"id": request.path[-1]}, headers=headers)

    async with server(respond) as origin, carrier_over(library, origin, TOKEN) as keap:
        await keap.send(get_contact("1"))
        first = keap.quota
        await keap.send(get_contact("2"))

        assert first is not None
        assert keap.quota == first


async def test_a_server_without_tls_is_told(library: Library) -> None:
    """Nobody would learn that the certificate, and not the connection, is what is wrong."""

    async def respond(_request: web.Request) -> web.Response:
        return web.Response()

    async with (
        server(respond) as origin,
        carrier_over(library, origin.replace("http:", "https:"), TOKEN) as keap,
    ):
        with pytest.raises(KeapUnreachable, match="no secure connection"):
            await keap.send(get_contact("1"))


class NoNames(AbstractResolver):
    """A name service that knows no name."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Know nothing."""
        raise OSError(host, port, family)

    async def close(self) -> None:
        """Close nothing."""


async def test_an_unknown_name_is_told_by_aiohttp() -> None:
    """Nobody would learn that the host's name is wrong, or that there is no name service."""
    connector = aiohttp.TCPConnector(resolver=NoNames())
    async with aiohttp.ClientSession(connector=connector) as session:
        keap = over_aiohttp.Keap(session, "http://keap.example", TOKEN)
        with pytest.raises(KeapUnreachable, match="host name could not be looked up"):
            await keap.send(get_contact("1"))


def test_an_unknown_name_is_told_by_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody would learn that the host's name is wrong, or that there is no name service."""

    def no_names(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    # The system's name service, which a test must not ask; requests takes no other.
    monkeypatch.setattr(socket, "getaddrinfo", no_names)
    with (
        over_requests.Keap("http://keap.example", TOKEN) as keap,
        pytest.raises(KeapUnreachable, match="host name could not be looked up"),
    ):
        keap.send(get_contact("1"))


@pytest.mark.parametrize("token", ["", "a b", "a\n", "tök", "a\x00"])
def test_a_token_that_is_none_is_refused(token: str) -> None:
    """A token copied with its line end would fail with every call, or forge a header."""
    with pytest.raises(ValueError, match="copy it afresh") as raised:
        Credentials(token)

    assert token not in str(raised.value) or not token


def test_credentials_do_not_show_the_token() -> None:
    """The token would get into logs and tracebacks."""
    assert "KeapAK" not in repr(TOKEN)
