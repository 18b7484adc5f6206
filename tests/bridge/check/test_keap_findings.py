"""What Keap's answers mean, case by case."""

from pathlib import Path

import pytest

from bridge.check import keap
from keap_client.account import Account
from keap_client.errors import (
    KeapBroken,
    KeapError,
    KeapMisaddressed,
    KeapRedirected,
    KeapRefused,
    KeapThrottled,
    KeapUnreachable,
)
from keap_client.model import ContactModel, CustomField
from keap_client.quota import Allowance, Quota
from tests.bridge.check.examples import Said, assert_says, config_with

MODEL = ContactModel(
    custom_fields=(
        CustomField(id="7", label="Region of sale", field_type="TEXT"),
        CustomField(id="8", label="Region of sale", field_type="TEXT"),
        CustomField(id="9", label="WP Password", field_type="TEXT"),
        CustomField(id="10", label="Member since", field_type="DATE"),
    )
)


def calls(unit: str, limit: int | None, available: int | None) -> Allowance:
    """So many calls left of so many."""
    return Allowance(limit=limit, used=None, available=available, interval=1, unit=unit)


def quota(
    day: Allowance | None = None, minute: Allowance | None = None, *tenant: Allowance
) -> Quota:
    """What one answer's headers told."""
    return Quota(day=day, minute=minute, tenant=tenant, day_ends_at=None)


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (None, []),
        (quota(), []),
        (quota(calls("day", 0, 0)), []),
        (quota(calls("day", 30_000, None)), []),
        (
            quota(calls("day", 30_000, 29_998), calls("minute", 240, 238)),
            [
                ("ok", "29,998 of the token's 30,000 calls are left today"),
                ("ok", "238 of the token's 240 calls are left this minute"),
            ],
        ),
        (quota(calls("day", 1000, 200)), [("ok", "200")]),
        (quota(calls("day", 1000, 199)), [("warning", "midnight UTC")]),
        (quota(None, calls("minute", 240, 0)), [("warning", "within a minute")]),
        (quota(None, None, calls("day", 250_000, 240_000)), []),
        (quota(None, None, calls("day", 250_000, 10)), [("warning", "whole Keap app's")]),
        (
            quota(None, calls("minute", 60, 60)),
            [("ok", "60"), ("warning", "keap.calls_per_minute: 50")],
        ),
    ],
)
def test_what_is_left_of_the_calls(left: Quota | None, said: list[Said]) -> None:
    """An owner would learn that the calls are used up when nothing works any more."""
    assert_says(keap.on_quota(left, 200), *said)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("first_name: FirstName\n  country: '7'", [("ok", "(2)")]),
        ("first_name: FirstNam", [("problem", "Did you mean FirstName")]),
        (
            "land: Region of sale\n  city: Cityy",
            [("problem", '7 ("Region of sale")'), ("problem", "City")],
        ),
    ],
)
def test_fields_are_held_against_keaps(tmp_path: Path, fields: str, said: list[Said]) -> None:
    """A misspelt field would stay empty for every user."""
    config = config_with(tmp_path, f"fields:\n  {fields}\n")

    assert_says(keap.on_fields(MODEL, config), *said)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("_WPPassword", ("ok", "_WPPassword")),
        ("Member since", ("problem", "type DATE")),
        ("Region of sale", ("problem", '8 ("Region of sale")')),
        ("_Pass", ("problem", "no user is created")),
    ],
)
def test_the_field_for_the_password(tmp_path: Path, name: str, said: Said) -> None:
    """Every delivery would be held, and the check would have found nothing."""
    config = config_with(tmp_path, f"users: {{return_password_to: {name}}}\n")

    assert_says(keap.on_fields(MODEL, config), ("ok", "fields"), said)


def test_the_fields_that_learn_of_a_new_user(tmp_path: Path) -> None:
    """Every delivery would be held, and the check would have found nothing."""
    text = "users: {return_to_keap: {login: _WPPassword, id: _Nothing}}\n"
    config = config_with(tmp_path, text)

    assert_says(
        keap.on_fields(MODEL, config),
        ("ok", "fields"),
        ("ok", "_WPPassword can take the name"),
        ("problem", "users.return_to_keap.id: "),
    )


@pytest.mark.parametrize(
    ("error", "words", "out_of_reach"),
    [
        (KeapUnreachable("its host name could not be looked up"), "looked up", True),
        (KeapMisaddressed(404), "Check the configured URL", True),
        (KeapBroken(502), "HTTP 502", True),
        (KeapRefused(401), "keap.token_header", False),
        (KeapRedirected(302, "https://a.example"), "https://a.example", False),
        (KeapThrottled(5, None), "wait 5 seconds", False),
    ],
)
def test_trouble_is_said_with_its_kind(error: KeapError, words: str, out_of_reach: bool) -> None:  # noqa: FBT001 - a column of the table
    """The exit code, or the advice, would be that of another trouble."""
    finding = keap.on_error(error)

    assert_says([finding], ("problem", words))
    assert finding.out_of_reach == out_of_reach


@pytest.mark.parametrize(("app", "words"), [("ab103", "works (app ab103)"), (None, "works")])
def test_the_token_works(app: str | None, words: str) -> None:
    """An owner of two Keap apps would not see which one the token opens."""
    finding = keap.on_account(Account(id="1", email="owner@example.com", tenant_id=app))

    assert finding.sentence.endswith(words)
    assert "owner" not in finding.sentence
