"""Creating over core's REST API, where a failure is no proof that nothing was created."""

import pytest

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.carrying import Carrier, Watching
from tests.wp_client.documents import ANN, FRIEND, PASSWORD, ann, bob
from wp_client import by_core
from wp_client.errors import (
    NotWordPress,
    WordPressBusy,
    WordPressRejected,
)

CRASH_AFTER_CREATION = "add_action('user_register', function () { throw new Error('x'); });"
CRASH_BEFORE_ROLES = """
add_action('rest_insert_user', function ($u, $r, $new) { if ($new) throw new Error('x'); }, 10, 3);
"""
NOTICE_AFTER_CREATION = """
add_filter('rest_pre_echo_response', function ($answer) {
    if (did_action('user_register')) echo '<b>Notice</b>: x';
    return $answer;
});
"""

REFUSE = """
add_filter('rest_pre_dispatch', function ($answer, $server, $request) {
    return preg_match('~^%s$~', $request->get_method() . $request->get_route())
        ? new WP_Error('%s', 'Words.', ['status' => 418]) : $answer;
}, 10, 3);
"""
"""PHP: a plugin that refuses some requests with an error of its own."""


async def test_an_address_among_many_like_it_is_found(
    wordpress_without_companion: RunningWordPress, to_core: Carrier, watching: Watching
) -> None:
    """Beyond the first page of a search somebody would count as missing, and get a twin."""
    site = wordpress_without_companion
    many = "global $wpdb; for ($i = 0; $i < 120; $i++) $wpdb->insert($wpdb->users,"
    many += " ['user_login' => \"u$i\", 'user_email' => \"u{$i}o@x.example\"]);"
    site.php(many)
    last = site.ask(FRIEND, "o", "O@x.example", "member_a")

    found = await to_core.converse(by_core.carry_out(ann(email="o@x.example", new_user=None)))

    assert found.user_id == last
    assert watching.names.count("search_users") == 2


@pytest.mark.parametrize(
    "plugin",
    [CRASH_AFTER_CREATION, CRASH_BEFORE_ROLES, NOTICE_AFTER_CREATION],
)
async def test_a_user_whose_creation_went_wrong_is_recognised(
    wordpress_without_companion: RunningWordPress, to_core: Carrier, plugin: str
) -> None:
    """A plugin's crash would leave half a user, and the next attempt would make another one."""
    site = wordpress_without_companion
    with site.mu_plugin("crash", plugin):
        result = await to_core.converse(by_core.carry_out(ANN))

    (user,) = site.users()
    assert (result.state, result.created_by_delivery, result.password) == ("created", True, "set")
    assert result.user_id == user["ID"]
    assert user["roles"] == ["member_a"]
    assert site.log_in(user["user_login"], PASSWORD)


async def test_a_creation_that_stays_unclear_is_told_and_found_later(
    wordpress_without_companion: RunningWordPress, to_core: Carrier
) -> None:
    """Half a success would count as success, or the next attempt would not know its own work."""
    site = wordpress_without_companion
    noisy = "add_action('user_register', function () { define('NOISE', 1); });"
    noisy += "add_filter('rest_pre_echo_response', function ($r) { static $on;"
    noisy += " if (defined('NOISE') || isset($_GET['slug']) && get_user_by('login', 'ann.lee'))"
    noisy += " echo '<br />Warning'; return $r; });"
    with site.mu_plugin("noise", noisy), pytest.raises(NotWordPress):
        await to_core.converse(by_core.carry_out(ANN))

    result = await to_core.converse(by_core.carry_out(ann(email="ann@new.example")))

    (user,) = site.users()
    assert (result.user_id, result.created_by_delivery) == (user["ID"], True)
    assert result.state in {"updated", "unchanged"}


async def test_nothing_is_looked_for_after_a_creation_that_cannot_have_been(
    wordpress_without_companion: RunningWordPress, to_core: Carrier, watching: Watching
) -> None:
    """A site in maintenance would be asked once more for nothing."""
    closed = "if ($_SERVER['REQUEST_METHOD'] === 'POST') { header('Retry-After: 600');"
    closed += " wp_die('Briefly unavailable', 'Maintenance', 503); }"
    with (
        wordpress_without_companion.mu_plugin("maintenance", closed),
        pytest.raises(WordPressBusy) as raised,
    ):
        await to_core.converse(by_core.carry_out(ANN))

    assert raised.value.retry_after == 600
    assert watching.names[-1] == "create_user"


async def test_a_user_whom_somebody_else_creates_meanwhile_is_taken_over(
    wordpress_without_companion: RunningWordPress, to_core: Carrier
) -> None:
    """Two ways into the site at the same moment would end in an error that never goes away."""
    site = wordpress_without_companion
    race = "add_filter('rest_pre_dispatch', function ($x, $s, $request) {"
    race += " if ($request->get_method() === 'POST' && !email_exists('ann+lee@site.example'))"
    race += " wp_insert_user(['user_login' => 'fast', 'user_pass' => 'x',"
    race += " 'user_email' => 'ann+lee@site.example', 'role' => 'subscriber']);"
    race += " return $x; }, 10, 3);"
    with site.mu_plugin("race", race):
        result = await to_core.converse(by_core.carry_out(ann(notification="link")))

    (user,) = site.users()
    assert (result.state, result.created_by_delivery) == ("updated", False)
    assert (result.password, result.notification) == ("kept", "not_asked")
    assert (user["user_login"], user["roles"]) == ("fast", ["member_a"])


async def test_a_new_user_is_not_told_of_a_changed_password(
    wordpress_without_companion: RunningWordPress, to_core: Carrier
) -> None:
    """Every new user would get a mail about a password change that nobody made."""
    result = await to_core.converse(by_core.carry_out(ann(fresh_password=True)))

    assert (result.state, result.password) == ("created", "set")
    assert wordpress_without_companion.log_in("ann.lee", PASSWORD)
    assert wordpress_without_companion.mails() == []


@pytest.mark.parametrize("route", ["POST/wp/v2/users", "POST/wp/v2/users/\\d+", "GET/.*/4711"])
async def test_what_a_plugin_refuses_is_told_by_its_code(
    wordpress_without_companion: RunningWordPress, to_core: Carrier, route: str
) -> None:
    """A refusal that nobody knows would be swallowed, or repeated without end."""
    site = wordpress_without_companion
    known = site.ask(FRIEND, "bob", "bob@site.example", "member_b")
    documents = [ANN, bob(), ann(user_id=4711)]
    refused: list[str] = []
    with site.mu_plugin("refuse", REFUSE % (route, "teapot")):
        for document in documents:
            try:
                await to_core.converse(by_core.carry_out(document))
            except WordPressRejected as error:
                refused.append(error.code)

    assert {*refused} == {"teapot"}
    assert site.user("bob@site.example")["ID"] == known


async def test_a_taken_address_that_nobody_shows_is_told(
    wordpress_without_companion: RunningWordPress, to_core: Carrier
) -> None:
    """On a network somebody may have the address without being a member of this site."""
    plugin = REFUSE % ("POST/wp/v2/users", "existing_user_email")
    with (
        wordpress_without_companion.mu_plugin("refuse", plugin),
        pytest.raises(WordPressRejected, match="existing_user_email"),
    ):
        await to_core.converse(by_core.carry_out(ANN))
