"""One bridge between a local Keap and a real WordPress, as a site has it that used WP Fusion."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bridge.delivery import Delivery
from bridge.demo.wordpress import RunningWordPress
from bridge.demo.wordpress.running import USER
from keap_client.sandbox import Sandbox
from keap_client.sandbox.state import Contact
from tests.bridge.cli.calling import Ended
from tests.bridge.commanding import run
from tests.bridge.running import RunningBridge, running_bridge

WPF_KEY = "183e3486"
"""As WP Fusion makes its access keys; this one reads like a number, which has been a hole there."""

CONFIG = """\
server:
  listen: 127.0.0.1:8080
  access_keys: ["{key}"]
  store: sqlite:///bridge.db
  accept_query: true
keap:
  url: {keap_url}
  token: {keap_token}
  calls_per_minute: 240
wordpress:
  url: {wordpress_url}
  user: {wordpress_user}
  application_password: "{application_password}"
"""
"""What every configuration begins with. Secrets stand in the open: the folder is the test's."""

MAPPING = """\
users:
  roles: {allowed: [subscriber, member_a, member_b]}
fields:
  first_name: FirstName
  last_name: LastName
  user_email: Email
  middle_name: MiddleName
  job: {from: JobTitle, when_empty: clear}
  company: Company
  phone: Phone1
  phone_extension: Phone1Ext
  second_email: EmailAddress2
  street: StreetAddress1
  shipping_city: City2
  country: Country
  billing_country: {from: Country, as: country_alpha2}
  billing_state: {from: State, as: region_code}
  birthday: Birthday
  last_visit: _LastVisit
  last_visit_here: {from: _LastVisit, as: datetime, timezone: Europe/Berlin, format: "%d/%m %H:%M"}
  age: _Age
  staff_notes: Notes for staff
  member_since: {from: _MemberSince, as: date, format: "%d.%m.%Y"}
"""

RETURNING = (
    "users: {return_password_to: _WPPassword, return_to_keap: {login: _WPUser, id: _WPUserId}}"
)
"""A site that lets Keap know of new users, and so spends two more calls on each."""

SOMEBODY = """
    [$login, $email, $meta] = [$args[0], $args[1], json_decode($args[2], true)];
    $id = wp_insert_user(['user_login' => $login, 'user_email' => $email, 'user_pass' => 'x',
        'role' => 'subscriber']);
    if (is_wp_error($id)) throw new Exception($id->get_error_message());
    foreach ($meta as $key => $value) update_user_meta($id, $key, $value);
    return $id;
"""
"""PHP: a user who was there before the bridge."""


BY_ADDRESS = f"""
    $all = [];
    foreach ($args as $address) {{
        $id = get_user_by('email', $address)->ID;
        {USER}
        $all[] = $found;
    }}
    return $all;
"""
"""PHP: the users who have these addresses, each as :meth:`RunningWordPress.user` gives one."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Both ends, the bridge between them, and the command line."""

    sandbox: Sandbox
    wordpress: RunningWordPress
    folder: Path
    bridge: RunningBridge
    capsys: pytest.CaptureFixture[str] | None = None

    @property
    def number_of_contacts(self) -> int:
        """How many contacts there are or have been; it grows with each."""
        return len(self.sandbox.tenant.contacts) + len(self.sandbox.tenant.merged)

    def contact(self, **properties: Any) -> Contact:
        """Add a contact with an address of its own; it is Ann Lee, but for what is said here."""
        address = f"ann{self.number_of_contacts}@example.com"
        ann = {"given_name": "Ann", "family_name": "Lee", "email": address}
        return self.sandbox.tenant.add_contact(**{**ann, **properties})

    async def send(self, **pairs: str) -> tuple[int, dict[str, Any]]:
        """Send pairs as a campaign does, with the right key; give the status and the answer."""
        return await self.bridge.send(data={"access_key": WPF_KEY, **pairs})

    async def post(self, contact: Contact | str, action: str = "add", **pairs: str) -> Delivery:
        """Send a Post for a contact, wait until nothing is left to do, and give its delivery."""
        number = contact if isinstance(contact, str) else contact.id
        status, answer = await self.send(wpf_action=action, contactId=number, **pairs)
        assert status == 200, answer
        return await self.delivery(answer["delivery"])

    async def delivery(self, number: str) -> Delivery:
        """Wait until nothing is left to do, and give the delivery of an answer."""
        return next(each for each in await self.bridge.settled() if each.id == number)

    def user(self, contact: Contact) -> dict[str, Any]:
        """The user who has a contact's address."""
        (found,) = self.users(contact)
        return found

    def users(self, *contacts: Contact) -> list[dict[str, Any]]:
        """The users who have these contacts' addresses, looked up in one go."""
        addresses = [contact.email() or "" for contact in contacts]
        found: list[dict[str, Any]] = self.wordpress.ask(BY_ADDRESS, *addresses)
        return found

    def somebody(self, login: str, email: str, **meta: Any) -> int:
        """Make a user behind the bridge's back, as WP Fusion would have left one."""
        made: int = self.wordpress.ask(SOMEBODY, login, email, json.dumps(meta))
        return made

    def mails_to(self, contact: Contact) -> list[Any]:
        """The mails that WordPress has sent to a contact's address."""
        return [mail for mail in self.wordpress.mails() if mail["To"] == contact.email()]

    @property
    def config_file(self) -> Path:
        """The bridge's configuration."""
        return self.folder / "config.yaml"

    async def command(self, *arguments: str, config_file: Path | None = None) -> Ended:
        """Call ``keap-bridge`` as a person would."""
        assert self.capsys is not None
        return await run(self.capsys, config_file or self.config_file, *arguments)

    def configured(self, name: str, more: str) -> Path:
        """Write another configuration for the same ends, with a store of its own."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return write_config(folder, self.sandbox, self.wordpress, more)

    @asynccontextmanager
    async def another(self, name: str, more: str) -> AsyncIterator["Scene"]:
        """Run one more bridge between the same ends, with other settings."""
        file = self.configured(name, more)
        async with running_bridge(file) as bridge:
            yield replace(self, folder=file.parent, bridge=bridge)


def write_config(folder: Path, sandbox: Sandbox, wordpress: RunningWordPress, more: str) -> Path:
    """Write a configuration between these two."""
    file = folder / "config.yaml"
    values: Mapping[str, str] = {
        "key": WPF_KEY,
        "keap_url": sandbox.url,
        "keap_token": sandbox.token,
        "wordpress_url": wordpress.url,
        "wordpress_user": wordpress.service.login,
        "application_password": wordpress.service.application_password,
    }
    file.write_text(CONFIG.format(**values) + more)
    file.chmod(0o600)
    return file


def caveats(delivery: Delivery) -> set[tuple[str, str]]:
    """Give what a delivery left undone, as pairs of code and subject."""
    return {(each.code, each.subject) for each in delivery.caveats}
