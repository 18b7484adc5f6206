"""What a thief can do who has the bridge's application password: the companion's route, no more."""

import re
import xmlrpc.client
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import requests

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.companion.talking import (
    ADDRESS,
    Companion,
    codes,
    document,
    new_user,
    roles,
)

READING = {"GET", "HEAD", "OPTIONS"}
OWN = "/wp/v2/users/me"
"""WordPress lets everybody change their own profile, but for their rights."""

BODY = {
    "name": "thief",
    "username": "thief",
    "slug": "thief",
    "email": "thief@site.example",
    "password": "Kw7rT2mXq9LbV4nZs8Hd",
    "roles": ["administrator"],
    "title": "owned",
    "content": "owned",
    "description": "owned",
    "status": "publish",
    "plugin": "akismet/akismet",
    "default_role": "administrator",
    "users_can_register": True,
    "type": "page",
    "meta": {"wp_capabilities": {"administrator": True}},
    "menus": 1,
    "post": 1,
    "author": 1,
    "force": True,
    "reassign": 1,
    "url": "https://thief.example",
}

STATE = """
    global $wpdb;
    $own = (int) $args[0];
    $all = [
        'users' => $wpdb->get_results("SELECT * FROM $wpdb->users WHERE ID <> $own ORDER BY ID"),
        'usermeta' => $wpdb->get_results(
            "SELECT * FROM $wpdb->usermeta WHERE user_id <> $own ORDER BY umeta_id"),
        'own' => $wpdb->get_results("SELECT meta_key, meta_value FROM $wpdb->usermeta WHERE"
            . " user_id = $own AND meta_key LIKE '%capabilities' ORDER BY umeta_id"),
        'posts' => $wpdb->get_results("SELECT ID, post_title, post_status FROM $wpdb->posts"),
        'terms' => $wpdb->get_results("SELECT * FROM $wpdb->terms"),
        'comments' => $wpdb->get_results("SELECT * FROM $wpdb->comments"),
        'options' => $wpdb->get_results("SELECT option_name, option_value FROM $wpdb->options"
            . " WHERE option_name NOT LIKE '%transient%'"
            // WordPress tidies these up itself, whoever asks for the widgets in vain.
            . " AND option_name NOT IN ('cron', 'sidebars_widgets')"),
        'plugins' => array_keys(get_plugins()),
        'uploads' => glob(wp_upload_dir()['basedir'] . '/*'),
    ];
    return json_decode(json_encode($all), true);
"""


def state_of(site: RunningWordPress) -> dict[str, Any]:
    """Give all that a thief could want to change, but for the bridge's own profile."""
    code = f"require_once ABSPATH . 'wp-admin/includes/plugin.php';{STATE}"
    found: dict[str, Any] = site.ask(code, str(site.service.id))
    return found


def filled_in(route: str, admin: int) -> str:
    """Give an address for a route's pattern, about the administrator where it is about a user."""
    route, about = (
        re.sub(r"^/wp/v2/users/\(\?P<(id|user_id)>", "/wp/v2/users/(?P<admin>", route),
        "",
    )
    while (start := route.find("(?P<")) >= 0:
        depth, end = 0, start
        for end in range(start, len(route)):
            depth += {"(": 1, ")": -1}.get(route[end], 0)
            if depth == 0:
                break
        name = route[start + 4 : route.index(">", start)]
        about = {"admin": str(admin), "uuid": "6f1d7c52-1b0e-4d8e-9d5f-0123456789ab"}.get(name, "1")
        route = route[:start] + about + route[end + 1 :]
    return route


def routes(companion: Companion) -> Iterator[tuple[str, str]]:
    """Give every address and method that changes something, as the site itself lists them."""
    index = companion.request("GET", None, f"{companion.site.url}/wp-json/").json()
    for route, described in index["routes"].items():
        if "keap-bridge" in route:
            continue
        address = filled_in(route, companion.site.admin.id)
        methods = {each for one in described["endpoints"] for each in one["methods"]} - READING
        # Where there are several that write, the same code answers all of them.
        yield from ((address, each) for each in ("POST", "DELETE") if each in methods)


def test_every_route_of_core_refuses(companion: Companion, site: RunningWordPress) -> None:
    """If false, the password opens more of the site than the companion's route."""
    before = state_of(site)
    tried = list(routes(companion))
    done = {
        (address, method)
        for address, method in tried
        if companion.request(method, BODY, f"{site.url}/wp-json{quote(address)}").ok
    }
    assert len(tried) > 40
    assert done == set()
    assert state_of(site) == before


def test_a_batch_is_no_way_around(companion: Companion, site: RunningWordPress) -> None:
    """If false, several requests in one get what one does not."""
    before = state_of(site)
    inner = [
        {"method": "POST", "path": "/wp/v2/users", "body": BODY},
        {"method": "PUT", "path": f"/wp/v2/users/{site.admin.id}", "body": BODY},
        {"method": "POST", "path": "/wp/v2/posts", "body": BODY},
        {"method": "POST", "path": "/wp/v2/tags", "body": BODY},
    ]
    answer = companion.request("POST", {"requests": inner}, f"{site.url}/wp-json/batch/v1")
    assert all(each["status"] >= 400 for each in answer.json()["responses"])
    assert state_of(site) == before


def test_another_method_in_a_header_is_no_way_around(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, a harmless method carries a harmful one."""
    before = state_of(site)
    for path in (f"users/{site.admin.id}?_method=DELETE&force=1&reassign=1", "settings"):
        for header in ({"X-HTTP-Method-Override": "PUT"}, {"X-HTTP-Method-Override": "DELETE"}, {}):
            url = f"{site.url}/wp-json/wp/v2/{path}"
            answer = requests.post(url, json=BODY, headers=header, auth=companion.auth, timeout=60)
            assert answer.status_code in {403, 404}
    assert state_of(site) == before


CALLS: list[tuple[Any, ...]] = [
    ("wp.newPost", {"post_title": "owned", "post_status": "publish"}),
    ("wp.editPost", 1, {"post_title": "owned"}),
    ("wp.setOptions", {"blog_title": "owned"}),
    ("wp.getUsers",),
    ("wp.newCategory", {"name": "owned"}),
    ("wp.uploadFile", {"name": "owned.txt", "type": "text/plain", "bits": "b3duZWQ="}),
    ("wp.newTerm", {"name": "owned", "taxonomy": "category"}),
]


def test_xml_rpc_refuses(site: RunningWordPress) -> None:
    """If false, the older door of WordPress stands open to the same password."""
    before = state_of(site)
    account = (site.service.login, site.service.application_password)
    with xmlrpc.client.ServerProxy(f"{site.url}/xmlrpc.php") as door:
        for method, *arguments in CALLS:
            with pytest.raises(xmlrpc.client.Fault) as refused:
                getattr(door, method)(1, *account, *arguments)
            assert refused.value.faultCode in {401, 403, 500}, method
    assert state_of(site) == before


def test_it_opens_no_page_for_people(companion: Companion, site: RunningWordPress) -> None:
    """If false, the password signs in to wp-admin, or gives a cookie that does."""
    assert not site.log_in(site.service.login, site.service.application_password)
    for page in ("", "users.php", "profile.php", "options-general.php", "plugin-install.php"):
        answer = requests.get(
            f"{site.url}/wp-admin/{page}", auth=companion.auth, allow_redirects=False, timeout=60
        )
        assert answer.status_code == 302
        assert "wp-login.php" in answer.headers["Location"]
    answer = companion.request("GET")
    assert not [name for name in answer.cookies.keys() if name.startswith("wordpress_")]  # noqa: SIM118 - a jar


def test_its_own_profile_gets_no_rights(companion: Companion, site: RunningWordPress) -> None:
    """If false, the account makes itself an administrator."""
    before = state_of(site)
    own = f"{site.url}/wp-json{OWN}"
    attempts: tuple[dict[str, Any], ...] = (
        {"roles": ["administrator"]},
        {"roles": "administrator"},
        {"capabilities": {"administrator": True}},
        {"extra_capabilities": {"manage_options": True}},
        {"meta": {"wp_capabilities": {"administrator": True}, "wp_user_level": 10}},
        {"wp_capabilities": {"administrator": True}},
    )
    for body in attempts:
        companion.request("POST", body, own)
    assert state_of(site) == before
    assert site.user(site.service.email)["roles"] == ["keap_bridge"]


@pytest.mark.parametrize("login", ["admin", "editor1"])
def test_the_route_takes_over_no_privileged_user(
    companion: Companion, site: RunningWordPress, login: str
) -> None:
    """If false, the thief sets the password, the address or the rights of who runs the site."""
    victim = site.accounts[login]
    ways: tuple[dict[str, Any], ...] = (
        {"user_id": victim.id, "email": victim.email},
        {"user_id": victim.id, "email": "thief@site.example"},
        {"email": victim.email.upper()},
        {"email": victim.email, "formerly": "1", "when_linked_to_another_contact": "relink"},
        {"email": victim.email, "delivery": "01J", "new_user": new_user(nicename=login)},
    )
    harm: dict[str, Any] = {
        "password": "Stolen-1-Stolen-1",
        "fresh_password": True,
        "fields": {"user_email": "thief@site.example"},
        "meta": {
            "wp_capabilities": ["subscriber"],
            "wp_user_level": "0",
            "session_tokens": None,
            "_application_passwords": ["x"],
            "_keap_bridge_created_by": document()["delivery"],
            "user_pass": "x",
        },
        "roles": roles("subscriber", "administrator", among=("administrator", "subscriber")),
    }
    before = _rights(site, victim.id)
    for way in ways:
        companion.post(document(**{**harm, **way}))
    companion.post(document(delivery="0", contact="1001", **harm), dry_run=True)

    assert _rights(site, victim.id) == before
    assert site.log_in(victim.login, victim.password)
    assert [user for user in site.users() if set(user["roles"]) & {"administrator", "editor"}] == []


def test_the_route_makes_nobody_mighty(companion: Companion, site: RunningWordPress) -> None:
    """If false, the thief makes an administrator of his own."""
    wanted = (
        "administrator",
        "Administrator",
        "editor",
        "keap_bridge",
        "user_sync",
        " administrator",
    )
    for number, mode in enumerate(("replace", "add", "keep")):
        result = companion.carry_out(
            contact=f"200{number}",
            delivery=f"D{number}",
            email=f"{number}{ADDRESS}",
            roles={**roles(*wanted, mode=mode, among=wanted), "add": [*wanted], "take": []},
            meta={"wp_capabilities": ["administrator"], "wp_user_level": "10"},
            fields={"first_name": "Ann"},
        )
        assert {code for code, _ in codes(result)} >= {"role_not_allowed", "meta_refused"}
    for user in site.users():
        assert user["roles"] == ["subscriber"]
        assert user["meta"]["wp_capabilities"] == {"subscriber": True}
        assert int(user["meta"]["wp_user_level"]) == 0


def _rights(site: RunningWordPress, user: int) -> dict[str, Any]:
    """What somebody signs in with, and may do."""
    found: dict[str, Any] = site.ask(
        "$user = get_userdata($args[0]); $keys = ['wp_capabilities', 'wp_user_level',"
        "'session_tokens', '_application_passwords', '_keap_bridge_created_by'];"
        "$meta = []; foreach ($keys as $key) $meta[$key] = get_user_meta($user->ID, $key);"
        "return [$user->user_login, $user->user_pass, $user->user_email, $user->user_nicename,"
        " $user->user_activation_key, $user->roles, array_filter($user->allcaps), $meta];",
        str(user),
    )
    return found


PROFILE = """
    $user = get_userdata($args[0]);
    return [$user->user_email, $user->user_pass, $user->display_name,
        count((array) get_user_meta($user->ID, '_application_passwords', true))];
"""


def test_the_account_is_not_the_thiefs_to_keep(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, the thief makes a second password, or locks the bridge out."""
    own = f"{site.url}/wp-json{OWN}"
    before = site.ask(PROFILE, str(site.service.id))
    attempts = (
        ("POST", own, {"password": "Stolen-1-Stolen-1"}),
        ("POST", own, {"email": "thief@site.example"}),
        ("POST", f"{own}/application-passwords", {"name": "second"}),
        ("DELETE", f"{own}/application-passwords", None),
        ("GET", f"{own}/application-passwords", None),
    )
    answers = [companion.request(method, body, url).status_code for method, url, body in attempts]
    assert set(answers) <= {401, 403}
    account = (site.service.login, site.service.application_password)
    with (
        xmlrpc.client.ServerProxy(f"{site.url}/xmlrpc.php") as door,
        pytest.raises(xmlrpc.client.Fault),
    ):
        door.wp.editProfile(1, *account, {"display_name": "thief"})
    assert site.ask(PROFILE, str(site.service.id)) == before
    assert companion.request("GET").status_code == 200


def test_the_owner_still_looks_after_the_account(site: RunningWordPress) -> None:
    """If false, nobody can give the bridge a new application password."""
    made = Companion(site, site.admin).request(
        "POST",
        {"name": "new"},
        f"{site.url}/wp-json/wp/v2/users/{site.service.id}/application-passwords",
    )
    may = site.ask(
        "wp_set_current_user($args[0]); return current_user_can('create_app_password', $args[0]);",
        str(site.service.id),
    )
    assert (made.status_code, may) == (201, True)
