"""What is special about working without the companion, on the real WordPress."""

import pytest

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.carrying import Carrier, Watching
from tests.wp_client.documents import ANN, FRIEND, ann, bob, codes
from wp_client import by_core
from wp_client.core_users import search_users
from wp_client.document import RoleRules
from wp_client.errors import (
    WordPressRefused,
    WordPressRejected,
)


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
