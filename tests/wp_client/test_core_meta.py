"""User meta over core's REST API, which keeps only what is registered."""

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.carrying import Carrier
from tests.wp_client.documents import ANN, ann, bob, codes
from wp_client import by_core

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
        "meta:city": ("Ünna \\ 'x'", None),
        "meta:infusionsoft_tags": ("91, 93", None),
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


async def test_meta_that_core_keeps_is_known_without_writing(
    wordpress_without_companion: RunningWordPress, to_core: Carrier
) -> None:
    """The check would praise fields that are lost."""
    with wordpress_without_companion.mu_plugin("meta", META):
        told = await to_core.send(by_core.meta_round_trip(["city", "unknown"]))

    assert told == {"city": "ok", "unknown": "lost"}
