"""The WordPress that tests and demonstration stand on is real, and shows what happens in it."""

import os
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import pytest
import requests

from bridge.demo.wordpress import Account, LaunchError, RunningWordPress

ONE_VERSION = pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
"""For what does not depend on WordPress's version."""

ADD_ANN = """
    add_role('left_over', 'Left over', ['read' => true]);
    return wp_insert_user(['user_login' => 'ann', 'user_pass' => 'secret', 'first_name' => 'Änne',
        'user_email' => 'ann@example.com', 'role' => 'left_over',
        'meta_input' => ['tags' => ['91', '93']]]);
"""


def get(site: RunningWordPress, path: str, account: Account | None = None) -> tuple[int, Any]:
    """The status and the JSON of a REST route."""
    signed = (account.login, account.application_password) if account else None
    answer = requests.get(f"{site.url}{path}", auth=signed, timeout=30)
    return answer.status_code, answer.json()


def test_accounts_sign_in_with_application_passwords(wordpress: RunningWordPress) -> None:
    """A client would fail for the launcher's sake: pretty links, HTTP, headers, roles."""
    expected = {
        "admin": "administrator",
        "editor1": "editor",
        "svc": "user_sync",
        **({"keap-bridge": "keap_bridge"} if wordpress.companion else {}),
    }

    assert {account.login: account.role for account in wordpress.accounts.values()} == expected
    for account in wordpress.accounts.values():
        status, me = get(wordpress, "/wp-json/wp/v2/users/me", account)
        assert (status, me["id"]) == (HTTPStatus.OK, account.id)
        assert wordpress.user(account.email)["roles"] == [account.role]
        assert wordpress.log_in(account.login, account.password)


def test_companion_is_there_or_not(wordpress: RunningWordPress) -> None:
    """Both variants would be the same site."""
    _, root = get(wordpress, "/wp-json/")

    assert ("keap-bridge/v1" in root["namespaces"]) is wordpress.companion
    assert wordpress.service.login == ("keap-bridge" if wordpress.companion else "svc")


def test_pages_for_people_work_and_lead_to_the_api(
    wordpress_without_companion: RunningWordPress,
) -> None:
    """Whoever opens the demonstration would see a blank page or be redirected for ever."""
    site = wordpress_without_companion

    front = requests.get(f"{site.url}/", timeout=30)
    assert front.headers["Link"] == f'<{site.url}/wp-json/>; rel="https://api.w.org/"'
    assert "<h1" in front.text
    assert site.php_log() == ""
    login = requests.get(f"{site.url}/wp-admin/", timeout=30)
    assert f"redirect_to={quote(site.url, safe='')}%2Fwp-admin%2F" in login.url
    script = requests.get(f"{site.url}/wp-includes/js/underscore.min.js", timeout=30)
    assert script.ok


def test_reset_takes_back_users_roles_options_mails_and_plugins(
    wordpress_without_companion: RunningWordPress,
) -> None:
    """A test would meet what another one left."""
    site = wordpress_without_companion
    site.ask(ADD_ANN)
    site.ask("update_option('default_role', 'left_over');")
    site.ask("wp_new_user_notification(get_user_by('login', 'ann')->ID, null, 'user');")
    site.ask("wp_set_password('another', get_user_by('login', 'admin')->ID);")
    with site.mu_plugin("fault", "http_response_code(418);"):
        assert len(site.users()) == len(site.mails()) == 1

        site.reset()

    assert site.users() == []
    assert site.mails() == []
    assert site.ask("return get_role('left_over');") is None
    assert site.ask("return get_option('default_role');") == "subscriber"
    assert site.log_in("admin", site.admin.password)
    assert get(site, "/wp-json/")[0] == HTTPStatus.OK


@ONE_VERSION
def test_user_is_shown_whole(wordpress_without_companion: RunningWordPress) -> None:
    """Tests would compare with something else than what WordPress keeps."""
    number = wordpress_without_companion.ask(ADD_ANN)

    ann = wordpress_without_companion.user("ANN@example.com")

    assert (ann["ID"], ann["user_login"], ann["roles"]) == (number, "ann", ["left_over"])
    assert ann["meta"]["first_name"] == "Änne"
    assert ann["meta"]["tags"] == ["91", "93"]
    assert wordpress_without_companion.users() == [ann]


@ONE_VERSION
def test_twins_and_strangers_are_no_user(wordpress_without_companion: RunningWordPress) -> None:
    """A second account for one address would go unseen."""
    site = wordpress_without_companion
    number = site.ask(ADD_ANN)
    site.ask(
        'global $wpdb; $wpdb->query("INSERT INTO $wpdb->users (user_login, user_email)"\n'
        ". \" VALUES ('twin', 'ann@example.com')\");"
    )

    assert [user["ID"] for user in site.users()] == [number, number + 1]
    with pytest.raises(LookupError, match="2 users"):
        site.user("ann@example.com")
    with pytest.raises(LookupError, match="0 users"):
        site.user("bob@example.com")


@ONE_VERSION
def test_repeated_meta_row_is_refused(wordpress_without_companion: RunningWordPress) -> None:
    """A field written twice would look as if it had been written once."""
    number = wordpress_without_companion.ask(ADD_ANN)
    wordpress_without_companion.ask("add_user_meta($args[0], 'tags', 'again');", str(number))

    with pytest.raises(LaunchError, match="several rows of meta tags"):
        wordpress_without_companion.user("ann@example.com")


def test_mail_is_kept_and_readable(wordpress_without_companion: RunningWordPress) -> None:
    """A mail would leave the machine, or a test could not read it."""
    wordpress_without_companion.ask(
        "wp_mail('ann@example.com', $args[0], $args[1]);", "Grüße 🎉", "Zeile eins\nZeile zwei ß"
    )
    wordpress_without_companion.ask("wp_mail('bob@example.com', 'Second', 'Body');")

    first, second = wordpress_without_companion.mails()
    assert (first["To"], first["Subject"]) == ("ann@example.com", "Grüße 🎉")
    assert first["From"] == "WordPress <wordpress@site.example>"
    assert first.get_content().strip().splitlines() == ["Zeile eins", "Zeile zwei ß"]
    assert second["Subject"] == "Second"

    wordpress_without_companion.clear_mails()
    assert wordpress_without_companion.mails() == []


def test_nothing_is_fetched_from_outside(wordpress_without_companion: RunningWordPress) -> None:
    """A test run would speak to somebody's server."""
    code = wordpress_without_companion.ask(
        "return wp_remote_get('http://example.com/')->get_error_code();"
    )

    assert code == "http_request_not_executed"


def test_login_form_tells_passwords_apart(wordpress_without_companion: RunningWordPress) -> None:
    """A password that does not work would count as working, or the other way round."""
    wordpress_without_companion.ask(ADD_ANN)

    assert wordpress_without_companion.log_in("ann", "secret")
    assert wordpress_without_companion.log_in("ann@example.com", "secret")
    assert not wordpress_without_companion.log_in("ann", "Secret")


def test_plugin_lasts_as_long_as_it_is_wanted(
    wordpress_without_companion: RunningWordPress,
) -> None:
    """A fault would not show in the next request, or would stay for the tests after it."""
    site = wordpress_without_companion
    for _ in range(2):
        with site.mu_plugin("fault", "http_response_code(418); die('{}');"):
            assert get(site, "/wp-json/")[0] == HTTPStatus.IM_A_TEAPOT
        assert get(site, "/wp-json/")[0] == HTTPStatus.OK


@ONE_VERSION
def test_edited_plugin_counts_at_once(wordpress_without_companion: RunningWordPress) -> None:
    """Whoever edits the companion would try the old one for some seconds more."""
    site = wordpress_without_companion
    with site.mu_plugin("edited", "// does nothing"):
        file = site.folder.mu_plugins / "edited.php"
        os.utime(file, (1, 1))  # PHP keeps only files that have settled
        assert get(site, "/wp-json/")[0] == HTTPStatus.OK

        file.write_text("<?php http_response_code(418); die('{}');", "utf-8")
        os.utime(file, (2, 2))

        assert get(site, "/wp-json/")[0] == HTTPStatus.IM_A_TEAPOT


@ONE_VERSION
def test_what_a_plugin_prints_is_no_answer(wordpress_without_companion: RunningWordPress) -> None:
    """Under a plugin that prints notices nothing could be asked any more."""
    with wordpress_without_companion.mu_plugin("notice", "echo 'Notice: hello';"):
        assert wordpress_without_companion.ask("return 1;") == 1


@ONE_VERSION
def test_site_goes_down_and_comes_back(wordpress_without_companion: RunningWordPress) -> None:
    """WordPress away for a while could not be tried."""
    with wordpress_without_companion.down(), pytest.raises(requests.ConnectionError):
        get(wordpress_without_companion, "/wp-json/")

    assert get(wordpress_without_companion, "/wp-json/")[0] == HTTPStatus.OK


@ONE_VERSION
def test_php_error_is_told(wordpress_without_companion: RunningWordPress) -> None:
    """A test's own mistake in PHP would look like an empty answer."""
    with pytest.raises(LaunchError, match="no_such_function"):
        wordpress_without_companion.ask("return no_such_function();")


@ONE_VERSION
def test_php_warnings_are_logged(wordpress_without_companion: RunningWordPress) -> None:
    """The companion could be sloppy without anybody seeing it."""
    site = wordpress_without_companion
    assert site.php_log() == ""

    with site.mu_plugin("sloppy", "$nothing = $undefined;"):
        get(site, "/wp-json/")

    assert "Undefined variable $undefined" in site.php_log()
    assert "sloppy.php" in site.php_log()


@ONE_VERSION
def test_passwords_are_not_shown(wordpress_without_companion: RunningWordPress) -> None:
    """A failed test would print them."""
    admin = wordpress_without_companion.admin

    assert admin.password not in repr(wordpress_without_companion)
    assert admin.application_password not in repr(wordpress_without_companion)
