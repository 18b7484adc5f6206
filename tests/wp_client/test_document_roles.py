"""Who gets which role, and whose are never touched, whichever way, on the real WordPress."""

from dataclasses import replace
from types import ModuleType

import pytest

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.carrying import Carrier
from tests.wp_client.documents import FRIEND, ann, bob, codes
from wp_client.document import RoleRules
from wp_client.errors import WouldRemoveRoles


@pytest.mark.parametrize(
    ("mode", "roles"),
    [("replace", {"member_b", "author"}), ("add", {"member_a", "member_b", "author"})],
)
async def test_roles_that_the_rules_do_not_name_stay(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier, mode: str, roles: set[str]
) -> None:
    """A membership bought elsewhere would be taken away."""
    friend = wordpress.ask(FRIEND, "annie", "ann+lee@site.example", "member_a")
    wordpress.php("get_user_by('id', $args[0])->add_role('author');", str(friend))
    rules = RoleRules(("member_b",), ("member_a", "member_b"), mode)  # type: ignore[arg-type]

    result = await to_wordpress.converse(way.carry_out(ann(roles=rules)))

    assert set(result.roles) == roles
    assert set(wordpress.user("ann+lee@site.example")["roles"]) == roles


async def test_keep_changes_no_role_of_a_user_who_is_there(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """The rule "keep" would not keep; or a new user would get nothing of it."""
    wordpress.ask(FRIEND, "bob", "bob@site.example", "member_a")
    rules = RoleRules(("member_b",), ("member_a", "member_b"), "keep")

    kept = await to_wordpress.converse(way.carry_out(bob(roles=rules)))
    created = await to_wordpress.converse(way.carry_out(ann(roles=rules)))

    assert kept.roles == ("member_a",)
    assert created.roles == ("member_b",)


@pytest.mark.parametrize("role", ["nope", "administrator", "editor"])
async def test_a_role_that_cannot_be_given_does_not_stop_the_rest(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier, role: str
) -> None:
    """A misspelt role would keep a buyer out; or a Post could make administrators."""
    wordpress.ask(FRIEND, "bob", "bob@site.example", "member_b")
    among = ("nope", "administrator", "subscriber", "member_a", "member_b")
    rules = RoleRules((role,), among)
    fields = {"last_name": "Lée"}

    created = await to_wordpress.converse(way.carry_out(ann(roles=rules)))
    known = await to_wordpress.converse(way.carry_out(bob(fields=fields, roles=rules)))

    code = "unknown_role" if role == "nope" else "role_not_allowed"
    assert (code, role) in codes(created.caveats)
    assert (code, role) in codes(known.caveats)
    assert created.roles == ("subscriber",)
    assert known.roles == ("member_b",)
    assert wordpress.user("bob@site.example")["meta"]["last_name"] == "Lée"


async def test_of_several_roles_the_good_ones_are_given(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """One misspelt role would take the others with it."""
    wordpress.ask(FRIEND, "bob", "bob@site.example", "subscriber")
    roles = ("member_a", "nope", "member_b")
    new, known = RoleRules(roles, roles), RoleRules(roles, (*roles, "subscriber"))

    for document in (ann(roles=new), bob(roles=known)):
        first = await to_wordpress.converse(way.carry_out(document))
        second = await to_wordpress.converse(way.carry_out(document))
        for result in (first, second):
            assert set(result.roles) == {"member_a", "member_b"}
            assert [c for c in codes(result.caveats) if c[1] == "nope"] == [
                ("unknown_role", "nope")
            ]
        assert second.state == "unchanged"


async def test_somebody_privileged_keeps_role_address_and_password(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """Whoever may write a contact in Keap could take over an editor's account."""
    editor = wordpress.accounts["editor1"]
    document = ann(
        email=editor.email,
        user_id=editor.id,
        fields={"user_email": "evil@site.example", "last_name": "Lée"},
        fresh_password=True,
    )
    if not wordpress.companion:  # where nothing shows whose the user is, the link counts
        result = await to_wordpress.converse(way.carry_out(document))
    else:
        result = await to_wordpress.converse(way.carry_out(replace(document, user_id=None)))

    user = wordpress.user(editor.email)
    assert codes(result.caveats) >= {
        ("privileged_user", "roles"),
        ("privileged_user", "user_email"),
    }
    assert (user["roles"], user["user_email"]) == (["editor"], editor.email)
    assert wordpress.log_in(editor.login, editor.password)
    assert user["meta"]["last_name"] == "Lée"


async def test_a_document_that_may_remove_nothing_is_refused_before_anything_is_written(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """The brake on roles would come too late, or hold half of what a Post asked."""
    friend = wordpress.ask(FRIEND, "annie", "ann+lee@site.example", "member_a")
    rules = RoleRules(("member_b",), ("member_a", "member_b"), may_remove=False)

    with pytest.raises(WouldRemoveRoles) as raised:
        await to_wordpress.converse(way.carry_out(ann(roles=rules)))

    assert (raised.value.user_id, raised.value.roles) == (friend, ("member_a",))
    user = wordpress.user("ann+lee@site.example")
    assert (user["roles"], user["meta"].get("last_name", "")) == (["member_a"], "")
    assert user["meta"].get("infusionsoft_contact_id") is None

    harmless = ann(roles=replace(rules, give=("member_a",)))
    result = await to_wordpress.converse(way.carry_out(harmless))
    assert (result.state, result.roles) == ("updated", ("member_a",))


async def test_nothing_is_refused_for_somebody_whose_roles_stay_anyway(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """An editor's Posts would be held for a person who can decide nothing."""
    editor = wordpress.accounts["editor1"]
    document = ann(
        email=editor.email,
        fields={},
        roles=RoleRules(("member_b",), ("member_b", "editor"), may_remove=False),
    )

    result = await to_wordpress.converse(way.carry_out(document))

    assert ("privileged_user", "roles") in codes(result.caveats)
    assert wordpress.user(editor.email)["roles"] == ["editor"]


@pytest.mark.parametrize("asked", ["Member A", "member a", "MEMBER_A"])
async def test_a_role_is_understood_by_the_name_that_people_see(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier, asked: str
) -> None:
    """A campaign of WP Fusion's, which takes names too, would give nobody their role."""
    wordpress.ask(FRIEND, "bob", "bob@site.example", "subscriber")
    rules = RoleRules((asked,), ("subscriber", "member_a", "member_b"))

    created = await to_wordpress.converse(way.carry_out(ann(roles=rules)))
    known = await to_wordpress.converse(way.carry_out(bob(roles=rules)))

    assert created.roles == known.roles == ("member_a",)
    assert {code for code, _ in codes((*created.caveats, *known.caveats))}.isdisjoint(
        {"role_not_allowed", "unknown_role"}
    )


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_a_role_that_is_taken_leaves_another_one_behind(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """Somebody would be left without any role; or a dry run would promise something else."""
    wordpress.ask(FRIEND, "bob", "bob@site.example", "member_a")
    alone = bob(roles=RoleRules((), ("member_a",), take=("member_a",)))
    beside = bob(roles=RoleRules((), ("member_a", "subscriber"), take=("member_a",)))

    kept = await to_wordpress.converse(way.carry_out(alone))
    foreseen = await to_wordpress.converse(way.dry_run(beside))
    fallen = await to_wordpress.converse(way.carry_out(beside))

    assert kept.roles == ("member_a",)
    assert ("last_role_kept", "member_a") in codes(kept.caveats)
    assert [each.after for each in foreseen.changes if each.name == "roles"] == ["subscriber"]
    assert fallen.roles == ("subscriber",)


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_a_role_is_taken_even_where_another_cannot_be_given(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """A misspelt role in a Post would keep one in that the user has lost."""
    wordpress.ask(FRIEND, "bob", "bob@site.example", "member_a")
    wordpress.php("get_user_by('email', 'bob@site.example')->add_role('subscriber');")
    rules = RoleRules(("nope",), ("nope", "member_a", "subscriber"), take=("member_a",))

    result = await to_wordpress.converse(way.carry_out(bob(roles=rules)))

    assert result.roles == ("subscriber",)
    assert ("unknown_role", "nope") in codes(result.caveats)
