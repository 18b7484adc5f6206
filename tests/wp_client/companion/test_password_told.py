"""Rule 4: a password that was set elsewhere is the user's, silently, and when it has changed."""

import pytest

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.companion.talking import (
    ADDRESS,
    ON_THE_OLDEST,
    PASSWORD,
    Companion,
    changed,
    codes,
    new_user,
)

FIRST, SECOND = "blue Kettle 7", "green Teapot 8"
LATER = "01JD00000LATER"
KEYS = "define('AUTH_KEY', 'r6Vh3kQ9xW2mZ8pL5tB1'); define('AUTH_SALT', 'n4Jc7sD0yG2fX6uR9qE3');"
"""PHP: secret keys as a site has them in wp-config.php; ours has them in its database."""
COUNT = """
add_filter('check_password', function ($ok, $password) {
    if (strpos($password, ' ')) header('X-Checked: yes'); // an application password has no blanks
    return $ok;
}, 10, 2);
"""


def told(site: RunningWordPress) -> str:
    """What is kept of the password that came last."""
    return str(site.user(ADDRESS)["meta"].get("_keap_bridge_told_password", ""))


def test_a_new_user_has_the_password_from_elsewhere(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, a user is told one password by Keap and has another one."""
    result = companion.carry_out(password=FIRST, notification="password")

    assert (result["password"], changed(result)["user_pass"]) == ("set", (None, None))
    assert site.log_in(ADDRESS, FIRST)
    assert not site.log_in(ADDRESS, PASSWORD)
    (mail,) = site.mails()
    assert FIRST in mail.get_content()
    assert companion.carry_out(password=FIRST)["state"] == "unchanged"


@pytest.mark.parametrize("keys", [KEYS, ""], ids=["keys in wp-config", "keys in the database"])
def test_a_changed_password_is_set_and_nobody_is_mailed(
    companion: Companion, site: RunningWordPress, keys: str
) -> None:
    """If false, a password changed in Keap does not work, or every sync mails the user."""
    with site.mu_plugin("keys", keys):
        companion.carry_out(password=FIRST)
        first = told(site)
        result = companion.carry_out(delivery=LATER, password=SECOND)
        again = companion.carry_out(delivery=LATER, password=SECOND)

        assert (result["state"], result["password"]) == ("updated", "set")
        assert changed(result) == {"user_pass": (None, None)}
        assert (again["state"], again["password"]) == ("unchanged", "kept")
        assert site.log_in(ADDRESS, SECOND)
        assert not site.log_in(ADDRESS, FIRST)
        assert site.mails() == []
        assert told(site) not in ("", first)
    assert site.php_log() == ""


@pytest.mark.parametrize("keys", [KEYS, ""], ids=["keys in wp-config", "keys in the database"])
def test_a_password_chosen_in_wordpress_stays_until_the_other_one_changes(
    companion: Companion, site: RunningWordPress, keys: str
) -> None:
    """If false, every sync takes away the password that a user has just chosen."""
    with site.mu_plugin("keys", keys):
        companion.carry_out(password=FIRST)
        site.ask("wp_set_password('my own', get_user_by('email', $args[0])->ID);", ADDRESS)

        kept = companion.carry_out(delivery=LATER, password=FIRST)
        assert (kept["password"], site.log_in(ADDRESS, "my own")) == ("kept", True)
        assert companion.carry_out(delivery=LATER, password=SECOND)["password"] == "set"
        assert site.log_in(ADDRESS, SECOND)


def test_a_generated_password_that_comes_back_replaces_nothing(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, the password returned to Keap takes away the one that its user has chosen since."""
    fresh = new_user(password="generated anew")
    with site.mu_plugin("keys", KEYS):
        companion.carry_out()
        companion.carry_out(new_user=fresh, fresh_password=True)
        site.ask("wp_set_password('my own', get_user_by('email', $args[0])->ID);", ADDRESS)

        assert companion.carry_out(password="generated anew")["password"] == "kept"
    assert site.log_in(ADDRESS, "my own")


def test_an_unchanged_password_costs_no_hashing_and_none_is_kept(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, each sync costs 50 ms of bcrypt, or the database gives passwords away."""
    body = {"documents": [{"delivery": LATER, "contact": "1001", "password": FIRST}]}
    with site.mu_plugin("keys", KEYS + COUNT):
        companion.carry_out(password=FIRST)
        same = companion.request("POST", body)
        body["documents"][0]["password"] = SECOND
        other = companion.request("POST", body)

    assert "X-Checked" not in same.headers
    assert "X-Checked" in other.headers
    row = told(site)
    assert len(row) == 64
    assert SECOND not in row


def test_one_who_is_there_already_gets_the_password_once(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, users from before are left out; or one who has it already is signed out."""
    companion.insert(user_login="ann", user_email=ADDRESS)
    assert companion.carry_out(password=FIRST)["password"] == "set"
    site.ask(
        "delete_user_meta(get_user_by('email', $args[0])->ID, '_keap_bridge_told_password');",
        ADDRESS,
    )
    hashed = site.user(ADDRESS)["user_pass"]

    assert companion.carry_out(password=FIRST)["password"] == "kept"
    assert site.user(ADDRESS)["user_pass"] == hashed
    assert told(site)


@ON_THE_OLDEST
def test_a_privileged_users_password_is_not_even_compared(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, whoever may edit a contact signs in as the owner, or finds out their password."""
    admin = site.admin
    asked = {"email": admin.email, "fields": {}, "roles": {}, "meta": {}}
    for password in (FIRST, admin.password):
        result = companion.carry_out(password=password, **asked)
        assert ("privileged_user", "user_pass") in codes(result)
        assert result["password"] == "kept"

    assert site.log_in(admin.login, admin.password)
    assert "_keap_bridge_told_password" not in site.user(admin.email)["meta"]


@pytest.mark.parametrize("password", ['it\'s "quoted"', "back\\slash", "<b>&amp; ü🙂"])
def test_a_password_of_any_characters_is_known_again(
    companion: Companion, site: RunningWordPress, password: str
) -> None:
    """If false, WordPress's way with quotes makes such a password new each time."""
    companion.carry_out()
    assert companion.carry_out(delivery=LATER, password=password)["password"] == "set"
    assert companion.carry_out(delivery=LATER, password=password)["password"] == "kept"
    assert site.log_in(ADDRESS, password)


@ON_THE_OLDEST
def test_a_dry_run_promises_and_sets_nothing(companion: Companion, site: RunningWordPress) -> None:
    """If false, a preview signs somebody out."""
    companion.carry_out(password=FIRST)
    before = site.users()
    document = {"delivery": LATER, "contact": "1001", "password": SECOND}
    (promised,) = companion.post(document, dry_run=True)

    assert (promised["state"], changed(promised)) == ("updated", {"user_pass": (None, None)})
    assert site.users() == before
