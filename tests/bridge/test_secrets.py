"""Nothing secret leaks: the whole output and the whole store are searched after a whole run."""

import base64
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from bridge.demo.wordpress import RunningWordPress
from keap_client.sandbox import Fault, Sandbox
from tests.bridge.kill.host import Host
from tests.bridge.running import ACCESS_KEY, free_port, write_config

FIELD = "WP Password"
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

    printed = host.log.read_text()
    kept = _bytes_of(tmp_path)
    password = str(sandbox.tenant.custom_value("1001", FIELD))
    account = wordpress.service
    basic = f"{account.login}:{account.application_password}".encode()
    secrets = {
        "access key": ACCESS_KEY,
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


def _bytes_of(folder: Path) -> bytes:
    """Give everything that the store has on disk."""
    files = [each.read_bytes() for each in folder.glob("bridge.db*")]
    assert files
    return b"".join(files)
