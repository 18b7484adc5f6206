"""Nothing secret leaks: the whole output and the whole store are searched after a whole run."""

import base64
import re
from html import unescape
from pathlib import Path
from urllib.parse import quote, quote_plus

import aiohttp
import pytest
from yarl import URL

from bridge.demo.wordpress import RunningWordPress
from keap_client.sandbox import Fault, Sandbox
from tests.bridge.kill.host import Host
from tests.bridge.running import ACCESS_KEY, free_port, write_config

FIELD = "WP Password"
PASSWORD, WRONG_PASSWORD = "opens-the-page-41", "opens-no-page-42"
WRONG_KEY = "a-wrong-key-9f8e7d6c"
FROM_KEAP = "blue-Kettle-7-more"
MORE = """\
passwords: {from_keap: true}
fields: {user_email: Email, user_pass: Notes for staff}
"""
BREAKS = "add_action('user_register', function () { throw new Error($_SERVER['PHP_AUTH_PW']); });"


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_nothing_secret_is_printed_or_stored(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """A log that somebody sends in for help would open the site, or give away who is a member."""
    port = free_port()
    users = {"return_password_to": FIELD, "notification": "password"}
    sandbox.tenant.set_custom("1002", "Notes for staff", FROM_KEAP)
    file = write_config(
        tmp_path, sandbox.url, sandbox.token, wordpress, users=users, more=MORE, port=port
    )
    page = free_port()
    admin = f"server:\n  admin_password: {PASSWORD}\n  admin_listen: 127.0.0.1:{page}\n"
    file.write_text(file.read_text().replace("server:\n", admin, 1))
    host = Host(file, port)
    async with host.bridge() as process:
        assert await host.post("1001")
        await host.over(process)
        assert not await host.post("1001", access_key=WRONG_KEY)
        assert not await host.post("1001", send_notification="zoe@example.com")
        sandbox.faults.add(Fault("invalid_token"))
        assert await host.post("1001")
        await host.over(process)
        with wordpress.mu_plugin("breaks", BREAKS):
            assert await host.post("1002")
            await host.until(process, lambda all_: all_[-1].attempts > 0)
        with wordpress.down():
            assert await host.post("1004")
            await host.until(process, lambda all_: all_[-1].attempts > 0)
        shown = await _shown_by(f"http://127.0.0.1:{page}", f"http://127.0.0.1:{port}")

    printed = host.log.read_text()
    kept = _bytes_of(tmp_path)
    password = str(sandbox.tenant.custom_value("1001", FIELD))
    account = wordpress.service
    basic = f"{account.login}:{account.application_password}".encode()
    secrets = {
        "access key": ACCESS_KEY,
        "page's password": PASSWORD,
        "wrong password": WRONG_PASSWORD,
        "wrong key": WRONG_KEY,
        "token": sandbox.token,
        "application password": account.application_password,
        "application password without blanks": account.application_password.replace(" ", ""),
        "authorization": base64.b64encode(basic).decode(),
        "generated password": password,
        "password from Keap": FROM_KEAP,
        "address": "zoe@example.com",
        "other address": "joerg.mueller",
    }
    assert printed.count("attempt_finished") >= 3
    assert len(password) >= 20
    for name, secret in secrets.items():
        for form in {secret, quote(secret), quote_plus(secret)}:
            assert form not in printed, f"the {name} is printed"
            assert form.encode() not in kept, f"the {name} is in the store"
            assert form not in shown, f"the {name} is on the page or among the figures"


async def _shown_by(page: str, server: str) -> str:
    """Give every page, and what machines that watch are told."""
    jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=URL(page))
    shown = []
    async with aiohttp.ClientSession(cookie_jar=jar) as client:
        for password in (WRONG_PASSWORD, PASSWORD):
            async with client.post(f"{page}/admin/login", data={"password": password}) as answer:
                shown.append(await answer.text())
        assert "held" in shown[-1]
        links = set(re.findall(r'href="(/admin/[^"]*)"', shown[-1]))
        shown += [await _text_of(client, page + unescape(link)) for link in sorted(links)]
        paths = ("healthz", "readyz", "metrics", "nothing", "keap")
        shown += [await _text_of(client, f"{server}/{path}") for path in paths]
    assert len(links) > 5
    assert "bridge_deliveries" in "".join(shown)
    return "".join(shown)


async def _text_of(client: aiohttp.ClientSession, url: str) -> str:
    async with client.get(url) as answer:
        return f"{answer.headers}{await answer.text()}"


def _bytes_of(folder: Path) -> bytes:
    """Give everything that the store has on disk."""
    files = [each.read_bytes() for each in folder.glob("bridge.db*")]
    assert files
    return b"".join(files)
