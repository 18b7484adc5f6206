"""What both carriers hold to, whatever answers."""

import asyncio
import base64
import json
import socket
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from tests.wp_client.carrying import ANN, Library, Watching, carrier_over, server
from wp_client import carrier, over_aiohttp, over_requests
from wp_client.call import Answer, Call
from wp_client.carrier import SiteAddress, outgoing
from wp_client.core_users import create_user, get_user, search_users
from wp_client.errors import NotWordPress, WordPressRedirected, WordPressUnreachable


def unread(answer: Answer) -> Answer:
    """Give the answer itself."""
    return answer


async def test_a_call_is_on_the_wire_as_it_says(library: Library) -> None:
    """WordPress would not know who asks, or would read a plus sign as a blank."""
    seen: list[tuple[str, str, bytes, dict[str, str]]] = []

    async def respond(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        seen.append((request.method, request.raw_path, await request.read(), headers))
        return web.json_response({}, headers={"X-WP-Total": "7", "Set-Cookie": "a=b"})

    form = (("user_login", "ann+lee@site.example"),)
    async with (
        server(respond) as origin,
        carrier_over(
            library,
            SiteAddress(f"{origin}/blog", f"{origin}/blog/wp-json"),
            throw_away=lambda: "f00",
            user_agent="bridge/1",
        ) as wordpress,
    ):
        search = (("search", "ann+é b@site.example"),)
        answer = await wordpress.send(Call("GET", "wp/v2/users", unread, query=search))
        await wordpress.send(Call("POST", "wp/v2/users", unread, body={"name": "Ü"}))
        await wordpress.send(
            Call("POST", "wp-login.php", unread, form=form, target="site", signed=False)
        )
        await wordpress.send(Call("POST", "xmlrpc.php", unread, xml=b"<a/>", target="site"))

    get, post, page, xml = seen
    assert get[:3] == (
        "GET",
        "/blog/wp-json/wp/v2/users?search=ann%2B%C3%A9%20b%40site.example&keap_bridge_fresh=f00",
        b"",
    )
    assert get[3]["accept"] == "application/json"
    assert get[3]["user-agent"] == "bridge/1"
    assert base64.b64decode(get[3]["authorization"].removeprefix("Basic ")) == b"ann:abcd EFGH 1234"
    assert post[:2] == ("POST", "/blog/wp-json/wp/v2/users")
    assert json.loads(post[2]) == {"name": "Ü"}
    assert post[3]["content-type"] == "application/json"
    assert page[:3] == ("POST", "/blog/wp-login.php", b"user_login=ann%2Blee%40site.example")
    assert page[3]["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in page[3]
    assert xml[2:] == (b"<a/>", xml[3])
    assert xml[3]["content-type"] == "text/xml"
    assert "cookie" not in {name for request in seen for name in request[3]}
    assert answer.headers["x-wp-total"] == "7"


@pytest.mark.parametrize("rest", ["https://a.example/?rest_route=", "https://a.example/wp-json"])
def test_both_kinds_of_permalinks_give_an_address(rest: str) -> None:
    """A site with plain permalinks could not be reached."""
    address = SiteAddress("https://a.example", rest)

    calls = (Call("GET", "", unread), Call("GET", "wp/v2/users", unread, (("a", "b c"),)))
    root, one = (outgoing(call, address, None, user_agent="", throw_away="1").url for call in calls)

    sign = "&" if "?" in rest else "?"
    assert root == f"{rest}/{sign}keap_bridge_fresh=1"
    assert one == f"{rest}/wp/v2/users{sign}a=b%20c&keap_bridge_fresh=1"


def test_a_bare_url_works_on_any_site() -> None:
    """A carrier could not ask for anything before discovery."""
    assert SiteAddress.unexplored("https://a.example/") == SiteAddress(
        "https://a.example", "https://a.example/?rest_route="
    )


async def test_each_read_has_a_value_never_used_before(library: Library) -> None:
    """A cache in front of WordPress would answer with what was true an hour ago."""
    seen: list[str] = []

    async def respond(request: web.Request) -> web.Response:
        seen.append(request.query.get("keap_bridge_fresh", ""))
        return web.json_response({})

    async with server(respond) as origin, carrier_over(library, origin) as wordpress:
        for method in ("GET", "GET", "POST"):
            await wordpress.send(Call(method, "a", unread))

    assert len({*seen}) == 3
    assert seen[2] == ""


async def test_a_redirected_write_is_an_error(library: Library) -> None:
    """A followed POST becomes an empty GET that succeeds: nobody would be created."""
    seen: list[str] = []

    async def respond(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.Response(status=301, headers={"Location": "https://www.a.example/wp-json/x"})

    async with server(respond) as origin, carrier_over(library, origin) as wordpress:
        with pytest.raises(WordPressRedirected, match=r"put https://www\.a\.example in"):
            await wordpress.send(create_user({"username": "ann"}))

    assert len(seen) == 1


async def test_a_netrc_entry_does_not_replace_the_password(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in somebody's home would sign the bridge in as somebody else."""
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    seen: list[str] = []

    async def respond(request: web.Request) -> web.Response:
        seen.append(request.headers["Authorization"])
        return web.json_response({})

    async with server(respond) as origin, carrier_over(library, origin) as wordpress:
        await wordpress.send(Call("GET", "a", unread))

    assert seen == [ANN.header()]


async def test_an_endless_answer_is_not_read(library: Library, watching: Watching) -> None:
    """One answer could take all of the memory."""

    async def respond(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" " * 1024 * 1024)

    async with server(respond) as origin, carrier_over(library, origin, ANN, watching) as wordpress:
        with pytest.raises(NotWordPress, match="without end"):
            await wordpress.send(get_user(1))

    assert watching.points == ["wordpress_request", "wordpress_answer", "watch"]
    assert watching.exchanges[0].status == 200


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
        carrier_over(library, origin, total_seconds=0.3) as wordpress,
    ):
        with pytest.raises(WordPressUnreachable, match="takes too long") as raised:
            await wordpress.send(create_user({}))

    assert raised.value.sent


async def test_a_silent_server_may_have_heard_us(library: Library, watching: Watching) -> None:
    """A user whose creation took too long would be created a second time."""

    async def respond(_request: web.Request) -> web.Response:
        await asyncio.sleep(10)
        raise AssertionError

    async with (
        server(respond) as origin,
        carrier_over(library, origin, ANN, watching, total_seconds=0.3) as wordpress,
    ):
        with pytest.raises(WordPressUnreachable, match="takes too long") as raised:
            await wordpress.send(create_user({}))

    assert raised.value.sent
    assert raised.value.may_be_done
    assert watching.points == ["wordpress_request", "watch"]
    assert watching.exchanges[0].status is None


async def test_a_connection_that_breaks_off_is_not_tried_again(library: Library) -> None:
    """When to try again would be decided in two places."""
    seen: list[str] = []

    async def respond(request: web.Request) -> web.Response:
        seen.append(request.method)
        if len(seen) > 1 and request.transport:
            request.transport.abort()
        return web.json_response({})

    async with server(respond) as origin, carrier_over(library, origin) as wordpress:
        await wordpress.send(Call("GET", "a", unread))  # the next one goes over the same connection
        with pytest.raises(WordPressUnreachable, match="broke off") as raised:
            await wordpress.send(search_users("zoe@site.example"))

    assert seen == ["GET", "GET"]
    assert raised.value.sent
    assert "zoe" not in str(raised.value)
    assert raised.value.__suppress_context__


async def test_a_closed_port_has_heard_nothing(library: Library) -> None:
    """An attempt that certainly did nothing would count as one that may have."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        async with carrier_over(library, url) as wordpress:
            with pytest.raises(WordPressUnreachable, match="does not accept") as raised:
                await wordpress.send(search_users("zoe@site.example"))

    assert not raised.value.sent
    assert "zoe" not in str(raised.value)


async def test_a_server_without_tls_is_told(library: Library) -> None:
    """Nobody would learn that the certificate, and not the connection, is what is wrong."""

    async def respond(_request: web.Request) -> web.Response:
        return web.Response()

    async with (
        server(respond) as origin,
        carrier_over(library, origin.replace("http:", "https:")) as wordpress,
    ):
        with pytest.raises(WordPressUnreachable, match="certificate") as raised:
            await wordpress.send(get_user(1))

    assert not raised.value.sent


async def test_cookies_are_never_sent_back(library: Library) -> None:
    """A cookie of WordPress's would sign us in beside the application password."""
    seen: list[object] = []

    async def respond(request: web.Request) -> web.Response:
        seen.append(dict(request.cookies))
        return web.json_response({}, headers={"Set-Cookie": "wordpress_test_cookie=1; path=/"})

    async with server(respond) as origin, carrier_over(library, origin) as wordpress:
        for _ in range(2):
            await wordpress.send(Call("GET", "a", unread))

    assert seen == [{}, {}]


async def test_the_exchange_tells_nothing_personal(library: Library, watching: Watching) -> None:
    """Logs and metrics would hold addresses."""

    async def respond(_request: web.Request) -> web.Response:
        return web.json_response([])

    ticks = iter(range(10))
    async with (
        server(respond) as origin,
        carrier_over(library, origin, ANN, watching, clock=lambda: next(ticks)) as wordpress,
    ):
        await wordpress.send(search_users("zoe@site.example"))

    (exchange,) = watching.exchanges
    assert (exchange.name, exchange.method, exchange.target) == ("search_users", "GET", "rest")
    assert exchange.status == 200
    assert exchange.seconds > 0
    assert "zoe" not in repr(exchange)


def test_nothing_secret_is_in_a_repr() -> None:
    """A traceback with local variables, or a debug line, would show passwords and addresses."""
    call = Call(
        "POST", "a", unread, (("q", "zoe@x"),), {"password": "pw"}, (("f", "zoe@x"),), b"pw"
    )
    sent = outgoing(
        call, SiteAddress("http://a", "http://a/wp-json"), ANN, user_agent="", throw_away=""
    )

    for text in (repr(call), repr(ANN), repr(sent)):
        assert "zoe" not in text
        assert "pw" not in text
        assert "EFGH" not in text
        assert "ann" not in text


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
    """Nobody would learn that the site's name is wrong."""
    connector = aiohttp.TCPConnector(resolver=NoNames())
    async with aiohttp.ClientSession(connector=connector) as session:
        with pytest.raises(WordPressUnreachable, match="name is not known") as raised:
            await over_aiohttp.WordPress(session, "http://a.example", None).send(get_user(1))

    assert not raised.value.sent


def test_an_unknown_name_is_told_by_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody would learn that the site's name is wrong."""

    def know_nothing(*_asked: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", know_nothing)
    with (
        over_requests.WordPress("http://a.example", None) as wordpress,
        pytest.raises(WordPressUnreachable, match="name is not known") as raised,
    ):
        wordpress.send(get_user(1))

    assert not raised.value.sent


async def test_a_packed_answer_without_end_is_not_unpacked(library: Library) -> None:
    """A site that somebody has broken into could fill the bridge's memory with a few bytes."""

    async def respond(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_compression(web.ContentCoding.gzip)
        await response.prepare(request)
        while True:
            await response.write(b" " * 1024 * 1024)

    async with server(respond) as origin, carrier_over(library, origin) as wordpress:
        with pytest.raises(NotWordPress, match="without end"):
            await wordpress.send(Call("GET", "wp/v2/users", unread))
