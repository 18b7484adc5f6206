"""What tags mean for a user: pure rules, held for any tags."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.config import Tags
from bridge.intent import Intent
from bridge.mapping import resolve_mapping
from bridge.plan import plan_for
from bridge.tagging import NO_NEWS, TagNews, meta_of, roles_of
from keap_client.contacts import Contact
from keap_client.model import ContactModel
from keap_client.tags import TagList
from tests.bridge.test_mapping import config
from wp_client.document import RoleRules
from wp_client.roles import planned_roles

KNOWN = TagList(
    {"91": "Gold", "93": "Silver", "95": "91", "97": "Twin", "99": "Twin", "11": "gold"}
)
ROLES = st.sampled_from(["subscriber", "gold", "silver", "editor", "administrator"])
SOME = st.lists(ROLES, unique=True, max_size=4).map(tuple)


def test_a_tag_is_found_by_id_then_name_then_name_in_another_case() -> None:
    """Another tag than the one that is meant would give a role."""
    assert KNOWN.meant_by("91") == ("91",)
    assert KNOWN.meant_by("Gold") == ("91",)
    assert KNOWN.meant_by("gold") == ("11",)
    assert KNOWN.meant_by("GOLD") == ("91", "11")
    assert KNOWN.meant_by("Twin") == ("97", "99")
    assert KNOWN.meant_by("None such") == ()


def test_what_is_not_certain_is_neither_given_nor_taken() -> None:
    """A tag that is renamed in Keap would take a role away from everybody."""
    rules = {"Gold": "a", "Silver": "b", "Lost": "c", "Twin": "d", "Gone": "a"}
    found = roles_of(rules, {"91"}, KNOWN)

    assert (found.give, found.take, found.unsure) == (("a",), ("b",), ("c", "d"))
    assert [(each.code, each.subject) for each in found.caveats] == [
        ("tag_unknown", "Lost"),
        ("tag_ambiguous", "Twin"),
        ("tag_unknown", "Gone"),
    ]


@given(
    rules=st.dictionaries(st.sampled_from([*KNOWN.names.values(), "x", "y"]), ROLES),
    held=st.sets(st.sampled_from([*KNOWN.names])),
)
def test_every_role_has_one_fate(rules: dict[str, str], held: set[str]) -> None:
    """A role would be given and taken at once, and come and go with every Post."""
    found = roles_of(rules, held, KNOWN)

    assert sorted([*found.give, *found.take, *found.unsure]) == sorted({*rules.values()})


def test_names_and_times_have_the_order_of_the_ids() -> None:
    """A name would stand beside another tag's id."""
    tags = Tags(meta="t", names=True, dates=True)
    news = TagNews(KNOWN, {"93": "2026-03-01T12:00:00Z"})

    assert meta_of(tags, ("93", "5"), news) == {
        "t": ("93", "5"),
        "t_names": ("Silver", "5"),
        "t_dates": ("2026-03-01T12:00:00Z", ""),
    }
    assert meta_of(Tags(meta=None), ("93",), NO_NEWS) == {}


def test_a_role_that_nobody_is_certain_of_is_out_of_reach_unless_the_post_names_it() -> None:
    """``replace`` would throw out a role whose tag could not be found."""
    settings = config(
        users={"roles": {"allowed": ["subscriber", "gold", "silver"]}},
        tags={"roles": {"Lost": "gold", "Gone": "silver", "Silver": "subscriber"}},
    )
    plan = plan_for(
        Contact(id="7", tag_ids=("93",)),
        Intent("update", ("silver",), notify=False),
        settings,
        resolve_mapping({}, ContactModel(custom_fields=())),
        delivery="01K",
        user_id=7,
        password="p" * 24,
        tags=TagNews(KNOWN),
    )

    assert plan.document.roles == RoleRules(
        give=("silver",), among=("subscriber", "silver"), mode="replace", add=("subscriber",)
    )
    assert {each.code for each in plan.caveats} == {"tag_unknown"}


@given(
    give=SOME,
    among=SOME,
    add=SOME,
    take=SOME,
    now=SOME,
    mode=st.sampled_from(["replace", "add", "keep"]),
    own=st.booleans(),
)
def test_nobody_rises_or_is_left_without_a_role_by_a_tag(
    give: tuple[str, ...],
    among: tuple[str, ...],
    add: tuple[str, ...],
    take: tuple[str, ...],
    now: tuple[str, ...],
    mode: str,
    *,
    own: bool,
) -> None:
    """A tag in Keap would give or take what the configuration does not allow."""
    take = tuple(role for role in take if role not in add)
    rules = RoleRules(give, among, mode, add, take)  # type: ignore[arg-type]
    plan = planned_roles(rules, now, own=own)
    target = set(plan.target)
    reach = {*among} - {"administrator"}

    assert target - {*now} <= reach
    assert {*now} - target <= reach
    assert {*add} & reach <= target
    assert target or not now
    assert not {*take} & target & reach or (target <= {*now} and len(target) == 1)
