"""What the companion's answers mean, and what a site without it cannot do, case by case."""

from pathlib import Path
from typing import Any

import pytest

from bridge.check import companion, core
from tests.bridge.check.examples import Said, assert_says, config_with
from wp_client.models import CompanionSite
from wp_client.site import Account

ROLES = [
    ("subscriber", "Subscriber", True),
    ("member_a", "Gold", True),
    ("editor", "Editor", False),
]


def site(**other: Any) -> CompanionSite:
    """A site where all is well, but for what is named."""
    said = {
        "companion": "0.1.0",
        "protocol": 1,
        "wordpress": "6.8.1",
        "php": "8.2.29",
        "multisite": False,
        "site": "https://members.site.org",
        "locks": True,
        "roles": [{"slug": s, "name": n, "may_be_given": given} for s, n, given in ROLES],
        "default_role": "subscriber",
        "account": {"id": 7, "privileged": False},
    }
    return CompanionSite.model_validate(said | other)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({}, []),
        ({"companion": "0.0.9"}, [("warning", "--zip")]),
        ({"companion": "0.10.0"}, [("warning", "update the bridge")]),
        ({"account": {"id": 7, "privileged": True}}, [("warning", "an account of its own")]),
        ({"locks": False}, [("warning", "GET_LOCK")]),
        (
            {"beside": ["wp-fusion-lite/wp-fusion-lite.php"]},
            [("warning", "WP Fusion Lite is active too")],
        ),
        (
            {"beside": ["wp-fusion/wp-fusion.php", "another/another.php"]},
            [("warning", "WP Fusion pushes"), ("warning", "another/another.php is active too")],
        ),
    ],
)
def test_what_a_companion_tells(tmp_path: Path, other: dict[str, Any], said: list[Said]) -> None:
    """Something that will hurt later would go unsaid."""
    found = companion.on_companion(site(**other), config_with(tmp_path), "0.1.0")

    assert_says(found, ("ok", "WordPress 6.8.1, PHP 8.2.29"), *said, ("ok", "subscriber"))


@pytest.mark.parametrize(
    ("allowed", "other", "said"),
    [
        (["subscriber", "member_a"], {}, [("ok", "subscriber, member_a")]),
        ([], {}, []),
        (["gold"], {}, [("problem", "Did you mean member_a?")]),
        (["subscribr"], {}, [("problem", "Did you mean subscriber?")]),
        (["vip"], {}, [("problem", "Roles there: subscriber, member_a.")]),
        (
            ["subscriber", "editor"],
            {},
            [("ok", "subscriber"), ("problem", "'KEAP_BRIDGE_ROLES', 'subscriber, editor' );")],
        ),
        ([], {"default_role": "editor"}, [("warning", "default role (editor)")]),
        ([], {"default_role": ""}, [("warning", "default role (none)")]),
    ],
)
def test_roles_are_held_against_the_sites(
    allowed: list[str], other: dict[str, Any], said: list[Said]
) -> None:
    """Posts would name a role that nobody ever gets."""
    assert_says(companion.on_roles(site(**other), allowed), *said)


def test_meta_that_is_not_kept_is_named() -> None:
    """A mapped field would never arrive, without a word."""
    found = companion.on_meta({"city": "ok", "tags": "ok", "secret": "refused", "odd": "lost"})

    assert_says(
        found,
        ("ok", "city, tags"),
        ("problem", "protects the user meta key secret"),
        ("problem", "key odd does not stay"),
    )


def test_every_meta_key_is_tried(tmp_path: Path) -> None:
    """A key would be left out of the round trip."""
    config = config_with(tmp_path, "fields: {first_name: FirstName, city: City, role: R}\n")
    none = config_with(tmp_path, "tags: {meta: null, contact_id_meta: contact}\n")

    assert companion.meta_keys(config) == ("city", "infusionsoft_tags", "infusionsoft_contact_id")
    assert companion.meta_keys(none) == ("contact",)


LOCKS = ("warning", "no locks")
MISSING = ("warning", "keap-bridge companion --zip")


@pytest.mark.parametrize(
    ("users", "said"),
    [
        ("{notify: never, roles: {allowed: []}}", []),
        ("{roles: {allowed: []}}", [("warning", "with a link to set a password")]),
        (
            "{notification: password, roles: {allowed: []}}",
            [("warning", "never with the password"), ("warning", "Password Changed")],
        ),
        (
            "{notify: never, return_password_to: _P, roles: {allowed: [gold]}}",
            [("warning", "Password Changed"), ("warning", "roles gold")],
        ),
    ],
)
def test_what_does_not_work_without_the_companion(
    tmp_path: Path, users: str, said: list[Said]
) -> None:
    """An owner would expect what WordPress's core cannot do, or be told what does not matter."""
    config = config_with(tmp_path, f"users: {users}\n")

    assert_says(core.without_companion(config), MISSING, LOCKS, *said)


def test_passwords_from_keap_need_the_companion(tmp_path: Path) -> None:
    """An owner would wait for changed passwords that never arrive."""
    config = config_with(
        tmp_path,
        "users: {notify: never, roles: {allowed: []}}\n"
        "passwords: {from_keap: true}\nfields: {user_pass: _P}\n",
    )

    said = ("warning", "passwords.from_keap")
    assert_says(core.without_companion(config), MISSING, LOCKS, said)


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ((), ("ok", "may list")),
        (("create_users", "promote_users"), ("problem", "create_users, promote_users")),
    ],
)
def test_what_the_account_may_do_over_core(missing: tuple[str, ...], said: Said) -> None:
    """The first Post would be held, and the check would have found nothing."""
    account = Account(7, "svc", ("bridge",), frozenset(), missing, frozenset())

    assert_says([core.on_account(account)], said)


def test_meta_that_core_drops_is_a_warning() -> None:
    """The rest of the bridge works without it, so that it is no problem; but it has to be said."""
    found = core.on_meta({"city": "ok", "infusionsoft_tags": "lost"})

    assert_says(found, ("ok", "city"), ("warning", "infusionsoft_tags"))
