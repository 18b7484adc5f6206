"""The check at the real WordPress: with the companion and without, and what stands in front."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bridge.demo.wordpress import RunningWordPress
from keap_client.sandbox import Sandbox
from tests.basic_auth import NOT_FOR_REST, asking_for_a_password
from tests.bridge.check.command import problems, warnings, with_password
from tests.bridge.commanding import run
from tests.bridge.running import write_config
from tests.wp_client.carrying import server

STRIPPED = "unset($_SERVER['PHP_AUTH_USER'], $_SERVER['PHP_AUTH_PW']);"
SWITCHED_OFF = "add_filter('wp_is_application_passwords_available', '__return_false');"
LOOKED_AT_EARLY = "add_filter('rest_authentication_errors', function ($r) {"
LOOKED_AT_EARLY += " wp_get_current_user(); return $r; }, 1);"


async def test_without_the_companion_the_check_says_what_does_not_work(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_without_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """An owner would wait for tags that WordPress drops."""
    wordpress = wordpress_without_companion
    file = write_config(tmp_path, sandbox.url, sandbox.token, wordpress)

    ended = await run(capsys, file, "check")

    assert (ended.code, problems(ended)) == (0, [])
    said = warnings(ended)
    assert "the companion is not installed" in said[0]
    assert any("infusionsoft_tags, infusionsoft_contact_id" in each for each in said)
    assert "may list, make and change users" in ended.out


async def test_an_account_without_rights_is_a_problem_over_core(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_without_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """The first Post would be held, and nobody would have been told."""
    wordpress = wordpress_without_companion
    editor = wordpress.accounts["editor1"]
    other = replace(wordpress, accounts={**wordpress.accounts, "svc": editor})
    file = write_config(tmp_path, sandbox.url, sandbox.token, other)

    ended = await run(capsys, file, "check")

    (problem,) = problems(ended)
    assert ended.code == 5
    assert "lacks the capabilities list_users, create_users, edit_users, promote_users" in problem


@pytest.mark.parametrize(
    ("plugin", "words"),
    [
        (SWITCHED_OFF, "application passwords are switched off"),
        (STRIPPED, "RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]"),
        (
            STRIPPED + "add_filter('xmlrpc_enabled', '__return_false');",
            "wrong, or it gets lost on the way",
        ),
    ],
)
async def test_a_sign_in_that_cannot_work_is_told_apart(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress: RunningWordPress,
    tmp_path: Path,
    plugin: str,
    words: str,
) -> None:
    """The owner would make one application password after the other."""
    file = write_config(tmp_path, sandbox.url, sandbox.token, wordpress)
    with wordpress.mu_plugin("sign_in", plugin):
        ended = await run(capsys, file, "check")

    (problem,) = problems(ended)
    assert ended.code == 5
    assert words in problem


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_a_wrong_password_is_told_where_even_the_index_refuses_it(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress: RunningWordPress,
    tmp_path: Path,
) -> None:
    """With some plugins nothing would be said but that the check has a bug."""
    site = with_password(wordpress, "abcd EFGH ijkl MNOP qrst UVWX")
    file = write_config(tmp_path, sandbox.url, sandbox.token, site)
    with wordpress.mu_plugin("early", LOOKED_AT_EARLY):
        ended = await run(capsys, file, "check")

    (problem,) = problems(ended)
    assert ended.code == 5
    assert "user name or the application password is wrong" in problem


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_a_password_of_the_web_server_is_recognised(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress: RunningWordPress,
    tmp_path: Path,
) -> None:
    """The owner of a staging site would look for the fault in the application password."""
    with asking_for_a_password(tmp_path, wordpress.url, ("staging", "let me in")) as front:
        site = replace(wordpress, url=front)
        file = write_config(tmp_path, sandbox.url, sandbox.token, site)
        ended = await run(capsys, file, "check")

    (problem,) = problems(ended)
    assert ended.code == 5
    assert "the web server's own password (HTTP Basic authentication) (HTTP 401)" in problem
    assert "htpasswd FILE USER" in problem
    assert NOT_FOR_REST in problem


@pytest.mark.parametrize("way", ["one pair for both", "not for the REST API"])
@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_what_is_advised_against_it_helps(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress: RunningWordPress,
    tmp_path: Path,
    way: str,
) -> None:
    """The owner would do what the check says, and it would be in vain."""
    account = wordpress.service
    together = way == "one pair for both"
    pair = (account.login, account.application_password) if together else ("staging", "let me in")
    with asking_for_a_password(
        tmp_path, wordpress.url, pair, but_not_for_rest=not together
    ) as front:
        site = replace(wordpress, url=front)
        file = write_config(tmp_path, sandbox.url, sandbox.token, site)
        ended = await run(capsys, file, "check")

    assert (ended.code, problems(ended)) == (0, [])


async def test_the_companion_is_looked_at_closely(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """Each of these would be found by the first member whom it hits."""
    wordpress = wordpress_with_companion
    more = "fields: {city: City, sealed: Fax}\n"
    file = write_config(tmp_path, sandbox.url, sandbox.token, wordpress, more=more)
    text = file.read_text().replace("member_b]", "member_c, editor]").replace("Fax", "Phone1")
    file.write_text(text)
    wordpress.php("get_userdata($args[0])->add_role('editor');", str(wordpress.service.id))
    wordpress.php("update_option('default_role', 'editor');")
    drop = "add_filter('update_user_metadata', fn($c, $id, $key) => $key === 'city' ? true : $c,"
    drop += " 10, 3); add_filter('add_user_metadata',"
    drop += " fn($c, $id, $key) => $key === 'city' ? true : $c, 10, 3);"
    with wordpress.mu_plugin("drop", drop):
        ended = await run(capsys, file, "check")

    missing, forbidden, meta = problems(ended)
    assert ended.code == 5
    assert "there is no role member_c" in missing
    assert "Did you mean member_" in missing
    assert "the role editor may not be given" in forbidden
    assert "user meta key city" in meta
    privileged, default = warnings(ended)
    assert "can do more than the bridge needs" in privileged
    assert "default role (editor)" in default


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_an_account_without_the_companions_role_is_told(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """The commonest slip: an account was made, but with another role."""
    wordpress = wordpress_with_companion
    wordpress.php("get_userdata($args[0])->set_role('subscriber');", str(wordpress.service.id))
    file = write_config(tmp_path, sandbox.url, sandbox.token, wordpress)

    ended = await run(capsys, file, "check")

    (problem,) = problems(ended)
    assert ended.code == 5
    assert "give the account this role" in problem


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        ({"companion": "0.0.1"}, 0, "has version 0.0.1, this bridge brings"),
        ({"protocol": 2}, 5, "speaks version 2"),
    ],
)
async def test_a_companion_of_another_version_is_told(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
    said: dict[str, Any],
    code: int,
    words: str,
) -> None:
    """After an update of the bridge the old companion would stay for ever, or stop working."""
    wordpress = wordpress_with_companion
    file = write_config(tmp_path, sandbox.url, sandbox.token, wordpress)
    older = "add_filter('rest_post_dispatch', function ($answer, $server, $request) {"
    older += " if ($request->get_route() === '/keap-bridge/v1/users') $answer->set_data("
    older += f"json_decode('{json.dumps(said)}', true) + $answer->get_data());"
    older += " return $answer; }, 10, 3);"
    with wordpress.mu_plugin("older", older):
        ended = await run(capsys, file, "check")

    (told,) = problems(ended) or warnings(ended)
    assert ended.code == code
    assert words in told
    assert "keap-bridge companion --zip" in told


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (
            {"status": 301, "headers": {"Location": "https://www.a.example/wp-json/"}},
            5,
            "put https://www.a.example in wordpress.url",
        ),
        ({"status": 403, "headers": {"cf-mitigated": "challenge"}}, 5, "Cloudflare"),
        ({"text": "<html>Hello</html>", "content_type": "text/html"}, 4, "a web page (HTTP 200)"),
        ({"status": 503}, 4, "maintenance"),
    ],
)
async def test_what_stands_in_front_is_told(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
    answer: dict[str, Any],
    code: int,
    words: str,
) -> None:
    """The owner would look for the fault in WordPress."""

    async def respond(_request: web.Request) -> web.Response:
        return web.Response(**answer)

    async with server(respond) as origin:
        site = replace(wordpress_with_companion, url=origin)
        file = write_config(tmp_path, sandbox.url, sandbox.token, site)
        ended = await run(capsys, file, "check")

    (problem,) = problems(ended)
    assert ended.code == code
    assert words in problem
