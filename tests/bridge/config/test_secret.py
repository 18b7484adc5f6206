"""Secrets are found where the file says, and shown nowhere."""

from pathlib import Path

import pytest

from bridge.config import Config
from tests.bridge.config.conftest import ENVIRON, SITE, LoadText, ProblemsOf


def test_a_secret_comes_from_a_file_beside_the_configuration(
    load_text: LoadText, tmp_path: Path
) -> None:
    """A secret mounted as a file would have a line break in it, or not be found."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "token").write_bytes(b"\xef\xbb\xbftoken-from-file\r\n")
    config = load_text(f"{SITE}keap: {{token: {{file: secrets/token}}}}").config

    assert config.keap.token is not None
    assert config.keap.token.get_secret_value() == "token-from-file"


def test_a_file_may_be_named_by_its_whole_path(load_text: LoadText, tmp_path: Path) -> None:
    """/run/secrets would be looked for beside the configuration."""
    file = tmp_path / "elsewhere"
    file.write_text("token-from-file", encoding="ascii")
    config = load_text(f"{SITE}keap: {{token: {{file: {file}}}}}").config

    assert config.keap.token is not None
    assert config.keap.token.get_secret_value() == "token-from-file"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the secret's file is empty"),
        (b"\n", "the secret's file is empty"),
        (b"one-secret\nanother\n", "the secret begins or ends with a blank, or holds a line break"),
        (b"caf\xe9-caf\xe9", "the secret begins or ends with a blank, or holds a line break"),
        (b"x" * 65537, "the secret's file is too large to hold one secret"),
    ],
)
def test_a_file_that_holds_no_secret(
    problems_of: ProblemsOf, tmp_path: Path, content: bytes, said: str
) -> None:
    """A broken secret would be sent to Keap, and the owner would look for the fault there."""
    (tmp_path / "token").write_bytes(content)
    (problem,) = problems_of(f"{SITE}keap: {{token: {{file: token}}}}")

    assert problem.startswith(f"config.yaml:2: keap.token: {said}")


@pytest.mark.parametrize(
    ("file", "why"), [("nowhere", "No such file or directory"), ('"a\\0b"', "no such path")]
)
def test_a_file_that_is_not_there(problems_of: ProblemsOf, file: str, why: str) -> None:
    """The owner would not learn where relative paths start."""
    assert problems_of(f"{SITE}keap: {{token: {{file: {file}}}}}") == [
        (
            f"config.yaml:2: keap.token: the secret's file cannot be read ({why});"
            " a relative path starts in the folder of the configuration file"
        )
    ]


def test_a_variable_that_is_not_set_or_empty(problems_of: ProblemsOf) -> None:
    """A forgotten variable would show only when Keap refuses the bridge."""
    environ = ENVIRON | {"KEAP_TOKEN": ""}
    del environ["WP_APPLICATION_PASSWORD"]

    assert problems_of(f"{SITE}keap: {{token: {{env: KEAP_TOKEN}}}}", environ) == [
        (
            "config.yaml:1: wordpress.application_password:"
            " the environment variable WP_APPLICATION_PASSWORD is not set;"
            " set it before the bridge starts"
        ),
        (
            "config.yaml:2: keap.token: the environment variable KEAP_TOKEN is empty;"
            " set it before the bridge starts"
        ),
    ]


def test_a_default_that_is_not_set_is_named_once(problems_of: ProblemsOf) -> None:
    """One missing access key would be told as two mistakes."""
    environ = {name: text for name, text in ENVIRON.items() if "ACCESS" not in name}

    assert problems_of(SITE, environ) == [
        (
            "config.yaml: server.access_keys[1]: the environment variable KEAP_BRIDGE_ACCESS_KEY"
            " is not set; set it before the bridge starts"
        )
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("1234567890123456", "write this secret in quotes; YAML reads it as a number"),
        ("~", "no secret is written here; write {env: NAME}, {file: PATH}, or the text itself"),
        ("{env: A, file: b}", "this is no way to give a secret"),
        ("{}", "this is no way to give a secret"),
        ("[a]", "this is no way to give a secret"),
        ("{env: [A]}", "this is no way to give a secret"),
        ("short12", "the secret is too short to be right; was it cut off?"),
        ("' with-blanks '", "the secret begins or ends with a blank"),
        ("Bearer abcdefgh", "a token has no blanks and only plain letters, digits and signs"),
    ],
)
def test_a_token_that_cannot_be_right(problems_of: ProblemsOf, written: str, said: str) -> None:
    """What cannot be a token would be sent to Keap."""
    (problem,) = problems_of(f"{SITE}keap: {{token: {written}}}")

    assert problem.startswith(f"config.yaml:2: keap.token: {said}")


@pytest.mark.parametrize(
    "left_over",
    [
        "changeme",
        "change-me-please",
        "xxxx xxxx xxxx xxxx xxxx xxxx",
        "KeapAK-xxxxxxxx",
        "KeapAK-…",
        "KeapAK-...",
        "<your token>",
        "your-application-password",
        "put your token here",
        "********",
        "password",
    ],
)
def test_a_placeholder_is_no_secret(problems_of: ProblemsOf, left_over: str) -> None:
    """An example's text would be taken for a secret, wherever it comes from."""
    written = f"wordpress: {{url: https://www.site.org, application_password: '{left_over}'}}"
    for text, environ in (
        (written, ENVIRON),
        (SITE, ENVIRON | {"WP_APPLICATION_PASSWORD": left_over}),
    ):
        assert problems_of(text, environ) == [
            (
                "config.yaml:1: wordpress.application_password: this still is the example's text;"
                " put your own here"
            )
        ]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("[seven-7]", "[1]: the secret is too short to be right"),
        ("[abababababababababab]", "[1]: the access key is too simple; make one with"),
        ("[first-access-key-1, first-access-key-1]", "[2]: this access key is given twice"),
        (
            "[{env: KEAP_BRIDGE_ACCESS_KEY}, {env: KEAP_TOKEN, name: KEAP_BRIDGE_ACCESS_KEY}]",
            "[2]: another access key has this name; write name: beside env: or file:",
        ),
        ("[{env: KEAP_TOKEN, name: 12}]", "[1]: write this in quotes; YAML reads it as a number"),
        (f"[{{env: KEAP_TOKEN, name: {'x' * 61}}}]", "[1]: a key's name has at most 60 characters"),
        ("[{name: spring}]", "[1]: this is no way to give a secret"),
    ],
)
def test_an_access_key_that_could_be_guessed(problems_of: ProblemsOf, keys: str, said: str) -> None:
    """Strangers could have users made."""
    (problem,) = problems_of(f"{SITE}server: {{access_keys: {keys}}}")

    assert problem.startswith(f"config.yaml:2: server.access_keys{said}")


def test_a_key_has_a_name_that_may_be_shown(load_text: LoadText, tmp_path: Path) -> None:
    """Nobody could tell which of several keys an old campaign still has."""
    (tmp_path / "old").write_text("0d5b6e7f8a9b0c1d")
    written = (
        "[{env: KEAP_TOKEN}, {env: KEAP_BRIDGE_ACCESS_KEY, name: spring campaign},"
        " {file: ./old}, d9c8b7a6f5e4d3c2]"
    )
    keys = load_text(f"{SITE}server: {{access_keys: {written}}}").config.server.access_keys

    assert [key.name for key in keys] == ["KEAP_TOKEN", "spring campaign", "old", "key 4"]
    assert keys[1].get_secret_value() == ENVIRON["KEAP_BRIDGE_ACCESS_KEY"]


def test_a_secret_is_never_shown(load_text: LoadText) -> None:
    """A configuration that is printed, logged or dumped would give its secrets away."""
    config = load_text(SITE).config
    shown = f"{config}{config!r}{config.model_dump()}{config.model_dump_json()}"

    assert not [text for text in config.secret_texts() if text in shown]


def test_all_secrets_are_known_to_the_logs(load_text: LoadText) -> None:
    """A secret that the logs do not know would not be taken out of them."""
    texts = load_text(SITE).config.secret_texts()

    assert set(ENVIRON.values()) <= set(texts)
    assert "aB3deF5hiJ7lmN9pqR2tuV4x" in texts
    assert "keap-bridge:aB3d eF5h iJ7l mN9p qR2t uV4x" in texts


def test_a_configuration_can_be_made_without_a_file() -> None:
    """The demonstration and the tests would have to write files."""
    config = Config.model_validate(
        {
            "server": {"access_keys": ["first-access-key-1"], "body_seconds": 0.2},
            "keap": {"token": "token-12", "url": "http://127.0.0.1:1"},
            "wordpress": {"url": "http://127.0.0.1:2", "application_password": "abcd efgh"},
            "fields": {"nickname": "FirstName"},
        }
    )

    assert config.server.body_seconds == 0.2
    assert config.fields["nickname"].keap_field == "FirstName"
