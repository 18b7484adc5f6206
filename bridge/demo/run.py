"""One HTTP Post through the whole: a local Keap, the bridge, a real WordPress."""

import asyncio
import json
import secrets
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.cli.deliveries import timeline_of
from bridge.delivery import Delivery
from bridge.demo.bridge_process import running_bridge_process
from bridge.demo.wordpress import RunningWordPress, default_cache, start, stop
from bridge.store import Reader
from keap_client.sandbox import HttpPostStep, Sandbox, running_sandbox, send_http_post

CONTACT = "1001"
PASSWORD_FIELD = "WP Password"  # noqa: S105 - a field's name
ROLE = "member_a"
DONE_WITHIN = 60.0
LOOK_EVERY = 0.05

CONFIG = """\
server:
  listen: 127.0.0.1:{port}
  store: sqlite:///bridge.db
keap:
  url: {keap}
wordpress:
  url: {wordpress}
users:
  roles: {{allowed: [subscriber, {role}]}}
  return_password_to: {password_field}
fields:
  first_name: FirstName
  last_name: LastName
  user_email: Email
  billing_city: City
  member_since: _Membersince
"""

Say = Callable[[str], None]


class DemoFailed(Exception):
    """The user is not as it should be; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What runs during the demonstration."""

    folder: Path
    wordpress: RunningWordPress
    sandbox: Sandbox
    port: int
    access_key: str

    @property
    def bridge(self) -> str:
        """The bridge's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def config_file(self) -> Path:
        """The bridge's configuration."""
        return self.folder / "config.yaml"


async def run(*, keep: bool, suite: str, say: Say) -> None:
    """Start everything, send one HTTP Post, show what came of it, stop everything.

    Args:
        keep: Stay up until Ctrl-C, and say which addresses to open.
        suite: The Debian suite to take WordPress from; ``distro``: the machine's own.
        say: Prints a paragraph.

    Raises:
        LaunchError: WordPress did not start.
        DidNotStart: The bridge did not start.
        DemoFailed: The user is not as it should be.
    """
    with _folder() as folder:
        say("Starting a real WordPress …")
        wordpress = start(folder / "wordpress", suite=suite, say=lambda step: say(f"  {step}"))
        async with running_sandbox() as sandbox:
            parts = Parts(folder, wordpress, sandbox, _free_port(), secrets.token_hex(16))
            parts.config_file.write_text(
                CONFIG.format(
                    port=parts.port,
                    keap=sandbox.url,
                    wordpress=wordpress.url,
                    role=ROLE,
                    password_field=PASSWORD_FIELD,
                )
            )
            environ = {
                "KEAP_BRIDGE_ACCESS_KEY": parts.access_key,
                "KEAP_TOKEN": sandbox.token,
                "WP_APPLICATION_PASSWORD": wordpress.service.application_password,
            }
            say(f"WordPress {wordpress.version} {wordpress.url}   local Keap {sandbox.url}")
            async with running_bridge_process(
                parts.config_file, environ, folder / "bridge.log", f"{parts.bridge}/healthz"
            ):
                await _show(parts, say)
                if keep:
                    say(_addresses(parts, environ))
                    await asyncio.Event().wait()


async def _show(parts: Parts, say: Say) -> None:
    pairs = (
        ("contactId", "~Contact.Id~"),
        ("wpf_action", "add"),
        ("access_key", parts.access_key),
        ("role", ROLE),
        ("send_notification", "true"),
    )
    step = HttpPostStep(f"{parts.bridge}/keap", pairs)
    contact = parts.sandbox.tenant.contacts[CONTACT]
    (attempt,) = await send_http_post(step, contact, parts.sandbox.tenant)
    posted = "\n".join(f"  {name} = {'…' if name == 'access_key' else v}" for name, v in pairs)
    say(
        f"Keap posts for contact {CONTACT}:\n{posted}\nand is answered {attempt.status}:"
        f" {attempt.body}"
    )

    delivery, timeline = await _done(parts.config_file.parent / "bridge.db")
    email = contact.email() or ""
    user, login = await asyncio.to_thread(_look, parts, email)
    mails = parts.wordpress.mails()
    shown = json.dumps(user, indent=2, ensure_ascii=False)
    say("The user as WordPress now shows them:\n" + _indented(shown))
    for mail in mails:
        body = mail.get_content().strip()
        say(f"The mail to {mail['To']}: {mail['Subject']}\n" + _indented(body))
    say("The timeline (keap-bridge deliveries ID):\n" + _indented("\n".join(timeline)))
    say(f"The password in Keap's field {PASSWORD_FIELD!r} logs in: {'yes' if login else 'no'}")
    _judge(delivery, user, len(mails), login=login)


async def _done(store: Path) -> tuple[Delivery, list[str]]:
    """Wait until the one delivery is finished; give it with its timeline."""
    reader = await asyncio.to_thread(Reader.open, store)
    for _ in range(int(DONE_WITHIN / LOOK_EVERY)):
        (delivery,) = await asyncio.to_thread(reader.deliveries)
        if delivery.finished_at is not None:
            attempts = await asyncio.to_thread(reader.timeline, delivery.id)
            return delivery, timeline_of(delivery, attempts)
        await asyncio.sleep(LOOK_EVERY)
    message = f"The delivery is still {delivery.state}: {delivery.reason}"
    raise DemoFailed(message)


def _look(parts: Parts, email: str) -> tuple[dict[str, Any], bool]:
    user = parts.wordpress.user(email)
    password = parts.sandbox.tenant.custom_value(CONTACT, PASSWORD_FIELD)
    login = bool(password) and parts.wordpress.log_in(user["user_login"], str(password))
    shown = ("user_login", "user_email", "display_name", "user_nicename", "roles")
    keys = (
        "first_name",
        "last_name",
        "billing_city",
        "member_since",
        "infusionsoft_contact_id",
        "infusionsoft_tags",
    )
    meta = {key: user["meta"].get(key) for key in keys}
    return {"id": user["ID"], **{key: user[key] for key in shown}, "meta": meta}, login


def _judge(delivery: Delivery, user: dict[str, Any], mails: int, *, login: bool) -> None:
    wrong = [
        sentence
        for sentence, right in (
            (f"the delivery ended {delivery.state}: {delivery.reason}", delivery.state == "done"),
            (f"the roles are {user['roles']}", user["roles"] == [ROLE]),
            ("the tags are missing", bool(user["meta"]["infusionsoft_tags"])),
            (f"{mails} mails were sent", mails == 1),
            ("the password in Keap does not log in", login),
        )
        if not right
    ]
    if wrong:
        raise DemoFailed("; ".join(wrong))


def _addresses(parts: Parts, environ: dict[str, str]) -> str:
    admin = parts.wordpress.admin
    exported = " ".join(f"{name}={value!r}" for name, value in environ.items())
    return (
        "It all stays up until you press Ctrl-C. Look around:\n"
        f"  WordPress   {parts.wordpress.url}/wp-admin/users.php  ({admin.login} /"
        f" {admin.password})\n"
        f"  the bridge  {parts.bridge}/healthz\n"
        f"  its log     {parts.folder / 'bridge.log'}\n"
        "Send another Post from another terminal:\n"
        f"  export {exported}\n"
        f"  keap-bridge post 1002 --config {parts.config_file}\n"
        f"  keap-bridge deliveries --config {parts.config_file}"
    )


@contextmanager
def _folder() -> Iterator[Path]:
    """Give a new folder that WordPress's account can reach; stop and remove all at the end."""
    home = default_cache() / "demo"
    home.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=home))
    folder.chmod(0o755)  # www-data goes through it
    try:
        yield folder
    finally:
        stop(folder / "wordpress")
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
