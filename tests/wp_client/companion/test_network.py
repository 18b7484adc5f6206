"""The companion on a network (multisite): users are the network's, roles a site's."""

import pytest

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.companion.talking import (
    ADDRESS,
    Companion,
    changed,
    codes,
    document,
    new_user,
    roles,
)

ROLES = """
    $found = [];
    foreach ([1, 2] as $blog) $found[] = (new WP_User((int) $args[0], '', $blog))->roles;
    return $found;
"""


@pytest.fixture
def site(wordpress_in_network: RunningWordPress) -> RunningWordPress:
    """The second site of a clean network."""
    return wordpress_in_network


def on_first_site(site: RunningWordPress, role: str, contact: str = "") -> int:
    """Make Ann a user of the network's first site; give her id."""
    made: int = site.ask(
        "switch_to_blog(1);"
        "$id = wp_insert_user(['user_login' => 'ann', 'user_email' => $args[0],"
        " 'user_pass' => 'x', 'role' => $args[1]]);"
        "if ($args[2]) update_user_meta($id, 'infusionsoft_contact_id', $args[2]);"
        "return $id;",
        ADDRESS,
        role,
        contact,
    )
    return made


def roles_of(site: RunningWordPress, user: int) -> list[list[str]]:
    """Give a user's roles on the first site, and on the second."""
    found: list[list[str]] = site.ask(ROLES, str(user))
    return found


def test_it_speaks_for_its_site(companion: Companion, site: RunningWordPress) -> None:
    """If false, `check` tells of the wrong site's roles, or misses that this is a network."""
    said = companion.request("GET").json()
    assert (said["multisite"], said["site"]) == (True, site.url)
    assert said["account"]["privileged"] is False


def test_another_writer_of_the_whole_network_is_named(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, WP Fusion that is active on all sites at once goes unnoticed on each."""
    site.ask(
        "update_site_option('active_sitewide_plugins', ['wp-fusion/wp-fusion.php' => 1]);return 1;"
    )
    assert companion.request("GET").json()["beside"] == ["wp-fusion/wp-fusion.php"]


def test_a_new_user_belongs_to_the_site_alone(companion: Companion, site: RunningWordPress) -> None:
    """If false, the buyer cannot sign in to the site that they bought, or gets into another."""
    result = companion.carry_out(notification="link")
    assert (result["state"], result["roles"]) == ("created", ["member_a"])
    assert roles_of(site, result["user_id"]) == [[], ["member_a"]]
    assert site.user(ADDRESS)["meta"]["primary_blog"] == "2"
    (mail,) = site.mails()
    assert mail["To"] == ADDRESS
    assert "/second/wp-login.php" in mail.get_content()
    again = companion.carry_out(notification="link", new_user=None, delivery="second")
    assert (again["state"], again["user_id"]) == ("unchanged", result["user_id"])


def test_user_names_are_in_small_letters(companion: Companion) -> None:
    """If false, a contact who writes their address with capitals gets no user."""
    result = companion.carry_out(new_user=new_user(logins=["Ann@Site.Example"]))
    assert (result["state"], result["login"]) == ("created", "ann@site.example")


@pytest.mark.parametrize("mode", ["replace", "add", "keep"])
def test_a_user_of_the_network_joins_the_site(
    companion: Companion, site: RunningWordPress, mode: str
) -> None:
    """If false, a member of one site who buys the other one's course is left outside it."""
    user = on_first_site(site, "author")
    ann = document(roles=roles("member_a", mode=mode), notification="link")
    preview = companion.post(ann, dry_run=True)[0]
    assert roles_of(site, user) == [["author"], []]
    (result,) = companion.post(ann)
    assert (result["state"], result["user_id"], result["roles"]) == ("updated", user, ["member_a"])
    assert changed(result)["roles"] == changed(preview)["roles"] == ("", "member_a")
    assert roles_of(site, user) == [["author"], ["member_a"]]
    assert (result["created_by_delivery"], result["notification"]) == (False, "not_asked")
    assert (result["password"], site.mails()) == ("kept", [])
    (result,) = companion.post(ann)
    assert result["state"] == "unchanged"


def test_who_joins_without_a_role_gets_the_sites_own(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, a Post without a role finds the user and leaves them outside the site."""
    user = on_first_site(site, "subscriber")
    result = companion.carry_out(roles=roles())
    assert changed(result)["roles"] == ("", "subscriber")
    assert roles_of(site, user)[1] == ["subscriber"]


def test_super_administrators_are_left_alone(companion: Companion, site: RunningWordPress) -> None:
    """If false, a Post drags the network's owner into a site, or changes their address."""
    admin = site.admin
    result = companion.carry_out(
        email=admin.email, fields={"user_email": "other@site.example", "first_name": "Ann"}
    )
    assert result["user_id"] == admin.id
    assert codes(result) == {("privileged_user", "roles"), ("privileged_user", "user_email")}
    assert roles_of(site, admin.id) == [["administrator"], ["administrator"]]


def test_an_editor_of_another_site_keeps_the_address(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, whoever can post to one site takes over an account that runs another one."""
    user = on_first_site(site, "editor", contact="1001")
    result = companion.carry_out(fields={"user_email": "other@site.example"})
    assert codes(result) == {("privileged_user", "roles"), ("privileged_user", "user_email")}
    assert roles_of(site, user) == [["editor"], []]


def test_meta_keys_of_a_site_are_its_own(companion: Companion, site: RunningWordPress) -> None:
    """If false, two sites with a Keap each write over each other's contact ids."""
    first = on_first_site(site, "subscriber", contact="77")
    result = companion.carry_out(
        contact_id_meta="wp_2_infusionsoft_contact_id", meta={"wp_2_infusionsoft_tags": ["91"]}
    )
    assert result["user_id"] == first
    meta = site.user(ADDRESS)["meta"]
    assert (meta["infusionsoft_contact_id"], meta["wp_2_infusionsoft_contact_id"]) == ("77", "1001")
    assert meta["wp_2_infusionsoft_tags"] == ["91"]
