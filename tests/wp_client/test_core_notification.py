"""What core mails, asked or unasked."""

import pytest

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.carrying import Carrier
from tests.wp_client.documents import ANN, PASSWORD, ann, codes
from wp_client import by_core
from wp_client.errors import (
    Blocked,
    NotificationFailed,
    NotWordPress,
    WordPressBroken,
    WordPressBusy,
    WordPressError,
)


async def test_a_renewed_password_makes_wordpress_write_to_the_user(
    wordpress_without_companion: RunningWordPress, to_core: Carrier
) -> None:
    """The documented cost of working without the companion would be another one than is said."""
    await to_core.converse(by_core.carry_out(ANN))
    await to_core.converse(by_core.carry_out(ann(fresh_password=True)))

    (mail,) = wordpress_without_companion.mails()
    assert "Password Changed" in mail["Subject"]


async def test_a_password_cannot_be_mailed(
    wordpress_without_companion: RunningWordPress, to_core: Carrier
) -> None:
    """Somebody would wait for a password in a mail that only has a link."""
    document = ann(notification="password")
    result = await to_core.converse(by_core.carry_out(document))
    notified = await to_core.converse(by_core.notify(document, result))

    (mail,) = wordpress_without_companion.mails()
    assert (result.notification, notified.notification) == ("due", "sent")
    assert ("password_not_in_mail", "") in codes(notified.caveats)
    assert PASSWORD not in mail.get_content()


@pytest.mark.parametrize(
    ("plugin", "error"),
    [
        ("add_filter('pre_wp_mail', '__return_false');", NotificationFailed),
        (
            "add_action('lostpassword_post', function ($e) { $e->add('captcha', 'No.'); });",
            NotificationFailed,
        ),
        ("add_action('login_init', function () { wp_safe_redirect('/404'); exit; });", Blocked),
        ("add_action('login_init', function () { status_header(404); exit; });", Blocked),
        ("add_action('login_init', function () { wp_die('No', '', 403); });", Blocked),
        ("add_action('login_init', function () { throw new Error('x'); });", WordPressBroken),
    ],
)
async def test_a_mail_that_was_not_sent_is_told(
    wordpress_without_companion: RunningWordPress,
    to_core: Carrier,
    plugin: str,
    error: type[WordPressError],
) -> None:
    """Somebody new would count as notified and never learn how to get in."""
    document = ann(notification="link")
    result = await to_core.converse(by_core.carry_out(document))

    with (
        wordpress_without_companion.mu_plugin("login", plugin),
        pytest.raises(error) as raised,
    ):
        await to_core.converse(by_core.notify(document, result))

    assert wordpress_without_companion.mails() == []
    assert "@" not in str(raised.value)
    assert raised.value.may_be_done is (error is WordPressBroken)


@pytest.mark.parametrize("status", [403, 429, 503])
async def test_a_proxys_refusal_after_the_mail_leaves_open_whether_it_was_sent(
    wordpress_without_companion: RunningWordPress, to_core: Carrier, status: int
) -> None:
    """The mail would count as not sent, since a proxy lost the answer, and be sent twice."""
    document = ann(notification="link")
    result = await to_core.converse(by_core.carry_out(document))
    lost = f"add_filter('wp_redirect', function () {{ http_response_code({status}); exit; }});"
    proxy = wordpress_without_companion.mu_plugin("proxy", lost)
    with proxy, pytest.raises(WordPressError) as raised:
        await to_core.converse(by_core.notify(document, result))

    assert raised.value.may_be_done
    assert len(wordpress_without_companion.mails()) == 1


async def test_maintenance_mode_sends_no_mail(
    wordpress_without_companion: RunningWordPress, to_core: Carrier
) -> None:
    """Somebody whose turn came while WordPress updated itself would never get the mail."""
    document = ann(notification="link")
    result = await to_core.converse(by_core.carry_out(document))
    # As wp_maintenance() does it, which only a file in WordPress's own folder brings about.
    busy = "header('Retry-After: 600'); wp_die('Briefly unavailable.', 'Maintenance', 503);"
    maintained = wordpress_without_companion.mu_plugin(
        "maintained", f"add_action('login_init', function () {{ {busy} }});"
    )
    with maintained, pytest.raises(WordPressBusy) as raised:
        await to_core.converse(by_core.notify(document, result))

    assert not raised.value.may_be_done
    assert wordpress_without_companion.mails() == []


async def test_a_strange_page_after_the_mail_leaves_open_whether_it_was_sent(
    wordpress_without_companion: RunningWordPress, to_core: Carrier
) -> None:
    """The mail would count as not sent, and somebody be welcomed twice."""
    document = ann(notification="link")
    result = await to_core.converse(by_core.carry_out(document))
    plugin = "add_filter('wp_redirect', function () { echo '<html>Hello'; exit; });"
    other_page = wordpress_without_companion.mu_plugin("page", plugin)
    with other_page, pytest.raises(NotWordPress) as raised:
        await to_core.converse(by_core.notify(document, result))

    assert raised.value.may_be_done
    assert len(wordpress_without_companion.mails()) == 1
