"""Fields and meta that are written only under a condition, whichever way, on the real WordPress."""

from dataclasses import replace
from types import ModuleType

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.carrying import Carrier
from tests.wp_client.documents import FRIEND, ann, bob
from tests.wp_client.test_core_meta import META
from wp_client.document import Conditions, UserDocument

EACH = Conditions(
    only_on_create=("first_name", "city"),
    only_on_update=("last_name", "level"),
    only_if_empty=("description", "stage"),
)
REGISTERED = META + (
    "register_meta('user', 'stage',"
    " ['type' => 'string', 'single' => true, 'show_in_rest' => true]);"
)
KEYS = ("first_name", "city", "last_name", "level", "description", "stage")


def wanted(value: str, document: UserDocument) -> UserDocument:
    """Give the document in which every field and meta key of :data:`KEYS` has this value."""
    return replace(
        document,
        fields=dict.fromkeys(KEYS[::2], value) | {"nickname": "Nick"},
        meta=dict.fromkeys(KEYS[1::2], value),
        conditions=EACH,
    )


def values(wordpress: RunningWordPress, email: str) -> dict[str, str]:
    """Give what a user has of :data:`KEYS`, where it is not empty."""
    meta = wordpress.user(email)["meta"]
    return {key: meta[key] for key in KEYS if meta.get(key)}


async def test_a_new_user_gets_what_is_for_new_users(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """A field for new users would stay empty, or one for later would come at once."""
    with wordpress.mu_plugin("meta", REGISTERED):
        foreseen = await to_wordpress.converse(way.dry_run(wanted("A", ann())))
        result = await to_wordpress.converse(way.carry_out(wanted("A", ann())))
        has = values(wordpress, "ann+lee@site.example")

    assert has == dict.fromkeys(("first_name", "city", "description", "stage"), "A")
    told = [
        {c.name: c.after for c in each.changes if c.after == "A"} for each in (foreseen, result)
    ]
    assert told[0] == told[1]
    assert {name.removeprefix("meta:") for name in told[0]} == set(has)


async def test_a_user_who_exists_gets_what_is_for_them(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """What a member wrote about themselves would be overwritten, or an update never come."""
    with wordpress.mu_plugin("meta", REGISTERED):
        wordpress.ask(FRIEND, "bob", "bob@site.example", "member_b")
        first = await to_wordpress.converse(way.carry_out(wanted("A", bob(new_user=None))))
        then = wanted("B", bob(new_user=None, delivery="01JD0000000000000000000TWO"))
        foreseen = await to_wordpress.converse(way.dry_run(then))
        second = await to_wordpress.converse(way.carry_out(then))
        has = values(wordpress, "bob@site.example")

    assert (first.state, second.state) == ("updated", "updated")
    assert has == {"last_name": "B", "level": "B", "description": "A", "stage": "A"}
    assert foreseen.changes == second.changes


async def test_an_attempt_after_the_creation_fills_up_and_overwrites_nothing(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """What an attempt cut short left out would be lost; a resend would undo a member's change."""
    with wordpress.mu_plugin("meta", REGISTERED):
        unfinished = replace(wanted("A", ann()), meta={})
        await to_wordpress.converse(way.carry_out(unfinished))
        await to_wordpress.converse(way.carry_out(wanted("B", ann())))
        has = values(wordpress, "ann+lee@site.example")
        again = await to_wordpress.converse(way.carry_out(wanted("C", ann())))

    assert has == {"first_name": "A", "city": "B", "description": "A", "stage": "B"}
    assert again.state == "unchanged"


async def test_a_zero_is_something(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """A "no" that somebody chose in WordPress would be taken for no choice."""
    with wordpress.mu_plugin("meta", REGISTERED):
        wordpress.ask(FRIEND, "bob", "bob@site.example", "member_b")
        for value in ("0", "1"):
            await to_wordpress.converse(way.carry_out(wanted(value, bob(new_user=None))))
        has = values(wordpress, "bob@site.example")

    assert has["stage"] == "0"
