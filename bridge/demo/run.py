"""One HTTP Post through the whole: a local Keap, the bridge, a real WordPress."""

import asyncio
import secrets
import shlex
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bridge.delivery import Delivery
from bridge.delivery_lines import timeline_of
from bridge.demo.bridge_process import running_bridge_process
from bridge.demo.story import Mail, Seen, indented, post_text, table, user_text, wrong_with
from bridge.demo.wordpress import (
    LaunchError,
    RunningWordPress,
    default_cache,
    own_folder,
    start,
)
from bridge.store import Reader
from keap_client.sandbox import HttpPostStep, Sandbox, running_sandbox, send_http_post

CONTACT = "1001"
PASSWORD_FIELD = "WP Password"  # noqa: S105 - a field's name
ROLE = "member_a"
FIELDS = {
    "first_name": "FirstName",
    "last_name": "LastName",
    "billing_city": "City",
    "member_since": "_Membersince",
}
DONE_WITHIN = 60.0
LOOK_EVERY = 0.05

CONFIG = """\
server:
  listen: 127.0.0.1:{port}
  admin_listen: 127.0.0.1:{page_port}
  store: sqlite:///bridge.db
keap:
  url: {keap}
wordpress:
  url: {wordpress}
users:
  roles: {{allowed: [subscriber, {role}]}}
  return_password_to: {password_field}
fields:
  user_email: Email
{fields}
"""

Say = Callable[[str], None]


class DemoFailed(Exception):
    """Something is not as it should be; the text says what."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What runs during the demonstration."""

    folder: Path
    wordpress: RunningWordPress
    sandbox: Sandbox
    port: int
    page_port: int
    access_key: str = field(repr=False)
    page_password: str = field(repr=False)

    @property
    def page(self) -> str:
        """The page's address."""
        return f"http://127.0.0.1:{self.page_port}/admin/"

    @property
    def bridge(self) -> str:
        """The bridge's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def config_file(self) -> Path:
        """The bridge's configuration."""
        return self.folder / "config.yaml"

    @property
    def log(self) -> Path:
        """The bridge's log."""
        return self.folder / "bridge.log"

    @property
    def secrets(self) -> Mapping[str, str]:
        """The environment variables that the configuration names."""
        return {
            "KEAP_BRIDGE_ACCESS_KEY": self.access_key,
            "KEAP_BRIDGE_ADMIN_PASSWORD": self.page_password,
            "KEAP_TOKEN": self.sandbox.token,
            "WP_APPLICATION_PASSWORD": self.wordpress.service.application_password,
        }


async def run(*, keep: bool, suite: str, say: Say) -> None:
    """Start everything, send one HTTP Post, show what came of it, stop everything.

    Args:
        keep: Stay up until Ctrl-C or SIGTERM, and say which addresses to open.
        suite: The Debian suite to take WordPress from; ``distro``: the machine's own.
        say: Prints a line or more.

    Raises:
        LaunchError: WordPress did not start.
        DidNotStart: The bridge did not start.
        DemoFailed: The user is not as it should be.
        asyncio.CancelledError: SIGTERM came; everything is stopped.
    """
    demonstration = asyncio.current_task()
    assert demonstration is not None  # noqa: S101 - a coroutine that runs is in a task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, demonstration.cancel)
    with _folder() as folder:
        say("1  A real WordPress, a local Keap, and the bridge between them are started")
        wordpress = start(folder / "wordpress", suite=suite, say=lambda step: say(f"  … {step}"))
        async with running_sandbox() as sandbox:
            parts = Parts(
                folder,
                wordpress,
                sandbox,
                *_free_ports(),
                access_key=secrets.token_hex(16),
                page_password=secrets.token_hex(6),
            )
            _write_config(parts)
            health = f"{parts.bridge}/healthz"
            async with running_bridge_process(parts.config_file, parts.secrets, parts.log, health):
                addresses = (
                    (f"WordPress {wordpress.version}", wordpress.url),
                    ("Keap (sandbox)", sandbox.url),
                    ("the bridge", parts.bridge),
                )
                say(table(addresses))
                await _show(parts, say)
                if keep:
                    say(_invitation(parts))
                    await _until_signal()


async def _show(parts: Parts, say: Say) -> None:
    say(f"\n2  Keap's campaign sends an HTTP Post for contact {CONTACT}")
    await _send(parts, say)
    seen = await _look(parts)
    if seen.user:
        say("\n3  WordPress now has this user")
        say(user_text(seen, FIELDS))
    for mail in seen.mails:
        say(f"\n4  WordPress sends {mail.to} this mail: {mail.subject}")
        say(indented(mail.text))
    say(f"\n5  Keap's field {PASSWORD_FIELD!r} now has a password")
    say(f"  It logs in: {'yes' if seen.logs_in else 'no'}")
    say("\n6  The bridge remembers what it did (keap-bridge deliveries ID)")
    say(indented("\n".join(seen.timeline)))
    if wrong := wrong_with(seen, role=ROLE):
        raise DemoFailed("; ".join(wrong))
    say("\nAll is well: one Post made one user, with role, tags, fields, mail and password.")


async def _send(parts: Parts, say: Say) -> None:
    pairs = (
        ("contactId", "~Contact.Id~"),
        ("wpf_action", "add"),
        ("access_key", parts.access_key),
        ("role", ROLE),
        ("send_notification", "true"),
    )
    step = HttpPostStep(f"{parts.bridge}/keap", pairs)
    tenant = parts.sandbox.tenant
    (answer,) = await send_http_post(step, tenant.contacts[CONTACT], tenant)
    status = answer.status or answer.error
    say(post_text(pairs, url=step.url, status=status, answer=answer.body))
    if answer.status != 200:  # noqa: PLR2004 - the only status that Keap takes as done
        message = f"the bridge did not take the Post ({status})"
        raise DemoFailed(message)


async def _look(parts: Parts) -> Seen:
    """Wait until the delivery is finished, and look at everything."""
    delivery, timeline = await _finished(parts.folder / "bridge.db")
    return await asyncio.to_thread(_seen, parts, delivery, timeline)


async def _finished(store: Path) -> tuple[Delivery, list[str]]:
    reader = await asyncio.to_thread(Reader.open, store)
    for _ in range(int(DONE_WITHIN / LOOK_EVERY)):
        (delivery,) = await asyncio.to_thread(reader.deliveries)
        if delivery.finished_at is not None:
            break
        await asyncio.sleep(LOOK_EVERY)
    return delivery, timeline_of(delivery, await asyncio.to_thread(reader.timeline, delivery.id))


def _seen(parts: Parts, delivery: Delivery, timeline: list[str]) -> Seen:
    tenant = parts.sandbox.tenant
    contact = tenant.contacts[CONTACT]
    users = [u for u in parts.wordpress.users() if u["user_email"] == contact.email()]
    user = users[0] if len(users) == 1 else {}
    password = tenant.custom_value(CONTACT, PASSWORD_FIELD)
    return Seen(
        delivery,
        timeline,
        user,
        tags={tag.id: tag.name for tag in tenant.tags.values()},
        contact_tags=list(contact.tags),
        mails=[
            Mail(mail["To"], mail["Subject"], mail.get_content().strip())
            for mail in parts.wordpress.mails()
        ],
        logs_in=bool(user and password)
        and parts.wordpress.log_in(user["user_login"], str(password)),
    )


def _write_config(parts: Parts) -> None:
    text = CONFIG.format(
        port=parts.port,
        page_port=parts.page_port,
        keap=parts.sandbox.url,
        wordpress=parts.wordpress.url,
        role=ROLE,
        password_field=PASSWORD_FIELD,
        fields="\n".join(f"  {name}: {keap}" for name, keap in FIELDS.items()),
    )
    parts.config_file.write_text(text, "utf-8")


def _invitation(parts: Parts) -> str:
    admin = parts.wordpress.admin
    exported = " ".join(f"{name}={shlex.quote(text)}" for name, text in parts.secrets.items())
    program = Path(sys.executable).with_name("keap-bridge")
    command = str(program) if program.exists() else f"{sys.executable} -m bridge.cli"
    return (
        "\nIt all stays up until you press Ctrl-C. Look around:\n"
        + table(
            (
                ("WordPress", f"{parts.wordpress.url}/wp-admin/users.php"),
                ("", f"as {admin.login}, password {admin.password}"),
                ("the page", parts.page),
                ("", f"password {parts.page_password}"),
                ("the log", str(parts.log)),
            )
        )
        + "\nSend a Post for another contact from another terminal, and see what becomes of it:\n"
        f"  export {exported}\n"
        f"  {command} post 1002 --config {parts.config_file}\n"
        f"  {command} deliveries --config {parts.config_file}"
    )


async def _until_signal() -> None:
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()


@contextmanager
def _folder() -> Iterator[Path]:
    """Give a new folder that WordPress's account can reach; stop and remove all at the end."""
    home = default_cache() / "demo"
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"The folder {home} cannot be made ({error.strerror}): the demo needs root."
        raise LaunchError(message) from error
    with own_folder(home) as folder:
        yield folder


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]
