"""Rule 9: WordPress's own welcome, at most once a delivery, and what is said when it fails."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.companion.talking import (
    ADDRESS,
    PASSWORD,
    Companion,
    codes,
    document,
    new_user,
)

OTHER_PASSWORD = "Zt5cY8wPj3RgN6kFv2Qb"


def test_the_new_user_gets_wordpress_s_mail_with_a_link(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, nobody is welcomed, the owner is mailed too, or a password is in the open."""
    assert companion.carry_out(notification="link")["notification"] == "sent"
    (mail,) = site.mails()
    text = mail.get_content()
    assert (mail["To"], "Login Details" in mail["Subject"]) == (ADDRESS, True)
    assert ("action=rp" in text, PASSWORD in text) == (True, False)


def test_the_mail_holds_the_password_where_that_is_wanted(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, a site that mails passwords has members who cannot sign in."""
    companion.carry_out(notification="password")
    (mail,) = site.mails()
    assert f"Password: {PASSWORD}" in mail.get_content()
    assert "action=rp" in mail.get_content()


@pytest.mark.parametrize("again", ["link", "password", "later"])
def test_a_repeated_attempt_sends_no_second_mail(
    companion: Companion, site: RunningWordPress, again: str
) -> None:
    """If false, a user is welcomed twice, or the link in the first mail stops working."""
    companion.carry_out(notification="link")
    fresh = new_user(password=OTHER_PASSWORD)
    result = companion.carry_out(notification=again, new_user=fresh, fresh_password=True)
    assert (result["notification"], result["password"]) == ("sent_before", "kept")
    assert len(site.mails()) == 1
    assert site.log_in(ADDRESS, PASSWORD)


def test_later_waits_for_a_second_request(companion: Companion, site: RunningWordPress) -> None:
    """If false, the mail goes out before Keap holds the password, or without it."""
    first = companion.carry_out(notification="later", fresh_password=True)
    assert (first["notification"], site.mails()) == ("due", [])
    second = companion.carry_out(notification="password")
    assert (second["notification"], second["password"]) == ("sent", "kept")
    (mail,) = site.mails()
    assert PASSWORD in mail.get_content()
    assert site.log_in(ADDRESS, PASSWORD)


def test_a_password_that_is_not_the_users_is_never_mailed(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, the welcome holds a password that does not work."""
    companion.carry_out()
    later = companion.carry_out(notification="password", new_user=new_user(password=OTHER_PASSWORD))
    assert (later["notification"], codes(later)) == ("sent", {("password_not_in_mail", "")})
    (mail,) = site.mails()
    assert OTHER_PASSWORD not in mail.get_content()


def test_users_of_long_standing_are_never_welcomed(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, a Post mails members who have been there for years."""
    companion.insert(user_login="a", user_email=ADDRESS)
    assert companion.carry_out(notification="link")["notification"] == "not_asked"
    assert site.mails() == []


FAILURES = {
    "phpmailer throws": "add_action('phpmailer_init', function ($mail) { $mail->Mailer = 'smtp';"
    " $mail->Host = '127.0.0.1'; $mail->Port = 1; $mail->Timeout = 2; });",
    "a plugin says no": "add_filter('pre_wp_mail', '__return_false');",
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_mail_that_fails_is_told_and_can_be_sent_again(
    companion: Companion, site: RunningWordPress, failure: str
) -> None:
    """If false, a mail server's bad minute costs a member the welcome, or the account."""
    with site.mu_plugin("failure", FAILURES[failure]):
        error = companion.refusal(notification="password", fresh_password=True)
    user = site.user(ADDRESS)
    assert (error["code"], error["retry"]) == ("keap_bridge_mail_failed", True)
    assert error["data"] == {"user_id": user["ID"]}
    fresh = new_user(password=OTHER_PASSWORD)
    again = companion.carry_out(notification="password", new_user=fresh, fresh_password=True)
    assert (again["notification"], again["password"]) == ("sent", "set")
    (mail,) = site.mails()
    assert OTHER_PASSWORD in mail.get_content()
    assert site.log_in(ADDRESS, OTHER_PASSWORD)


@pytest.mark.parametrize("how", ["exit;", "throw new Error('no');"])
def test_a_process_that_died_while_sending_leaves_it_uncertain(
    companion: Companion, site: RunningWordPress, how: str
) -> None:
    """If false, a mail that may be out already is sent a second time."""
    death = f"add_filter('wp_mail_from', function () {{ {how} }});"
    with site.mu_plugin("death", death):
        companion.request("POST", {"documents": [document(notification="link")]})
    for _ in range(2):
        result = companion.carry_out(notification="link", fresh_password=True)
        assert (result["notification"], result["password"]) == ("uncertain", "kept")
    assert site.mails() == []


def test_a_site_that_sends_no_such_mail_is_told_of(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, the bridge claims a mail that a plugin has switched off."""
    off = "add_filter('wp_send_new_user_notification_to_user', '__return_false');"
    with site.mu_plugin("off", off):
        for _ in range(2):
            result = companion.carry_out(notification="link")
            assert result["notification"] == "not_asked"
            assert codes(result) == {("notification_suppressed", "")}
    assert site.mails() == []


def test_a_mail_that_went_out_by_a_detour_is_no_failure(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, a mail plugin with a spare server makes the bridge send twice."""
    detour = """
        add_action('wp_mail_failed', function () { do_action('wp_mail_succeeded', []); });
        add_action('phpmailer_init', function ($mail) { $mail->Mailer = 'smtp';
            $mail->Host = '127.0.0.1'; $mail->Port = 1; $mail->Timeout = 2; });
    """
    with site.mu_plugin("detour", detour):
        assert companion.carry_out(notification="link")["notification"] == "sent"


def test_parallel_attempts_send_one_mail(companion: Companion, site: RunningWordPress) -> None:
    """If false, two workers on one delivery welcome the user twice."""
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: companion.carry_out(notification="link"), range(8)))
    sent = sorted(result["notification"] for result in results)
    assert sent == ["sent"] + ["sent_before"] * 7
    assert len(site.mails()) == 1
