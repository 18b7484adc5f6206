"""From a contact to the user name, password, author address and roles that ``fields:`` maps."""

from typing import Any

import pytest

from bridge.config import Config
from bridge.delivery import Caveat
from bridge.intent import Intent
from bridge.mapping import resolve_mapping
from bridge.plan import Plan, plan_for
from bridge.special_targets import SpecialValues, special_values, without_special
from keap_client.contacts import Contact
from keap_client.model import ContactModel
from tests.bridge.test_mapping import config
from wp_client.document import Change, UserResult, UserState

PASSWORD = "blue Kettle 7 & more"
MODEL = ContactModel.model_validate(
    {
        "custom_fields": [
            {"id": "6", "label": "User"},
            {"id": "7", "label": "Password"},
            {"id": "8", "label": "Author"},
            {"id": "9", "label": "Role"},
        ]
    }
)
FIELDS = {
    "user_email": "Email",
    "user_login": "_User",
    "user_pass": "_Password",
    "user_nicename": "_Author",
    "role": "_Role",
}
GOLD = {"allowed": ["gold", "silver"]}
ADD = Intent("add", (), notify=True)


def settings(**users: Any) -> Config:
    """A configuration that maps all of them."""
    users = {"roles": GOLD, **users}
    return config(fields=FIELDS, passwords={"from_keap": "true"}, users=users)


def ann(**custom: Any) -> Contact:
    """Ann, with these contents of her custom fields by their ids, as in ``f6="ann"``."""
    return Contact.model_validate(
        {
            "id": "1001",
            "given_name": "Ann",
            "email_addresses": [{"field": "EMAIL1", "email": "ann@example.com"}],
            "custom_fields": [{"id": key[1:], "content": text} for key, text in custom.items()],
        }
    )


def plan(contact: Contact, intent: Intent = ADD, given: Config | None = None) -> Plan:
    """Plan for a contact."""
    given = given or settings()
    mapping = resolve_mapping(given.fields, MODEL)
    return plan_for(
        contact, intent, given, mapping, delivery="01K", user_id=None, password="p" * 24
    )


@pytest.mark.parametrize(
    ("custom", "values"),
    [
        ({}, SpecialValues()),
        ({"f6": " queen ann "}, SpecialValues(login="queen ann")),
        ({"f7": f" {PASSWORD} "}, SpecialValues(password=PASSWORD)),
        ({"f8": "Dr. Änn Lee / Köln_1!"}, SpecialValues(nicename="dr-ann-lee-koln_1")),
        ({"f8": "王" * 60}, SpecialValues(nicename="wang" * 12 + "wa")),
        ({"f9": "gold, Silver member ,gold\nsubscriber"}, None),
        ({"f9": ["gold", "silver"]}, SpecialValues(roles=("gold", "silver"))),
        ({"f7": "two\nlines"}, SpecialValues(caveats=(Caveat("field_refused", "user_pass"),))),
        ({"f7": "x" * 2001}, SpecialValues(caveats=(Caveat("field_refused", "user_pass"),))),
        ({"f7": "\ud800"}, SpecialValues(caveats=(Caveat("field_refused", "user_pass"),))),
    ],
)
def test_what_a_contact_has_for_the_special_targets(
    custom: dict[str, Any], values: SpecialValues | None
) -> None:
    """A user would get an odd name or role; or a password that nobody can type."""
    mapping = resolve_mapping(settings().fields, MODEL)
    expected = values or SpecialValues(roles=("gold", "Silver member", "subscriber"))

    assert special_values(ann(**custom), mapping) == expected


def test_special_lines_are_not_copied_as_meta() -> None:
    """The password would stand in the open, in a user meta row called user_pass."""
    mapping = resolve_mapping(settings().fields, MODEL)
    document = plan(ann(f6="u", f7=PASSWORD, f8="a", f9="gold")).document

    assert [line.target for line in without_special(mapping).fields] == ["user_email"]
    assert document.fields == {"user_email": "ann@example.com", "user_nicename": "a"}
    assert document.meta == {"infusionsoft_tags": ()}


def test_a_password_shows_in_no_representation() -> None:
    """A log line, or an error's report, would give it away."""
    contact = ann(f7=PASSWORD)
    planned = plan(contact)
    values = special_values(contact, resolve_mapping(settings().fields, MODEL))

    assert planned.document.password == values.password == PASSWORD
    assert "Kettle" not in f"{planned!r}{values!r}"


def test_a_password_from_keap_takes_the_place_of_the_generated_one() -> None:
    """It would be written back to Keap, or renewed by the next attempt."""
    given = settings(return_password_to="Notes", notification="password")
    theirs, none = plan(ann(f7=PASSWORD), given=given), plan(ann(), given=given)

    assert (theirs.return_password, theirs.document.fresh_password) == (False, False)
    assert theirs.document.notification == "password"  # nothing goes to Keap: nothing to wait for
    assert (none.return_password, none.document.fresh_password) == (True, True)
    assert none.document.password is None


@pytest.mark.parametrize(
    ("intent", "give", "nicename", "password"),
    [
        (ADD, ("gold",), True, PASSWORD),
        (Intent("update", (), notify=False), ("gold",), True, PASSWORD),
        (Intent("add", ("silver",), notify=False), ("silver",), True, PASSWORD),
        (Intent("update_tags", (), notify=False), (), False, None),
    ],
)
def test_which_posts_bring_what(
    intent: Intent,
    give: tuple[str, ...],
    nicename: bool,  # noqa: FBT001 - pytest hands it over
    password: str | None,
) -> None:
    """A Post for tags would change a password or role, or the field outvote the Post's role."""
    document = plan(ann(f7=PASSWORD, f8="ann", f9="gold"), intent).document

    assert document.roles.give == give
    assert document.roles.among == ("gold", "silver")
    assert ("user_nicename" in document.fields) is nicename
    assert document.password == password


def test_a_role_that_is_not_one_fills_no_caveat() -> None:
    """A text in the wrong field would be copied into every log line."""
    assert plan(ann(f9="x" * 500)).document.roles.give == ("x" * 60,)


def test_user_names_follow_the_configuration() -> None:
    """``users.username`` and ``user_login`` would not reach WordPress."""
    document = plan(ann(f6="queen"), given=settings(username="first_number")).document

    assert document.new_user
    assert document.new_user.logins == ("queen", "ann1001")


@pytest.mark.parametrize(
    ("state", "login", "said"),
    [
        ("created", "queen", ()),
        ("created", "ann1001", (Caveat("user_login_replaced"),)),
        ("updated", None, ()),
    ],
)
def test_a_user_name_that_was_not_to_be_had_is_said_once(
    state: UserState, login: str | None, said: tuple[Caveat, ...]
) -> None:
    """People would be told a user name that is not theirs; or be warned with every Post."""
    changes = (Change("user_login", None, login),) if login else ()

    assert plan(ann(f6="queen")).caveats_of(UserResult(state, changes=changes)) == said
