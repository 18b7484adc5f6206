"""Rules 5 and 8: which roles are given, and whose rights put them out of reach."""

from typing import Any

import pytest

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.companion.talking import (
    ADDRESS,
    ON_THE_OLDEST,
    Companion,
    changed,
    codes,
    document,
    roles,
)

LMS = """
    foreach (['gold' => [], 'customer' => [], 'student' => ['read_private_posts' => 1],
        'off' => ['manage_options' => 0], 'shop' => ['manage_woocommerce' => 1],
        'mod' => ['edit_others_topics' => 1], 'boss' => ['promote_users' => 1],
        'twin' => ['keap_bridge_sync_users' => 1], 'net' => ['manage_network_users' => 1],
    ] as $slug => $caps) add_role($slug, "The $slug", ['read' => 1] + $caps);
    return 1;
"""
GIVEABLE = {"author", "contributor", "subscriber", "member_a", "member_b"}


@ON_THE_OLDEST
@pytest.mark.parametrize(
    ("has", "rules", "ends_with", "caveats"),
    [
        (["member_a"], roles("member_b"), ["member_b"], set()),
        (["member_a"], roles("Member B"), ["member_b"], set()),
        (["member_a"], roles("MEMBER_B"), ["member_b"], set()),
        (["member_a"], roles(), ["member_a"], set()),
        (["member_a", "author"], roles("member_b"), ["author", "member_b"], set()),
        (["member_a"], roles("member_b", mode="add"), ["member_a", "member_b"], set()),
        (["member_a"], roles("member_b", mode="keep"), ["member_a"], set()),
        (["member_a"], roles("member_a", "member_b"), ["member_a", "member_b"], set()),
        (["author"], roles("member_a", among=("member_a",)), ["author", "member_a"], set()),
        ([], roles("member_a"), ["member_a"], set()),
        ([], roles(), [], set()),
        (["member_a"], roles("nope"), ["member_a"], {("unknown_role", "nope")}),
        (["member_a"], roles("author"), ["member_a"], {("role_not_allowed", "author")}),
        (["member_a"], roles("author", mode="add"), ["member_a"], {("role_not_allowed", "author")}),
        (
            ["member_a"],
            roles("administrator", among=("administrator", "member_a")),
            ["member_a"],
            {("role_not_allowed", "administrator")},
        ),
        (
            ["member_a"],
            roles("Editor", "member_b", among=("editor", "member_b", "member_a")),
            ["member_b"],
            {("role_not_allowed", "editor")},
        ),
    ],
)
def test_an_existing_users_roles(
    companion: Companion,
    site: RunningWordPress,
    has: list[str],
    rules: dict[str, object],
    ends_with: list[str],
    caveats: set[tuple[str, str]],
) -> None:
    """If false, a Post gives or takes roles beyond what the configuration allows."""
    known = companion.insert(user_login="a", user_email=ADDRESS, role="")
    site.ask(
        "$user = get_userdata($args[0]); foreach (array_slice($args, 1) as $role)"
        " $user->add_role($role); return 1;",
        str(known),
        *has,
    )
    result = companion.carry_out(roles=rules, fields={})
    assert sorted(result["roles"]) == sorted(site.user(ADDRESS)["roles"]) == sorted(ends_with)
    assert codes(result) == caveats
    assert ("roles" in changed(result)) == (sorted(has) != sorted(ends_with))


@ON_THE_OLDEST
@pytest.mark.parametrize(
    ("rules", "ends_with", "caveats"),
    [
        (roles("member_a"), ["member_a"], set()),
        (roles("member_a", mode="keep"), ["member_a"], set()),
        (roles("member_a", "member_b"), ["member_a", "member_b"], set()),
        (roles(), ["subscriber"], set()),
        (roles("nope"), ["subscriber"], {("unknown_role", "nope")}),
        (
            roles("administrator", among=("administrator",)),
            ["subscriber"],
            {("role_not_allowed", "administrator")},
        ),
        (
            roles("Administrator", among=("Administrator",)),
            ["subscriber"],
            {("role_not_allowed", "administrator")},
        ),
        (
            roles("user_sync", "keap_bridge", among=("user_sync", "keap_bridge")),
            ["subscriber"],
            {("role_not_allowed", "user_sync"), ("role_not_allowed", "keap_bridge")},
        ),
    ],
)
def test_a_new_users_roles(
    companion: Companion,
    rules: dict[str, object],
    ends_with: list[str],
    caveats: set[tuple[str, str]],
) -> None:
    """If false, a new user has no role, or one that makes more of him than was allowed."""
    result = companion.carry_out(roles=rules)
    assert (result["roles"], codes(result)) == (ends_with, caveats)


def test_a_default_role_with_privileges_is_not_given(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, a site whose default role is wrong hands out administrators."""
    site.ask("update_option('default_role', 'administrator'); return 1;")
    assert companion.carry_out(roles=roles())["roles"] == []


def test_roles_that_may_be_given_by_default(companion: Companion, site: RunningWordPress) -> None:
    """If false, members and students cannot be given their role, or helpers of the site can."""
    site.ask(LMS)
    offered = {
        role["slug"]: role["may_be_given"] for role in companion.request("GET").json()["roles"]
    }
    assert {slug for slug, may in offered.items() if may} == GIVEABLE | {
        "gold",
        "customer",
        "student",
        "off",
    }


@pytest.mark.parametrize(
    "named",
    [
        "'gold, editor,boss,administrator,twin'",
        "['gold', 'editor', 'boss', 'administrator', 'twin']",
    ],
)
def test_the_sites_owner_names_the_roles(
    companion: Companion, site: RunningWordPress, named: str
) -> None:
    """If false, wp-config.php cannot narrow the list, or makes administrators after all."""
    site.ask(LMS)
    with site.mu_plugin("roles", f"define('KEAP_BRIDGE_ROLES', {named});"):
        offered = companion.request("GET").json()["roles"]
        refused = companion.carry_out(roles=roles("member_a"))
    assert {role["slug"] for role in offered if role["may_be_given"]} == {"gold", "editor"}
    assert codes(refused) == {("role_not_allowed", "member_a")}
    assert refused["roles"] == []  # the default role is not on the owner's list either


def test_a_role_off_the_owners_list_is_not_taken_away(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, the bridge touches roles that the owner has put out of its reach."""
    companion.insert(user_login="a", user_email=ADDRESS, role="member_a")
    with site.mu_plugin("roles", "define('KEAP_BRIDGE_ROLES', 'member_b');"):
        result = companion.carry_out(roles=roles("member_b"))
    assert sorted(result["roles"]) == ["member_a", "member_b"]


PRIVILEGED = [
    ("administrator", ""),
    ("editor", ""),
    ("user_sync", ""),
    ("keap_bridge", ""),
    ("subscriber", "manage_options"),
    ("subscriber", "edit_others_products"),
    ("", "promote_users"),
]


@ON_THE_OLDEST
@pytest.mark.parametrize(("role", "capability"), PRIVILEGED)
def test_privileged_users_keep_role_address_and_password(
    companion: Companion, site: RunningWordPress, role: str, capability: str
) -> None:
    """If false, whoever holds the bridge's key, or Keap, can take over the site."""
    known = companion.insert(
        user_login="boss", user_email=ADDRESS, role=role, user_pass="secret of the boss"
    )
    site.ask(
        "$user = get_userdata($args[0]); if ($args[1]) $user->add_cap($args[1]);"
        "update_user_meta($user->ID, '_keap_bridge_created_by', $args[2]); return 1;",
        str(known),
        capability,
        document()["delivery"],
    )
    result = companion.carry_out(
        fields={"first_name": "Ann", "user_email": "thief@site.example"},
        roles=roles("member_a"),
        meta={"city": "Phoenix"},
        fresh_password=True,
    )
    user = site.user(ADDRESS)
    assert (user["ID"], user["roles"]) == (known, [role] if role else [])
    assert (user["meta"]["first_name"], user["meta"]["city"]) == ("Ann", "Phoenix")
    assert codes(result) == {("privileged_user", "roles"), ("privileged_user", "user_email")}
    assert result["password"] == "kept"
    assert site.log_in("boss", "secret of the boss")


def test_a_capability_that_is_denied_is_no_privilege(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, members whom a plugin denies something are not kept up to date."""
    known = companion.insert(user_login="a", user_email=ADDRESS, role="member_a")
    site.ask("get_userdata($args[0])->add_cap('manage_options', false); return 1;", str(known))
    assert companion.carry_out(roles=roles("member_b"))["roles"] == ["member_b"]


@pytest.mark.parametrize("by", ["address", "id", "contact"])
def test_the_bridges_own_account_is_never_written(
    companion: Companion, site: RunningWordPress, by: str
) -> None:
    """If false, a contact with the service account's address changes that account."""
    own = site.service
    by_address = {"email": own.email}
    ways: dict[str, dict[str, Any]] = {
        "address": by_address,
        "id": {**by_address, "user_id": own.id},
        "contact": {},
    }
    if by == "contact":
        site.ask("update_user_meta($args[0], 'infusionsoft_contact_id', '1001');", str(own.id))
    error = companion.refusal(**ways[by])
    assert (error["code"], error["retry"]) == ("keap_bridge_own_account", False)
    assert site.user(own.email)["roles"] == ["keap_bridge"]
