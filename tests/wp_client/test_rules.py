"""The pure parts of working without the companion: names, roles, rights, differences."""

import re
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wp_client
from tests.wp_client.documents import ANN, ann
from wp_client.capabilities import PRIVILEGED, is_privileged
from wp_client.differences import is_made_by, nicename, wanted_fields
from wp_client.document import Caveat, RoleRules
from wp_client.logins import LONGEST, candidates, is_legal
from wp_client.lost_password import ask_for_mail
from wp_client.models import WordPressUser
from wp_client.roles import planned_roles

COMPANION = Path(wp_client.__file__).parent / "companion/keap-bridge.php"


def test_both_ways_protect_the_same_rights() -> None:
    """A user whom the companion protects would lose the account where there is none."""
    php = COMPANION.read_text("utf-8")
    lists = re.findall(r"const (?:PRIVILEGED|ADMINISTRATOR_LIKE) = array\((.*?)\);", php, re.DOTALL)
    named = {name for part in lists for name in re.findall(r"'(\w+)'", part)}

    assert len(lists) == 2
    assert named | {"keap_bridge_sync_users"} == PRIVILEGED
    starts = re.search(r"const PRIVILEGED_START = '/\^(.*)/';", php)
    assert starts
    for start in ("edit_others_things", "manage_network_users", "delete_sites", "read", "editor"):
        assert bool(re.match(starts[1], start)) == is_privileged([start])


@pytest.mark.parametrize(
    ("login", "legal"),
    [
        ("ann@example.com", True),
        ("Ann Lee", True),
        ("a_b-c.d", True),
        ("x" * 60, True),
        ("x" * 61, False),
        ("ann+lee@example.com", False),
        ("lée", False),
        ("Анна", False),
        ("a<b", False),
        (" ann", False),
        ("ann  lee", False),
        ("ann\n", False),
        ("", False),
    ],
)
def test_illegal_user_names_are_known_beforehand(login: str, legal: bool) -> None:  # noqa: FBT001 - a table
    """Each would cost a request that WordPress refuses, or break off."""
    assert is_legal(login) is legal


@given(st.lists(st.text(max_size=70), max_size=4))
def test_every_candidate_is_legal_and_comes_once(logins: list[str]) -> None:
    """A variant of a long name would be too long, or the same again."""
    found = list(candidates(logins))

    assert all(is_legal(login) for login in found)
    variants = found[len([login for login in logins if is_legal(login)]) :]
    assert len({*variants}) == len(variants)


def test_variants_are_cut_to_fit() -> None:
    """The number would be cut off, and the name be taken again."""
    assert list(islice(candidates(["x" * LONGEST]), 3))[1:] == ["x" * 58 + "-2", "x" * 58 + "-3"]


ROLES = st.lists(st.sampled_from(["administrator", "a", "b", "c", "d"]), max_size=4).map(tuple)


@given(
    give=ROLES,
    among=ROLES,
    now=ROLES,
    mode=st.sampled_from(["replace", "add", "keep"]),
    own=st.booleans(),
)
def test_roles_move_only_inside_the_allow_list(
    give: tuple[str, ...], among: tuple[str, ...], now: tuple[str, ...], mode: str, *, own: bool
) -> None:
    """A Post could make an administrator, or take a role that is not the bridge's."""
    rules = RoleRules(give, among, mode)  # type: ignore[arg-type]
    target = set(planned_roles(rules, now, own=own).target)

    assert (target ^ {*now}) <= {*among} - {"administrator"}
    assert not now or target  # nobody is left without a role


def test_a_role_outside_the_allow_list_is_told() -> None:
    """Nobody would learn why somebody did not get a role."""
    plan = planned_roles(RoleRules(("gold", "gold"), ("silver",)), (), own=True)

    assert plan.caveats == (Caveat("role_not_allowed", "gold"),)


def user(**different: object) -> WordPressUser:
    """A user as WordPress shows them."""
    texts = dict.fromkeys(WordPressUser.model_fields, "")
    other = {"id": 5, "roles": [], "capabilities": [], "meta": []}
    return WordPressUser.model_validate(texts | other | different)


@given(st.text(max_size=80), st.text(min_size=1, max_size=30))
def test_a_delivery_knows_its_nicename(spoken: str, delivery: str) -> None:
    """An attempt cut short would not be recognised, and a second user be made."""
    assert ANN.new_user
    document = ann(delivery=delivery, new_user=replace(ANN.new_user, nicename=spoken))
    name = nicename(document)

    assert len(name) <= 50
    assert re.fullmatch(r"[a-z0-9]+(-+[a-z0-9]+)*", name)
    assert is_made_by(user(slug=name), document)
    assert not is_made_by(user(slug=name), ann(delivery=f"{delivery}x"))


def test_php_writes_empty_objects_as_lists() -> None:
    """A user without capabilities would be an answer of another shape."""
    assert user().capabilities == {}
    assert user().meta == {}


def test_the_log_in_page_never_sees_our_password() -> None:
    """A plugin that notes who signs in there would note it."""
    assert not ask_for_mail("ann@site.example", 5).signed


def test_an_address_that_would_crash_wordpress_is_left_out() -> None:
    """Over REST 101 characters end in a fatal error, with the rest undone."""
    fields, caveats = wanted_fields(ann(fields={"user_email": f"{'a' * 92}@a.example"}))

    assert fields == {}
    assert caveats == [Caveat("bad_email")]
