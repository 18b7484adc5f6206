"""How a site is found, and how its troubles are told apart: on the real WordPress if possible."""

import pytest
from aiohttp import web

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.carrying import Library, carrier_over, server
from tests.wp_client.conftest import signed_in
from wp_client import site
from wp_client.carrier import Credentials, SiteAddress
from wp_client.errors import (
    Blocked,
    NotWordPress,
    WordPressRedirected,
    WordPressRefused,
    WordPressUnreachable,
)

PLAIN = "update_option('permalink_structure', ''); global $wp_rewrite; $wp_rewrite->init();"
PLAIN += "flush_rewrite_rules(false);"
STRIPPED = "unset($_SERVER['PHP_AUTH_USER'], $_SERVER['PHP_AUTH_PW']);"
SWITCHED_OFF = "add_filter('wp_is_application_passwords_available', '__return_false');"
LOOKED_AT_EARLY = "add_filter('rest_authentication_errors', function ($r) {"
LOOKED_AT_EARLY += " wp_get_current_user(); return $r; }, 1);"
CLOSED = "add_filter('rest_authentication_errors', function ($r) { return is_user_logged_in() ? $r"
CLOSED += " : new WP_Error('rest_not_logged_in', 'Only for members.', ['status' => 401]); }, 1);"
SWITCHED_OFF_FOR_USER = (
    "add_filter('wp_is_application_passwords_available_for_user', '__return_false');"
)
NO_XML_RPC = "add_filter('xmlrpc_enabled', '__return_false');"


async def test_a_site_with_pretty_permalinks_is_found(
    wordpress: RunningWordPress, library: Library
) -> None:
    """The most usual site could not be used."""
    async with carrier_over(library, wordpress.url, None) as carrier:
        address = await carrier.converse(site.discover(f"{wordpress.url}/"))
        index = await carrier.at_address(address).send(site.read_index())

    assert address == SiteAddress(wordpress.url, f"{wordpress.url}/wp-json")
    assert index.home == wordpress.url
    assert index.core_users
    assert index.application_passwords
    assert index.companion == wordpress.companion


async def test_a_site_with_plain_permalinks_is_found(
    wordpress_without_companion: RunningWordPress,
) -> None:
    """There /wp-json sends to a page, with status 200 in the end."""
    url = wordpress_without_companion.url
    wordpress_without_companion.php(PLAIN)
    async with carrier_over("aiohttp", *signed_in(wordpress_without_companion)) as carrier:
        address = await carrier.converse(site.discover(url))
        account = await carrier.at_address(address).send(site.who_am_i())

    assert address == SiteAddress(url, f"{url}/?rest_route=")
    assert account.id == wordpress_without_companion.service.id


async def test_a_site_with_its_own_prefix_is_found_by_its_link(
    wordpress_without_companion: RunningWordPress,
) -> None:
    """A site that hides its REST API under another name could not be used."""
    prefix = "add_filter('rest_url_prefix', function () { return 'api'; });"
    prefix += "add_filter('query_vars', function ($v) {"
    prefix += " return isset($_GET['rest_route']) ? array_diff($v, ['rest_route']) : $v; });"
    url = wordpress_without_companion.url
    with wordpress_without_companion.mu_plugin("prefix", prefix):
        wordpress_without_companion.php("flush_rewrite_rules(false);")
        async with carrier_over("aiohttp", *signed_in(wordpress_without_companion)) as carrier:
            address = await carrier.converse(site.discover(url))
            account = await carrier.at_address(address).send(site.who_am_i())

    assert address == SiteAddress(url, f"{url}/api")
    assert account.id == wordpress_without_companion.service.id


async def test_a_page_of_a_site_leads_to_the_site(
    wordpress_without_companion: RunningWordPress,
) -> None:
    """Whoever copies the address of a page would have a REST API and no log-in page."""
    url = wordpress_without_companion.url
    async with carrier_over("aiohttp", f"{url}/some-page", None) as carrier:
        with pytest.raises(WordPressRedirected) as raised:
            await carrier.converse(site.discover(f"{url}/some-page"))

    assert raised.value.location == url


async def test_files_in_a_folder_of_their_own_are_found(
    wordpress_without_companion: RunningWordPress,
) -> None:
    """The lost-password mail would be asked for where there is no log-in page."""
    folder = "add_filter('option_siteurl', function ($u) { return \"$u/wp\"; }, 20);"
    url = wordpress_without_companion.url
    with wordpress_without_companion.mu_plugin("folder", folder):
        async with carrier_over("aiohttp", url, None) as carrier:
            address = await carrier.converse(site.discover(url))

    assert address == SiteAddress(f"{url}/wp", f"{url}/wp-json")


@pytest.mark.parametrize(
    ("location", "right"),
    [
        ("https://www.a.example/wp-json/", "https://www.a.example"),
        ("https://a.example/blog/wp-json/?keap_bridge_fresh=1", "https://a.example/blog"),
    ],
)
async def test_a_site_elsewhere_is_told_by_its_address(
    library: Library, location: str, right: str
) -> None:
    """The owner would learn that something is wrong, and not what to write."""

    async def respond(_request: web.Request) -> web.Response:
        return web.Response(status=301, headers={"Location": location})

    async with server(respond) as origin, carrier_over(library, origin) as carrier:
        with pytest.raises(WordPressRedirected) as raised:
            await carrier.converse(site.discover(origin))

    assert raised.value.location == right


async def test_what_is_no_wordpress_is_told() -> None:
    """Any web server would do for a WordPress."""

    async def respond(_request: web.Request) -> web.Response:
        return web.Response(text="<html>Hello</html>", content_type="text/html")

    async with server(respond) as origin, carrier_over("aiohttp", origin) as carrier:
        with pytest.raises(NotWordPress, match="a web page"):
            await carrier.converse(site.discover(origin))


async def test_the_link_is_found_among_others(library: Library) -> None:
    """A front page has several such headers, and only one of them would be looked at."""

    async def respond(request: web.Request) -> web.Response:
        home = f"http://{request.host}"
        if request.path == "/api/":
            return web.json_response(
                {"home": home, "url": home, "namespaces": [], "authentication": []}
            )
        page = web.Response(text="<html>", content_type="text/html")
        page.headers.add("Link", f'<{home}/p>; rel="alternate"; type="application/json"')
        page.headers.add("Link", f'<{home}/api/>; rel="https://api.w.org/"')
        page.headers.add("Link", f"<{home}/?p=5>; rel=shortlink")
        return page

    async with server(respond) as origin, carrier_over(library, origin) as carrier:
        address = await carrier.converse(site.discover(origin))

    assert address == SiteAddress(origin, f"{origin}/api")


async def test_a_link_to_another_site_is_not_followed() -> None:
    """The application password would go to whoever writes the header."""
    asked: list[str] = []

    async def respond(request: web.Request) -> web.Response:
        asked.append(request.path)
        link = '<https://evil.example/wp-json/>; rel="https://api.w.org/"'
        return web.Response(text="<html>", headers={"Link": link})

    async with server(respond) as origin, carrier_over("aiohttp", origin) as carrier:
        with pytest.raises(WordPressRedirected) as raised:
            await carrier.converse(site.discover(origin))

    assert raised.value.location == "https://evil.example"
    assert asked == ["/wp-json/", "/", "/"]


async def test_what_stands_in_front_is_named() -> None:
    """The owner would look for the fault in WordPress."""

    async def respond(_request: web.Request) -> web.Response:
        return web.Response(status=403, headers={"cf-mitigated": "challenge"})

    async with server(respond) as origin, carrier_over("aiohttp", origin) as carrier:
        with pytest.raises(Blocked, match="Cloudflare"):
            await carrier.converse(site.discover(origin))


async def test_a_site_that_is_down_is_told(wordpress_without_companion: RunningWordPress) -> None:
    """A stopped web server would look like a wrong address."""
    with wordpress_without_companion.down():
        async with carrier_over("aiohttp", *signed_in(wordpress_without_companion)) as carrier:
            with pytest.raises(WordPressUnreachable):
                await carrier.converse(site.discover(wordpress_without_companion.url))


@pytest.mark.parametrize(
    ("plugin", "password", "told"),
    [
        ("", None, "works"),
        ("", "wrong password", "wrong"),
        (STRIPPED, None, "stripped"),
        (STRIPPED, "wrong password", "wrong"),
        (SWITCHED_OFF, None, "switched_off"),
        (LOOKED_AT_EARLY, None, "works"),
        (LOOKED_AT_EARLY + NO_XML_RPC, "wrong password", "wrong"),
        (LOOKED_AT_EARLY + SWITCHED_OFF, None, "switched_off"),
        (LOOKED_AT_EARLY + SWITCHED_OFF_FOR_USER, None, "switched_off"),
        (CLOSED, None, "works"),
        (CLOSED + STRIPPED, None, "stripped"),
        (CLOSED + SWITCHED_OFF, None, "unknown"),
        (STRIPPED + NO_XML_RPC, None, "unknown"),
        ("if (defined('XMLRPC_REQUEST')) wp_die('No', '', 403);", "wrong", "unknown"),
    ],
)
async def test_why_a_sign_in_fails_is_found_out(
    wordpress_without_companion: RunningWordPress, plugin: str, password: str | None, told: str
) -> None:
    """WordPress says the same 401 to all of them: the owner would change the wrong thing."""
    address, right = signed_in(wordpress_without_companion)
    signed = Credentials(right.user, password or right.application_password)
    with wordpress_without_companion.mu_plugin("sign_in", plugin):
        async with carrier_over("requests", address, signed) as carrier:
            found = await carrier.converse(site.sign_in(signed))

    assert found == told


async def test_a_right_that_is_missing_is_no_failed_sign_in(
    wordpress_without_companion: RunningWordPress,
) -> None:
    """The owner would make a new application password, which changes nothing."""
    address, signed = signed_in(wordpress_without_companion)
    closed = "add_filter('rest_pre_dispatch', function ($answer, $server, $request) {"
    closed += " return $request->get_route() === '/wp/v2/users/me'"
    closed += " ? new WP_Error('no_entry', '', ['status' => 403]) : $answer; }, 10, 3);"
    with wordpress_without_companion.mu_plugin("closed", closed):
        async with carrier_over("aiohttp", address, signed) as carrier:
            with pytest.raises(WordPressRefused, match="no_entry"):
                await carrier.converse(site.sign_in(signed))


async def test_a_redirect_inside_the_site_is_not_the_end() -> None:
    """Some web servers send /wp-json to a page where permalinks are plain."""

    async def respond(request: web.Request) -> web.Response:
        home = f"http://{request.host}"
        if "rest_route" not in request.query:
            return web.Response(status=301, headers={"Location": home})
        return web.json_response(
            {"home": home, "url": home, "namespaces": [], "authentication": []}
        )

    async with server(respond) as origin, carrier_over("aiohttp", origin) as carrier:
        address = await carrier.converse(site.discover(origin))

    assert address == SiteAddress(origin, f"{origin}/?rest_route=")
