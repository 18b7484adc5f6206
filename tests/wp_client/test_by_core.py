"""What is special about working without the companion, on the real WordPress."""

import pytest

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.carrying import Carrier, Watching
from tests.wp_client.documents import ANN, PASSWORD, ann, bob, codes
from tests.wp_client.test_documents import FRIEND
from wp_client import by_core
from wp_client.core_users import search_users
from wp_client.document import RoleRules
from wp_client.errors import (
    Blocked,
    NotificationFailed,
    NotWordPress,
    WordPressBroken,
    WordPressBusy,
    WordPressRefused,
    WordPressRejected,
)

META = """
foreach (['infusionsoft_contact_id', 'city', 'level'] as $key)
    register_meta('user', $key, ['type' => 'string', 'single' => true, 'show_in_rest' => true]);
register_meta('user', 'infusionsoft_tags', ['type' => 'array', 'single' => true,
    'show_in_rest' => ['schema' => ['items' => ['type' => 'string']]]]);
register_meta('user', 'locked', ['type' => 'string', 'single' => true, 'show_in_rest' => true,
    'auth_callback' => '__return_false']);
register_meta('user', 'stubborn', ['type' => 'string', 'single' => true, 'show_in_rest' => true,
    'sanitize_callback' => function () { return 'no'; }]);
"""
"""PHP: what a site's owner may have registered for REST."""


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


async def test_the_usual_update_is_two_requests(to_core: Carrier, watching: Watching) -> None:
    """A burst of Posts would take WordPress several times as long."""
    created = await to_core.converse(by_core.carry_out(ANN))
    watching.exchanges.clear()

    changed = ann(user_id=created.user_id, fields={"last_name": "Other"})
    await to_core.converse(by_core.carry_out(changed))

    assert watching.names == ["get_user", "update_user"]


async def test_nothing_to_change_is_nothing_to_write(to_core: Carrier, watching: Watching) -> None:
    """Each repetition would fire the hooks of all plugins."""
    created = await to_core.converse(by_core.carry_out(ANN))
    watching.exchanges.clear()

    await to_core.converse(by_core.carry_out(ann(user_id=created.user_id)))

    assert watching.names == ["get_user"]


async def test_registered_meta_is_written_and_compared(
    wordpress_without_companion: RunningWordPress, to_core: Carrier
) -> None:
    """Tags and fields would be lost, or written over and over."""
    site = wordpress_without_companion
    wanted = {"city": "Ünna \\ 'x'", "infusionsoft_tags": ("91", "93"), "level": None}
    with site.mu_plugin("meta", META):
        first = await to_core.converse(by_core.carry_out(ann(meta=wanted)))
        second = await to_core.converse(by_core.carry_out(ann(meta=wanted)))
        cleared = await to_core.converse(
            by_core.carry_out(ann(meta={"city": None, "infusionsoft_tags": ()}))
        )

    (user,) = site.users()
    assert not first.caveats
    assert {c.name for c in first.changes} >= {
        "meta:city",
        "meta:infusionsoft_tags",
        "meta:infusionsoft_contact_id",
    }
    assert second.state == "unchanged"
    told = {c.name: (c.before, c.after) for c in cleared.changes}
    assert told == {
        "meta:city": ("Ünna \\ 'x'", ""),
        "meta:infusionsoft_tags": ("91, 93", ""),
    }
    assert "city" not in user["meta"]
    assert "infusionsoft_tags" not in user["meta"]
    assert user["meta"]["infusionsoft_contact_id"] == "1001"


async def test_meta_that_wordpress_would_drop_is_told(
    wordpress_without_companion: RunningWordPress, to_core: Carrier
) -> None:
    """Fields would vanish without a word: WordPress answers 200 to keys that it does not know."""
    site = wordpress_without_companion
    meta = {
        "unknown": "1",
        "city": ("a", "list"),
        "infusionsoft_tags": "text",
        "locked": "1",
        "stubborn": "yes",
        "wp_capabilities": "x",
        "_hidden": "x",
        "level": "gold",
    }
    with site.mu_plugin("meta", META):
        result = await to_core.converse(by_core.carry_out(ann(meta=meta)))
        again = await to_core.converse(by_core.carry_out(ann(meta=meta)))

    for told in (result, again):
        assert codes(told.caveats) >= {
            ("meta_not_registered", "unknown"),
            ("meta_wrong_type", "city"),
            ("meta_wrong_type", "infusionsoft_tags"),
            ("meta_refused", "locked"),
            ("meta_refused", "wp_capabilities"),
            ("meta_refused", "_hidden"),
        }
    assert ("meta_not_kept", "stubborn") in codes(again.caveats)
    assert site.users()[0]["meta"]["level"] == "gold"
    assert "locked" not in site.users()[0]["meta"]


async def test_a_link_to_another_contacts_user_is_not_followed(
    wordpress_without_companion: RunningWordPress, to_core: Carrier
) -> None:
    """A stale link in the store would change somebody else."""
    site = wordpress_without_companion
    with site.mu_plugin("meta", META):
        other = await to_core.converse(by_core.carry_out(ANN))
        result = await to_core.converse(by_core.carry_out(bob(user_id=other.user_id)))

    assert result.state == "created"
    assert result.user_id != other.user_id


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


async def test_who_may_not_see_users_is_told_so(
    wordpress_without_companion: RunningWordPress, to_core: Carrier
) -> None:
    """WordPress then shows an empty list: everybody would count as missing."""
    site = wordpress_without_companion
    for capability in ("edit_users", "list_users"):
        site.php("get_role('user_sync')->remove_cap($args[0]);", capability)
        with pytest.raises(WordPressRefused, match=capability):
            await to_core.send(search_users("editor1@site.example"))


async def test_what_the_account_lacks_is_named(
    wordpress_without_companion: RunningWordPress, to_core: Carrier
) -> None:
    """The owner would learn of a missing right one refusal at a time."""
    site = wordpress_without_companion
    whole = await to_core.send(by_core.describe())
    for capability in ("create_users", "promote_users"):
        site.php("get_role('user_sync')->remove_cap($args[0]);", capability)
    less = await to_core.send(by_core.describe())
    known = site.ask(FRIEND, "bob", "bob@site.example", "member_b")
    with pytest.raises(WordPressRefused, match="promote_users"):
        await to_core.converse(by_core.carry_out(bob()))
    with pytest.raises(WordPressRefused, match="create_users"):
        await to_core.converse(by_core.carry_out(ANN))

    assert (whole.id, whole.missing_for_core) == (site.service.id, ())
    assert less.missing_for_core == ("create_users", "promote_users")
    assert site.user("bob@site.example")["ID"] == known


async def test_a_role_that_the_account_may_not_give_is_told(
    wordpress_without_companion: RunningWordPress, to_core: Carrier
) -> None:
    """It would be called unknown, and the owner would look for a spelling mistake."""
    hidden = "add_filter('editable_roles', function ($r) { unset($r['member_b']); return $r; });"
    rules = RoleRules(("member_b",), ("member_b",))
    with wordpress_without_companion.mu_plugin("roles", hidden):
        created = await to_core.converse(by_core.carry_out(ann(roles=rules)))
        again = await to_core.converse(by_core.carry_out(ann(roles=rules)))

    for result in (created, again):
        assert ("role_not_allowed", "member_b") in codes(result.caveats)
        assert result.roles == ("subscriber",)


async def test_one_rejection_does_not_stop_the_others_but_a_lost_right_does(
    wordpress_without_companion: RunningWordPress, to_core: Carrier, watching: Watching
) -> None:
    """A site that is closed would be asked for each of 25 documents, all in vain."""
    wordpress_without_companion.php("get_role('user_sync')->remove_cap('create_users');")
    watching.exchanges.clear()

    first, second, third = await to_core.converse(
        by_core.carry_out_many([ann(email=None), bob(), ann(delivery="01JDMORE")])
    )

    assert isinstance(first, WordPressRejected)
    assert isinstance(second, WordPressRefused)
    assert third is second
    assert watching.names.count("create_user") == 1


async def test_a_new_user_is_not_told_of_a_changed_password(
    wordpress_without_companion: RunningWordPress, to_core: Carrier
) -> None:
    """Every new user would get a mail about a password change that nobody made."""
    result = await to_core.converse(by_core.carry_out(ann(fresh_password=True)))

    assert (result.state, result.password) == ("created", "set")
    assert wordpress_without_companion.log_in("ann.lee", PASSWORD)
    assert wordpress_without_companion.mails() == []


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
    error: type[Exception],
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


async def test_meta_that_core_keeps_is_known_without_writing(
    wordpress_without_companion: RunningWordPress, to_core: Carrier
) -> None:
    """The check would praise fields that are lost."""
    with wordpress_without_companion.mu_plugin("meta", META):
        told = await to_core.send(by_core.meta_round_trip(["city", "unknown"]))

    assert told == {"city": "ok", "unknown": "lost"}


REFUSE = """
add_filter('rest_pre_dispatch', function ($answer, $server, $request) {
    return preg_match('~^%s$~', $request->get_method() . $request->get_route())
        ? new WP_Error('%s', 'Words.', ['status' => 418]) : $answer;
}, 10, 3);
"""
"""PHP: a plugin that refuses some requests with an error of its own."""


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


async def test_a_refused_role_does_not_keep_the_others_from_going(
    wordpress_without_companion: RunningWordPress, to_core: Carrier
) -> None:
    """Somebody who changes membership would keep the old one for a spelling mistake."""
    site = wordpress_without_companion
    known = site.ask(FRIEND, "bob", "bob@site.example", "member_b")
    site.php("get_user_by('id', $args[0])->add_role('member_a');", str(known))
    rules = RoleRules(("member_a", "nope"), ("member_a", "member_b", "nope"))

    result = await to_core.converse(by_core.carry_out(bob(roles=rules)))

    assert result.roles == ("member_a",)
    assert ("unknown_role", "nope") in codes(result.caveats)
    assert [
        (change.before, change.after) for change in result.changes if change.name == "roles"
    ] == [("member_b, member_a", "member_a")]


async def test_an_error_between_two_roles_is_told(
    wordpress_without_companion: RunningWordPress, to_core: Carrier
) -> None:
    """Somebody would be left with half of their roles, and nobody would try again."""
    site = wordpress_without_companion
    site.ask(FRIEND, "bob", "bob@site.example", "subscriber")
    rules = RoleRules(("member_a", "nope", "member_b"), ("member_a", "member_b", "nope"))
    second = "add_filter('rest_pre_dispatch', function ($answer, $server, $request) {"
    second += " return $request['roles'] === ['subscriber', 'member_a']"
    second += " ? new WP_Error('teapot', '', ['status' => 418]) : $answer; }, 10, 3);"
    with site.mu_plugin("second", second), pytest.raises(WordPressRejected, match="teapot"):
        await to_core.converse(by_core.carry_out(bob(roles=rules)))
