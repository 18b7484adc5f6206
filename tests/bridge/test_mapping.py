"""From a contact to the fields, the meta and the document of its user."""

import pytest

from bridge.config import Config, FieldSource
from bridge.delivery import Caveat
from bridge.intent import Intent
from bridge.mapping import Values, needs_model, resolve_mapping, values_of
from bridge.plan import plan_for, with_notification, without_password
from keap_client.contact import Contact
from keap_client.model import ContactModel
from wp_client.document import RoleRules, UserDocument

MODEL = ContactModel.model_validate(
    {
        "custom_fields": [
            {"id": "6", "label": "Shoe size"},
            {"id": "7", "label": "Motto"},
            {"id": "8", "label": "Motto!"},
        ]
    }
)
ANN = Contact.model_validate(
    {
        "id": "1001",
        "given_name": "Ann",
        "family_name": "Lee",
        "email_addresses": [
            {"field": "EMAIL2", "email": "work@example.com"},
            {"field": "EMAIL1", "email": "ann@example.com"},
        ],
        "custom_fields": [{"id": "6", "content": 39}],
        "tag_ids": ["91", "93"],
    }
)
ADD = Intent("add", (), notify=True)


def rules(**fields: str | dict[str, str]) -> dict[str, FieldSource]:
    """Write lines of ``fields:``."""
    return {target: FieldSource.model_validate(source) for target, source in fields.items()}


def config(**sections: object) -> Config:
    """Make a configuration with everything else at its default."""
    secrets = {
        "server": {"access_keys": ["f3a9c1d27b5e4086"]},
        "keap": {"token": "KeapAK-0123456789abcdef"},
        "wordpress": {"url": "https://site.test", "application_password": "a" * 24},
    }
    return Config.model_validate(secrets | sections)


def document(intent: Intent = ADD, settings: Config | None = None) -> UserDocument:
    """Plan for Ann."""
    settings = settings or config()
    mapping = resolve_mapping(settings.fields, MODEL)
    return plan_for(
        ANN, intent, settings, mapping, delivery="01K", user_id=7, password="p" * 24
    ).document


def test_fields_and_meta_are_told_apart() -> None:
    """WordPress's own fields would be written as meta, or meta be taken for a field."""
    mapping = resolve_mapping(rules(first_name="FirstName", shoe_size="_Shoesize"), MODEL)

    assert values_of(ANN, mapping) == Values({"first_name": "Ann"}, {"shoe_size": "39"})


def test_an_empty_field_is_kept_or_cleared_as_its_line_says() -> None:
    """An empty field in Keap would erase what WordPress has, or could never do so."""
    clear = {"from": "MiddleName", "when_empty": "clear"}
    mapping = resolve_mapping(
        rules(nickname="MiddleName", description=clear, middle=clear, old="MiddleName"), MODEL
    )

    assert values_of(ANN, mapping) == Values({"description": ""}, {"middle": None})


def test_an_address_is_never_cleared() -> None:
    """A contact whose address was taken out in Keap would lock its user out."""
    mapping = resolve_mapping(rules(user_email={"from": "Email", "when_empty": "clear"}), MODEL)

    assert values_of(Contact(id="7"), mapping).fields == {}


def test_a_line_that_leads_nowhere_is_skipped_and_said() -> None:
    """One renamed field in Keap would stop every Post."""
    mapping = resolve_mapping(rules(a="No such", b="Motto", c="_Motto", d="FirstName"), MODEL)

    assert mapping.caveats == (
        Caveat("keap_field_unknown", "No such"),
        Caveat("keap_field_ambiguous", "_Motto"),
    )
    assert [mapped.target for mapped in mapping.fields] == ["b", "d"]


def test_only_what_is_mapped_is_asked_for() -> None:
    """Keap would send, and the bridge read, more about people than it needs."""
    mapping = resolve_mapping(rules(shoe_size="6"), MODEL)

    assert set(mapping.properties) == {
        *("id", "given_name", "family_name", "email_addresses", "custom_fields", "tag_ids"),
    }


def test_the_model_is_read_only_for_custom_fields() -> None:
    """Every start would cost the slowest of Keap's answers."""
    assert not needs_model(rules(first_name="FirstName", city="City"))
    assert needs_model(rules(first_name="FirstName", shoe_size="_Shoesize"))


def test_an_add_asks_for_everything() -> None:
    """A new user would lack fields, tags or their address."""
    asked = document(Intent("add", ("gold",), notify=True))

    assert asked.email == "ann@example.com"
    assert asked.fields == {
        "first_name": "Ann",
        "last_name": "Lee",
        "user_email": "ann@example.com",
    }
    assert asked.meta == {"infusionsoft_tags": ("91", "93")}
    assert asked.roles == RoleRules(("gold",), ("subscriber",), "replace")
    assert asked.notification == "link"
    assert asked.new_user
    assert asked.new_user.logins[0] == "ann@example.com"
    assert asked.new_user.display_name == "Ann Lee"


@pytest.mark.parametrize("action", ["update", "update_tags"])
def test_an_update_creates_and_mails_nobody(action: str) -> None:
    """An update would make users."""
    asked = document(Intent(action, ("gold",), notify=True))  # type: ignore[arg-type]  # parametrize gives a text

    assert asked.new_user is None
    assert asked.notification == "none"
    assert bool(asked.fields) == bool(asked.roles.give) == (action == "update")
    assert asked.meta == {"infusionsoft_tags": ("91", "93")}


def test_a_mail_waits_for_the_password_in_keap() -> None:
    """A mail that has left could no longer be made right, if Keap then fails."""
    asked = document(settings=config(users={"return_password_to": "Motto"}))

    assert asked.notification == "later"
    assert asked.fresh_password
    assert with_notification(asked, "link").notification == "link"


@pytest.mark.parametrize(
    ("users", "fresh"),
    [
        ({}, False),
        ({"notification": "password"}, True),
        ({"notification": "password", "notify": "never"}, False),
        ({"return_password_to": "Motto"}, True),
    ],
)
def test_a_password_is_renewed_only_where_somebody_is_told(
    users: dict[str, str],
    fresh: bool,  # noqa: FBT001 - pytest hands it over
) -> None:
    """A retry would spend WordPress's time, or nobody would know the password in the mail."""
    assert document(settings=config(users=users)).fresh_password is fresh


def test_a_returned_password_stays() -> None:
    """The password in Keap would no longer open the account."""
    asked = without_password(document())

    assert (asked.new_user, asked.fresh_password) == (None, False)


def test_tags_can_be_left_out() -> None:
    """``tags.meta: null`` would write tags all the same."""
    assert document(settings=config(tags={"meta": None})).meta == {}


def test_a_mapped_address_identifies_the_user() -> None:
    """The user would be found by one address, and have another one."""
    fields = {"user_email": "EmailAddress2"}

    assert document(settings=config(fields=fields)).email == "work@example.com"
