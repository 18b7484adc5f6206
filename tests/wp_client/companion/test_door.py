"""Who may come in, what is let in, and what the account may do elsewhere."""

import shutil
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.companion.talking import ADDRESS, Companion, document
from wp_client.companion import companion_version


def test_a_site_says_what_it_offers(companion: Companion, site: RunningWordPress) -> None:
    """If false, `check` tells the owner something untrue."""
    said = companion.request("GET").json()
    assert (said["companion"], said["protocol"]) == (companion_version(), 1)
    assert (said["wordpress"], said["site"]) == (site.version, site.url)
    assert (said["multisite"], said["locks"], said["default_role"]) == (False, True, "subscriber")
    assert said["account"] == {"id": site.service.id, "privileged": False}
    assert {"slug": "member_a", "name": "Member A", "may_be_given": True} in said["roles"]
    assert {"slug": "administrator", "name": "Administrator", "may_be_given": False} in said[
        "roles"
    ]


@pytest.mark.parametrize("name", ["wp-fusion", "wp-fusion-lite"])
def test_another_writer_beside_it_is_named(
    companion: Companion, site: RunningWordPress, name: str
) -> None:
    """If false, nobody hears that a second program writes the same users and contacts."""
    assert companion.request("GET").json()["beside"] == []
    plugins = site.folder.root / "wp-content/plugins"
    file = plugins / name / f"{name}.php"
    file.parent.mkdir(parents=True)
    file.write_text(f"<?php\n/* Plugin Name: {name} */\n")
    try:
        site.ask(
            "require_once ABSPATH . 'wp-admin/includes/plugin.php';"
            "$failed = activate_plugin($args[0]);"
            "if ($failed) throw new Exception($failed->get_error_message()); return 1;",
            f"{name}/{name}.php",
        )
        assert companion.request("GET").json()["beside"] == [f"{name}/{name}.php"]
    finally:
        shutil.rmtree(plugins)


def test_an_account_that_can_do_too_much_is_named(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, nobody hears that the bridge runs with an administrator's key."""
    site.ask("get_userdata($args[0])->add_role('editor'); return 1;", str(site.service.id))
    assert companion.request("GET").json()["account"]["privileged"] is True


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_only_accounts_with_the_capability_come_in(site: RunningWordPress, method: str) -> None:
    """If false, anybody with an account, or without one, changes users."""
    body = {"documents": [document()]} if method == "POST" else None
    for login in ("admin", "editor1", "svc"):
        answer = Companion(site, site.accounts[login]).request(method, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "keap_bridge_forbidden")
        assert "Keap bridge" in answer.json()["message"]
    stranger = Companion(site)
    stranger.auth = None
    answer = stranger.request(method, body)
    assert (answer.status_code, answer.json()["code"]) == (401, "rest_not_logged_in")
    assert site.users() == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"documents": []},
        {"documents": [document()] * 26},
        {"documents": "all"},
        {"documents": [document()], "check": {"meta": []}},
        {"documents": [document(delivery=None)]},
        {"documents": [document(delivery="a b")]},
        {"documents": [document(contact="1001; drop")]},
        {"documents": [document(contact=["1001"])]},
        {"documents": [document(email=7)]},
        {"documents": [document(user_id="x")]},
        {"documents": [document(new_user={"logins": ["ann"]})]},
        {"documents": [document(fields={"first_name": None})]},
        {"documents": [document(meta={"city": {"a": "b"}})]},
        {"documents": [document(meta={"tags": [["91"]]})]},
        {"documents": [document(roles={"mode": "all"})]},
        {"documents": [document(notification="both")]},
        {"documents": [document(when_linked_to_another_contact="maybe")]},
        {"check": {}},
    ],
    ids=str,
)
@pytest.mark.parametrize("wordpress_version", ["6.1"], indirect=True)
def test_what_is_not_the_protocol_is_refused_as_a_whole(
    companion: Companion, site: RunningWordPress, body: dict[str, Any]
) -> None:
    """If false, a malformed request does half of something."""
    answer = companion.request("POST", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "rest_invalid_param")
    assert site.users() == []


def test_lists_and_texts_with_commas_are_told_apart(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, "Phoenix, AZ" becomes two tags: WordPress takes such a text for a list."""
    companion.carry_out(meta={"city": "Phoenix, AZ", "infusionsoft_tags": ["9,1"]})
    meta = site.user(ADDRESS)["meta"]
    assert (meta["city"], meta["infusionsoft_tags"]) == ("Phoenix, AZ", ["9,1"])


def test_a_body_over_a_mebibyte_is_refused(companion: Companion, site: RunningWordPress) -> None:
    """If false, one request can keep the site busy at will."""
    answer = companion.request("POST", {"documents": [document(meta={"note": "x" * 1_048_576})]})
    assert (answer.status_code, answer.json()["code"]) == (413, "keap_bridge_too_large")
    assert site.users() == []


def test_the_account_can_do_nothing_over_cores_api(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, whoever has the bridge's key reads or makes users past the companion's rules."""
    users = f"{site.url}/wp-json/wp/v2/users"
    new = {"username": "x", "email": "x@site.example", "password": "x"}
    assert companion.request("POST", new, users).status_code == 403
    assert companion.request("GET", None, f"{users}?context=edit").status_code == 403
    assert companion.request("GET", None, f"{users}/1?context=edit").status_code == 403
    assert companion.request("POST", {"email": "x@site.example"}, f"{users}/1").status_code == 403
    own = companion.request("POST", {"roles": ["administrator"]}, f"{users}/{site.service.id}")
    assert own.status_code == 403
    assert site.users() == []


def test_tags_and_contact_are_shown_to_those_who_edit_users_only(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, the world can read which tags the author of a post has in Keap."""
    asked = {"infusionsoft_tags": ["91", "93"]}
    known = companion.carry_out(meta=asked)["user_id"]
    site.ask(
        "return wp_insert_post(['post_title' => 'x', 'post_status' => 'publish',"
        " 'post_author' => $args[0]]);",
        str(known),
    )
    url = f"{site.url}/wp-json/wp/v2/users/{known}"
    stranger = Companion(site)
    stranger.auth = None
    seen = stranger.request("GET", None, url)
    assert seen.status_code == 200
    assert "infusionsoft" not in seen.text
    edit = Companion(site, site.admin).request("GET", None, f"{url}?context=edit").json()["meta"]
    assert edit["infusionsoft_tags"] == ["91", "93"]
    assert edit["infusionsoft_contact_id"] == "1001"


def test_a_site_can_register_more_keys(companion: Companion, site: RunningWordPress) -> None:
    """If false, the filter that the file's header promises does nothing."""
    known = companion.carry_out(meta={"city": "Phoenix"})["user_id"]
    more = "add_filter('keap_bridge_meta_keys', fn($keys) => $keys + ['city' => 'string']);"
    with site.mu_plugin("more", more):
        url = f"{site.url}/wp-json/wp/v2/users/{known}?context=edit"
        shown = Companion(site, site.admin).request("GET", None, url).json()["meta"]
    assert shown["city"] == "Phoenix"


def test_the_round_trip_leaves_the_account_as_it_was(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, `check` claims keys that do not work, or leaves its traces."""
    site.ask("add_user_meta($args[0], 'city', 'Rome \\\\ x'); return 1;", str(site.service.id))
    before = _own_row(site)
    lost = """
        add_filter('update_user_metadata', fn($x, $id, $key) => 'odd' === $key ? true : $x, 10, 3);
    """
    with site.mu_plugin("lost", lost):
        answer = companion.request(
            "POST",
            {"check": {"meta": ["city", "infusionsoft_tags", "odd", "_x", "wp_capabilities"]}},
        )
    assert answer.json()["meta"] == {
        "city": "ok",
        "infusionsoft_tags": "ok",
        "odd": "lost",
        "_x": "refused",
        "wp_capabilities": "refused",
    }
    assert _own_row(site) == before


def _own_row(site: RunningWordPress) -> dict[str, Any]:
    """The bridge's account, without the moment when its password was used last."""
    user = site.user(site.service.email)
    return {**user, "meta": {**user["meta"], "_application_passwords": None}}


@pytest.mark.parametrize(
    "harm", ["remove_role('keap_bridge');", "get_role('keap_bridge')->add_cap('edit_users');"]
)
def test_a_must_use_plugin_repairs_its_role(
    companion: Companion, site: RunningWordPress, harm: str
) -> None:
    """If false, a role that somebody changed locks the bridge out or lets it do too much."""
    site.ask(f"{harm} return 1;")
    assert companion.request("GET").json()["account"]["privileged"] is False
    role = site.ask("return get_role('keap_bridge')->capabilities;")
    assert role == {"read": True, "keap_bridge_sync_users": True}


def linked(companion: Companion, **query: str) -> requests.Response:
    """Ask which contacts the users are linked to."""
    asked = urlencode({"linked_by": "infusionsoft_contact_id", **query})
    return companion.request("GET", url=f"{companion.url}?{asked}")


def test_a_site_says_which_contacts_its_users_are_linked_to(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, a site that came from another plugin has users whom no sync reaches."""
    first, second, _ = site.ask(
        "return array_map(function ($at) {"
        ' $id = wp_create_user("u$at", \'secret\', "u$at@example.com");'
        " $links = [1 => '1001', 2 => 1002, 3 => 'x'];"
        " update_user_meta($id, 'infusionsoft_contact_id', $links[$at]);"
        " return $id; }, [1, 2, 3]);"
    )

    said = linked(companion).json()
    after = linked(companion, after=str(first)).json()
    other = linked(companion, linked_by="other_key").json()

    assert (said["contacts"], said["following"]) == (["1001", "1002"], None)
    assert "companion" in said
    assert "@" not in linked(companion).text
    assert (after["contacts"], other["contacts"]) == (["1002"], [])
    assert second > first


def test_a_long_list_of_links_is_told_in_pages(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, only the first thousand users of a site are kept right."""
    site.ask(
        "global $wpdb; foreach (range(5001, 6001) as $id) $wpdb->insert($wpdb->usermeta,"
        " ['user_id' => $id, 'meta_key' => 'infusionsoft_contact_id', 'meta_value' => $id]);"
        "return 1;"
    )

    first = linked(companion).json()
    last = linked(companion, after=str(first["following"])).json()

    assert (len(first["contacts"]), first["following"]) == (1000, 6000)
    assert (last["contacts"], last["following"]) == (["6001"], None)


@pytest.mark.parametrize(
    "query", [{"linked_by": "_keap_bridge_password"}, {"linked_by": ""}, {"after": "-1"}]
)
def test_links_are_told_under_keys_of_the_configuration_only(
    companion: Companion, query: dict[str, str]
) -> None:
    """If false, what plugins keep for themselves could be read."""
    assert linked(companion, **query).status_code == 400
