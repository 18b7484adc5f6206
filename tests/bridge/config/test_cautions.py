"""What works but is probably not meant is said, and does not stop the bridge."""

from pathlib import Path

import pytest

from bridge.config import load
from tests.bridge.config.conftest import ENVIRON, SITE, LoadText

OPEN_FILE = "this secret stands in a file that others on this machine can read"


def test_a_good_file_gives_no_warning(load_text: LoadText) -> None:
    """Warnings that are always there are read by nobody."""
    text = f'{SITE}keap: {{token: "plain-token"}}\nfields: {{billing_email: Email, first_name: A}}'

    assert load_text(text).warnings == ()


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644])
def test_a_secret_in_a_file_for_everybody_is_warned_about(tmp_path: Path, mode: int) -> None:
    """Any account of the machine could read the secret."""
    file = tmp_path / "config.yaml"
    file.write_text(
        f'{SITE}server:\n  access_keys: [{{env: KEAP_BRIDGE_ACCESS_KEY}}, "d9c8b7a6f5e4d3c2"]'
    )
    file.chmod(mode)
    (warning,) = load(file, ENVIRON).warnings

    assert warning.said_of("config.yaml") == (
        f"config.yaml:3: server.access_keys[2]: {OPEN_FILE};"
        " chmod 600 config.yaml, or give {env: NAME}"
    )


def test_the_stores_password_in_a_file_for_everybody_is_warned_about(tmp_path: Path) -> None:
    """Any account of the machine could open the store's database."""
    file = tmp_path / "config.yaml"
    file.write_text(f"{SITE}server:\n  store: postgresql://bridge:h1dden-w0rd@db.internal/bridge\n")
    file.chmod(0o644)
    (warning,) = load(file, ENVIRON).warnings
    file.write_text(f"{SITE}server:\n  store: postgresql://bridge@db.internal/bridge\n")

    assert warning.said_of("c") == (
        f"c:3: server.store: {OPEN_FILE}; chmod 600 config.yaml, or set PGPASSWORD"
    )
    assert load(file, ENVIRON).warnings == ()


def test_a_secrets_own_file_for_everybody_is_warned_about(
    load_text: LoadText, tmp_path: Path
) -> None:
    """Any account of the machine could read the secret."""
    token = tmp_path / "token"
    token.write_text("token-from-file", encoding="ascii")
    text = f"{SITE}keap:\n  token: {{file: token}}\n"
    token.chmod(0o644)
    open_to_all = load_text(text).warnings
    token.chmod(0o600)

    assert [warning.said_of("c") for warning in open_to_all] == [
        "c:3: keap.token: others on this machine can read this secret's file; chmod 600 the file"
    ]
    assert load_text(text).warnings == ()


def test_a_key_from_wp_fusion_works_with_a_warning(load_text: LoadText) -> None:
    """A campaign that comes from WP Fusion could not keep its access key of eight characters."""
    loaded = load_text(f"{SITE}server:\n  access_keys:\n    - 18be3486\n")
    (warning,) = loaded.warnings

    assert loaded.config.server.access_keys[0].get_secret_value() == "18be3486"
    assert warning.said_of("c").startswith("c:4: server.access_keys[1]: this access key has fewer")
    assert "18be3486" not in repr(warning)


def test_a_login_password_is_warned_about(load_text: LoadText) -> None:
    """The most common slip would show only as WordPress's 401."""
    environ = ENVIRON | {"WP_APPLICATION_PASSWORD": "correct horse battery"}
    (warning,) = load_text(SITE, environ).warnings

    assert warning.path == "wordpress.application_password"
    assert "does not look like an application password" in warning.message
    assert "correct" not in repr(warning)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("firstname", "first_name"),
        ("First_Name", "first_name"),
        ("surname", "last_name"),
        ("last-name", "last_name"),
        ("user_mail", "user_email"),
        ("e-mail", "user_email"),
        ("displayname", "display_name"),
        ("website", "user_url"),
        ("descripton", "description"),
        ("password", "user_pass"),
        ("Username", "user_login"),
    ],
)
def test_a_slip_for_a_wordpress_field_is_warned_about(
    load_text: LoadText, name: str, meant: str
) -> None:
    """A name would go into a meta key that nothing shows."""
    warnings = load_text(f"{SITE}fields:\n  {name}: FirstName\n").warnings

    assert [warning.said_of("c") for warning in warnings] == [
        f"c:3: fields.{name}: this is written as user meta; did you mean {meant}?"
    ]


def test_passwords_that_no_line_brings_are_warned_about(load_text: LoadText) -> None:
    """An owner would believe that Keap's passwords arrive."""
    asked = f"{SITE}passwords: {{from_keap: true}}\n"
    line = "fields: {user_pass: _Password, user_email: Email}\n"

    (warning,) = load_text(asked).warnings

    assert warning.said_of("c").startswith("c:2: passwords.from_keap: no line under fields: says")
    assert load_text(asked + line).warnings == ()


def test_a_store_for_everybody_is_warned_about(load_text: LoadText, tmp_path: Path) -> None:
    """A store that an earlier version made, or a copy, would stay open to every account."""
    store = tmp_path / "bridge.db"
    store.touch(0o644)
    text = f"{SITE}server:\n  store: sqlite:///bridge.db\n"

    (warning,) = load_text(text).warnings

    assert warning.said_of("c") == (
        "c:3: server.store: others on this machine can read the store: the contacts' ids, and what"
        " was done; chmod 600 bridge.db*"
    )
    store.chmod(0o600)
    assert load_text(text).warnings == ()


@pytest.mark.parametrize(
    ("key", "written", "hint"),
    [
        ("billing_country", "Country", "{from: Country, as: country_alpha2}"),
        ("shipping_country", "{from: Country2}", "{from: Country2, as: country_alpha2}"),
        ("billing_state", "State", "{from: State, as: region_code}"),
        ("shipping_state", "_Region", "{from: _Region, as: region_code}"),
    ],
)
def test_codes_of_woocommerce_are_asked_for(
    load_text: LoadText, key: str, written: str, hint: str
) -> None:
    """The shop would show no country, and reckon no tax."""
    (warning,) = load_text(f"{SITE}fields: {{{key}: {written}}}\n").warnings

    assert (warning.path, warning.hint) == (f"fields.{key}", f"write {hint}")


@pytest.mark.parametrize(
    "line",
    [
        "billing_country: {from: Country, as: country_alpha2}",
        "billing_country: {value: US}",
        "billing_state: {from: State, as: region_code}",
        "billing_state: {from: _Code, as: text}",
        "country: Country",
        "billing_city: City",
    ],
)
def test_what_woocommerce_can_read_is_not_mentioned(load_text: LoadText, line: str) -> None:
    """An owner would be warned of what is right, or was meant."""
    assert load_text(f"{SITE}fields: {{{line}}}\n").warnings == ()
