"""Nobody rises: every way in that a Post, a contact or a file offers is tried, end to end."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bridge.config import ConfigProblems, load
from bridge.demo.wordpress import RunningWordPress
from keap_client.sandbox import Sandbox
from keap_client.sandbox.state import email_address
from tests.bridge.running import ACCESS_KEY, RunningBridge, bridge_between

SPELLINGS = (
    "administrator",
    "Administrator",
    "ADMINISTRATOR",
    "  administrator\t",
    "administrator,member_a",
    "member_a , Administrator",
    "administrator;editor|keap_bridge",
    "administrator\n",
    "administrator\x00",
    "administrator\u200b",
    "\u0430dministrator",  # the first letter is Cyrillic
    "Admin\u0131strator",  # an i without its dot, which upper case makes an I
    "administr\u00e1tor",  # which MySQL takes for the same
    "\uff41\uff44\uff4d\uff49\uff4e\uff49\uff53\uff54\uff52\uff41\uff54\uff4f\uff52",
    "wp_administrator",
    "super_admin",
    "Super Admin",
    "editor",
    "Editor",
    "keap_bridge",
    "Keap bridge",
    "user_sync",
    '["administrator"]',
    '{"administrator": true}',
    'a:1:{s:13:"administrator";b:1;}',
    "admin%69strator",
    "*",
    "1",
)
"""Roles that nobody may have from Keap, as a campaign or a stranger may write them."""

ALLOWED = {"subscriber", "member_a", "member_b"}

PARAMETERS: tuple[Mapping[str, str], ...] = (
    {"role[]": "administrator"},
    {"roles": "administrator", "Role": "administrator", "ROLE": "administrator"},
    {"user_role": "administrator", "new_role": "administrator", "wp_role": "administrator"},
    {"wp_capabilities": 'a:1:{s:13:"administrator";b:1;}', "wp_user_level": "10"},
    {"meta[wp_capabilities][administrator]": "1", "capabilities": "manage_options"},
    {"ID": "1", "user_id": "1", "id": "1"},
    {"user_email": "admin@site.example", "email": "admin@site.example", "Email": "x@y.example"},
    {"user_login": "admin", "user_pass": "stolen-password-1", "password": "stolen-password-1"},
    {"allowed": "administrator", "users.roles.allowed": "administrator", "among": "administrator"},
    {"documents": '[{"roles": {"give": ["administrator"]}}]', "action": "administrator"},
    {"role": "member_a", "wpf_role": "administrator", "contactRole": "administrator"},
)
HEADERS: tuple[Mapping[str, str], ...] = (
    {"X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "PUT"},
    {"X-WP-Nonce": "1", "X-Role": "administrator", "X-User-Id": "1"},
    {"X-Forwarded-User": "admin", "Remote-User": "admin", "X-Forwarded-For": "127.0.0.1"},
    {"Authorization": "Basic YWRtaW46YWRtaW4=", "Cookie": "wordpress_logged_in=admin"},
)
BODIES = (
    ("application/json", '{"contactId": "1001", "wpf_action": "add", "role": "administrator"}'),
    ("text/xml", "<contactId>1001</contactId><role>administrator</role>"),
    ("application/x-www-form-urlencoded", "role=administrator&role=administrator"),
)

FIELDS = """\
passwords: {from_keap: true}
fields:
  first_name: FirstName
  nickname: _Alias
  user_email: Email
  user_login: _Login
  user_pass: _Password
  user_nicename: _Alias
  role: _Role
  favourite: _Alias
tags:
  roles: {Administrator: member_b}
"""


def rights(wordpress: RunningWordPress) -> dict[str, Any]:
    """Give all that makes the accounts mighty which the site began with."""
    found: dict[str, Any] = wordpress.ask(
        "$all = []; foreach (array_map('intval', $args) as $id) { $user = get_userdata($id);"
        "$all[$user->user_login] = [$user->user_email, $user->user_pass, $user->user_nicename,"
        "$user->roles, get_user_meta($id, 'wp_capabilities', true),"
        "get_user_meta($id, 'wp_user_level', true)]; } return $all;",
        *(str(account.id) for account in wordpress.accounts.values()),
    )
    return found


def assert_nobody_rose(wordpress: RunningWordPress, before: dict[str, Any]) -> list[dict[str, Any]]:
    """Hold every account against what it was, and every new user against what is allowed."""
    assert rights(wordpress) == before
    users = wordpress.users()
    for user in users:
        assert set(user["roles"]) <= ALLOWED, user["user_email"]
        assert set(user["meta"]["wp_capabilities"]) <= ALLOWED, user["user_email"]
        assert int(user["meta"].get("wp_user_level") or 0) == 0
    for account in wordpress.accounts.values():
        assert wordpress.log_in(account.login, account.password)
        assert not wordpress.log_in(account.login, "stolen-password-1")
    return users


@pytest.fixture(params=["6.1 companion", "6.8 companion", "6.1 core"])
def site(request: pytest.FixtureRequest, wordpress_sites: Any) -> RunningWordPress:
    """A clean site: the companion in both versions, core in the one where it is quick."""
    version, way = request.param.split()
    clean: RunningWordPress = wordpress_sites.clean(version, companion=way == "companion")
    return clean


@pytest.fixture
def contacts(sandbox: Sandbox) -> Iterator[str]:
    """Give the ids of as many new contacts as are asked for; each is somebody else."""

    def make() -> Iterator[str]:
        number = 0
        while True:
            number += 1
            contact = sandbox.tenant.add_contact(
                given_name=f"Person {number}",
                email_addresses=[email_address(f"person{number}@example.com")],
            )
            yield contact.id

    return make()


async def test_no_post_makes_anybody_mighty(
    sandbox: Sandbox, site: RunningWordPress, tmp_path: Path, contacts: Iterator[str]
) -> None:
    """A campaign with a typing error, or a stolen access key, would make administrators."""
    before = rights(site)
    async with bridge_between(sandbox, site, tmp_path) as bridge:
        answers = [
            await bridge.post(next(contacts), action, role=role)
            for role in SPELLINGS
            for action in (("add", "update") if role == "administrator" else ("add",))
        ]
        answers += [await bridge.post(next(contacts), **pairs) for pairs in PARAMETERS]
        for headers in HEADERS:
            answers.append(await _post_with(bridge, next(contacts), headers))
        refused = [
            await bridge.send(
                data=f"{body}&access_key={ACCESS_KEY}", headers={"Content-Type": kind}
            )
            for kind, body in BODIES
        ]
        # Members who are there already are asked to rise by every action.
        members = [next(contacts) for _ in range(3)]
        for contact in members:
            await bridge.post(contact, "add", role="member_a")
        await bridge.settled()
        for contact, action in zip(members, ("add", "update", "update_tags"), strict=True):
            await bridge.post(contact, action, role="Administrator,editor")
        deliveries = await bridge.settled()

    users = assert_nobody_rose(site, before)
    assert {status for status, _ in answers} <= {200, 400}
    assert [status for status, _ in refused] == [400, 400, 400]
    assert {each.state for each in deliveries} <= {"done", "ignored"}
    assert len(users) > len(SPELLINGS)
    addresses = [sandbox.tenant.contacts[contact].email() for contact in members]
    has = {user["user_email"]: user["roles"] for user in users}
    assert [has[str(address)] for address in addresses] == [["member_a"]] * 3


async def _post_with(
    bridge: RunningBridge, contact: str, headers: Mapping[str, str]
) -> tuple[int, dict[str, Any]]:
    pairs = {"contactId": contact, "wpf_action": "add", "access_key": ACCESS_KEY}
    return await bridge.send(data=pairs, headers=headers)


async def test_nothing_in_keap_makes_anybody_mighty(
    sandbox: Sandbox, site: RunningWordPress, tmp_path: Path, contacts: Iterator[str]
) -> None:
    """Whoever may fill in a form of Keap's would become administrator, or take one over."""
    tenant = sandbox.tenant
    for label in ("Alias", "Login", "Password", "Role"):
        tenant.add_custom_field(label)
    tenant.add_tag("administrator")
    tag = tenant.add_tag("Administrator")
    posted = []
    for role in SPELLINGS[:8]:
        contact = next(contacts)
        tenant.set_custom(contact, "Role", role)
        tenant.apply_tag(contact, tag.id)
        posted.append(contact)
    mighty = []
    for account in site.accounts.values():
        contact = next(contacts)
        address = tenant.contacts[contact].properties["email_addresses"][0]
        address["email"] = account.email.upper()
        for label in ("Alias", "Login"):
            tenant.set_custom(contact, label, account.login)
        tenant.set_custom(contact, "Password", "stolen-password-1")
        tenant.set_custom(contact, "Role", "member_a")
        mighty.append(contact)
    linked, climber, odd = next(contacts), next(contacts), next(contacts)
    tenant.set_custom(odd, "Alias", 'O:8:"stdClass":1:{s:4:"role";s:13:"administrator";}')
    before = rights(site)
    async with bridge_between(sandbox, site, tmp_path, more=FIELDS) as bridge:
        for contact in (*posted, *mighty, climber, odd):
            await bridge.post(contact, send_notification="true")
        await bridge.settled()
        # A member's address becomes that of the administrator.
        tenant.contacts[climber].properties["email_addresses"][0]["email"] = site.admin.email
        tenant.set_custom(climber, "Password", "stolen-password-1")
        # And a contact to which somebody has linked the administrator has another address.
        link = "update_user_meta($args[0], 'infusionsoft_contact_id', $args[1]); return 1;"
        site.ask(link, str(site.admin.id), linked)
        for contact in (linked, climber, *mighty[1:]):
            await bridge.post(contact, "update")
        deliveries = await bridge.settled()

    users = assert_nobody_rose(site, before)
    assert {each.state for each in deliveries} <= {"done", "ignored", "failed"}
    assert len(users) == len(posted) + 2
    assert not site.mails() or all(site.admin.email not in str(mail["To"]) for mail in site.mails())


@pytest.mark.parametrize(
    ("more", "users"),
    [
        ("tags: {roles: {Gold: administrator}}", {}),
        ("tags: {roles: {Gold: Administrator}}", {}),
        ('tags: {roles: {Gold: " administrator"}}', {}),
        ("tags: {meta: wp_capabilities}", {}),
        ("tags: {contact_id_meta: WP_Capabilities}", {}),
        ("fields: {wp_capabilities: _Role}", {}),
        ("fields: {WP_CAPABILITIES: _Role}", {}),
        ("fields: {wp_2_user_level: _Role}", {}),
        ("fields: {session_tokens: _Role}", {}),
        ("fields: {_application_passwords: _Role}", {}),
        ("fields: {user_activation_key: _Role}", {}),
        ("fields: {ID: _Role}", {}),
        ("fields: {roles: _Role}", {}),
        ("fields: {user_pass: _Password}", {}),
        ("", {"roles": "{allowed: [administrator]}"}),
        ("", {"roles": "{allowed: [subscriber, Administrator]}"}),
        ("", {"roles": '{allowed: ["administrator "]}'}),
        ("", {"roles": "{allowed: [\u0430dministrator]}"}),
    ],
)
def test_no_configuration_makes_anybody_mighty(
    tmp_path: Path, more: str, users: Mapping[str, str]
) -> None:
    """A line in config.yaml that somebody was talked into would hand the site over."""
    text = f"""\
server: {{access_keys: [{ACCESS_KEY}]}}
keap: {{token: KeapAK-5e1f7c3a9d}}
wordpress: {{url: https://members.site.org, application_password: abcd EFGH 1234 ijkl MNOP 5678}}
{"users: {" + ", ".join(f"{key}: {value}" for key, value in users.items()) + "}" if users else ""}
{more}
"""
    file = tmp_path / "config.yaml"
    file.write_text(text)

    with pytest.raises(ConfigProblems):
        load(file, {})
