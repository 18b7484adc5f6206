"""A file that is right becomes the configuration it says."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.config import ConfigProblems, Listen, load
from tests.bridge.config.conftest import ENVIRON, SITE, LoadText, ProblemsOf

REPOSITORY = Path(__file__).parents[3]


def test_the_shortest_file_has_the_defaults(load_text: LoadText, tmp_path: Path) -> None:
    """A site owner could not leave out what has a default."""
    config = load_text(SITE).config

    assert config.server.listen == Listen("127.0.0.1", 8080)
    assert config.server.access_keys[0].get_secret_value() == ENVIRON["KEAP_BRIDGE_ACCESS_KEY"]
    assert config.keap.token is not None
    assert config.keap.token.get_secret_value() == ENVIRON["KEAP_TOKEN"]
    assert config.users.roles.allowed == ("subscriber",)
    assert config.server.store_file == tmp_path / "data" / "bridge.db"
    assert {key: source.keap_field for key, source in config.fields.items()} == {
        "first_name": "FirstName",
        "last_name": "LastName",
        "user_email": "Email",
    }


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bridge:h1dden%2Fw0rd@db.internal:5433/bridge?sslmode=verify-full",
        "postgresql:///bridge?host=/run/postgresql",
    ],
)
def test_the_store_may_be_a_postgresql_database(load_text: LoadText, url: str) -> None:
    """Several hosts could not share the work, or the database's password would land in a log."""
    config = load_text(f"{SITE}server: {{store: '{url}'}}").config
    short = load_text(f"{SITE}server: {{store: '{url.replace('postgresql', 'postgres', 1)}'}}")

    assert config.server.store == short.config.server.store == url
    assert config.server.store_file is None
    assert "h1dden" not in repr(config)
    assert ("h1dden/w0rd" in config.secret_texts()) == ("h1dden" in url)


def test_sections_with_nothing_under_them_have_the_defaults(load_text: LoadText) -> None:
    """A section whose lines are all commented out would be a mistake."""
    empty = load_text(f"{SITE}server:\nusers: {{roles: }}\ntags:\n")

    assert empty.config == load_text(SITE).config


def test_every_value_arrives(load_text: LoadText) -> None:
    """A key of the file would be read and then lost."""
    config = load_text("""
server:
  listen: "[::1]:0"
  path: //hooks/keap/
  access_keys: ["first-access-key-1", 'second-access-key-2']
  store: sqlite:////srv/bridge.db
  accept_query: true
  waiting_limit: 5
  body_seconds: 0.5
  stop_seconds: 3
keap:
  url: http://127.0.0.1:9000/crm/rest/v2/
  token: plain-token
  token_header: x-keap-api-key
  calls_per_minute: 240
  reserve_for_posts: 0
  seconds: 1.5
wordpress:
  url: http://localhost:8000/blog/
  user: Ann Lee
  application_password: aaaa bbbb
  requests_in_flight: 16
  seconds: 2
users:
  username: email
  roles: {allowed: [gold, silver_2], mode: add}
  notify: always
  notification: password
  return_password_to: _WPPassword
  when_linked_to_another_contact: relink
  when_missing: create
fields:
  birthday: {from: Birthday, when_empty: clear}
  "no": "42"
tags: {meta: ~, contact_id_meta: keap_id}
""").config

    assert config.server.listen == Listen("::1", 0)
    assert str(config.server.listen) == "[::1]:0"
    assert config.server.path == "/hooks/keap"
    assert [key.get_secret_value() for key in config.server.access_keys] == [
        "first-access-key-1",
        "second-access-key-2",
    ]
    assert config.server.store == "sqlite:////srv/bridge.db"
    assert config.server.accept_query is True
    assert config.server.waiting_limit == 5
    assert (config.server.body_seconds, config.server.stop_seconds) == (0.5, 3)
    assert config.keap.url == "http://127.0.0.1:9000/crm/rest/v2"
    assert config.keap.token is not None
    assert config.keap.token.get_secret_value() == "plain-token"
    assert config.keap.token_header == "x-keap-api-key"
    assert (config.keap.calls_per_minute, config.keap.seconds) == (240, 1.5)
    assert config.keap.reserve_for_posts == 0
    assert config.wordpress.url == "http://localhost:8000/blog"
    assert config.wordpress.user == "Ann Lee"
    assert config.wordpress.application_password.get_secret_value() == "aaaa bbbb"
    assert (config.wordpress.requests_in_flight, config.wordpress.seconds) == (16, 2)
    assert config.users.roles.allowed == ("gold", "silver_2")
    assert config.users.roles.mode == "add"
    assert (config.users.notify, config.users.notification) == ("always", "password")
    assert config.users.return_password_to == "_WPPassword"
    assert config.users.when_linked_to_another_contact == "relink"
    assert config.users.when_missing == "create"
    birthday = config.fields["birthday"]
    assert (birthday.keap_field, birthday.when_empty) == ("Birthday", "clear")
    assert config.fields["no"].keap_field == "42"
    assert config.fields["no"].when_empty == "keep"
    assert (config.tags.meta, config.tags.contact_id_meta) == (None, "keap_id")


def test_the_version_is_that_of_the_file(load_text: LoadText) -> None:
    """Nobody could tell by which configuration an attempt was made."""
    text = f"\ufeff{SITE}# caf\u00e9\n".encode()

    assert load_text(text).version == hashlib.sha256(text).hexdigest()[:12]
    assert load_text(text).version != load_text(SITE).version


def test_the_example_loads_once_it_is_filled_in(
    load_text: LoadText, problems_of: ProblemsOf
) -> None:
    """The file that everybody begins with would be broken, or would pass unfilled."""
    example = (REPOSITORY / "config.yaml").read_text(encoding="utf-8")
    filled_in = example.replace("https://members.example.com", "https://www.site.org")
    loaded = load_text(filled_in)

    line = 1 + example[: example.index("https://members.example.com")].count("\n")
    assert problems_of(example) == [
        f"config.yaml:{line}: wordpress.url: this still is the example's address; put your own here"
    ]
    assert loaded.warnings == ()
    assert loaded.config == load_text(SITE).config


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "config.yaml: the file is empty; copy the commented example"),
        (b"# nothing\n", "config.yaml: the file is empty; copy the commented example"),
        (b"a: 1\nb: \xff\n", "config.yaml:2: this is not UTF-8; save the file as UTF-8"),
        (b"#" * (1024 * 1024 + 1), "config.yaml: the file is larger than 1 MiB; is it the right"),
        (b"just text", "config.yaml: keys are wanted here; write them indented below"),
        (b"- list", "config.yaml: keys are wanted here; write them indented below"),
    ],
)
def test_a_file_that_is_no_configuration(
    problems_of: ProblemsOf, content: bytes, said: str
) -> None:
    """A wrong file would end in a traceback."""
    (problem,) = problems_of(content)

    assert problem.startswith(said)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A new owner would not learn where to begin."""
    with pytest.raises(ConfigProblems, match=r"no\.yaml: there is no such file; copy config\.yaml"):
        load(tmp_path / "no.yaml", {})


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    """What cannot be opened would end in a traceback."""
    with pytest.raises(ConfigProblems, match=r"the file cannot be read \(Is a directory\)"):
        load(tmp_path, {})


OAUTH = (
    "oauth: {client_id: the-key, client_secret: the-secret-1,"
    " redirect_uri: 'https://www.site.org/back/'}"
)


def test_oauth_stands_in_place_of_a_token(load_text: LoadText) -> None:
    """The token's variable would have to be set although there is no token."""
    without = {name: value for name, value in ENVIRON.items() if name != "KEAP_TOKEN"}
    config = load_text(f"{SITE}keap:\n  {OAUTH}\n", without).config

    assert config.keap.token is None
    assert config.keap.oauth is not None
    # Keap compares it sign by sign.
    assert config.keap.oauth.redirect_uri == "https://www.site.org/back/"
    assert "the-secret-1" in config.secret_texts()
    assert "the-secret-1" not in repr(config)


@pytest.mark.parametrize(
    ("keap", "said"),
    [
        (
            f"  {OAUTH}\n  token: KeapAK-0123456789",
            "config.yaml:4: keap.token: there are both token and oauth; take one of them out",
        ),
        ("  oauth: {client_id: x}", "config.yaml:3: keap.oauth.client_secret: this key is missing"),
        (
            "  token: KeapAK-0123456789\n  backup_token: KeapAK-0123456789",
            "config.yaml:4: keap.backup_token: this is the same token as keap.token",
        ),
    ],
)
def test_one_way_into_keap_is_chosen(problems_of: ProblemsOf, keap: str, said: str) -> None:
    """The bridge would take one of two, or start without either."""
    assert problems_of(f"{SITE}keap:\n{keap}\n")[0].startswith(said)


def test_hooks_name_events_and_actions(load_text: LoadText, problems_of: ProblemsOf) -> None:
    """A slip would only show when Keap sends nothing, or nothing is done."""
    hooks = load_text(
        f"{SITE}hooks: {{contact.add: add, contact.edit: update_tags}}\n"
    ).config.hooks

    assert hooks == {"contact.add": "add", "contact.edit": "update_tags"}
    for wrong in ("contact.edits: update", "contact.edit: updates"):
        (said,) = problems_of(f"{SITE}hooks: {{{wrong}}}\n")
        assert "this word is not known here" in said


@pytest.mark.parametrize(
    ("written", "removals_and_minutes"),
    [
        ("", (100, 60)),
        ("brake: ", (100, 60)),
        ("brake: null", None),
        ("brake: {removals: 5}", (5, 60)),
        ("brake: {minutes: 5}", (100, 5)),
    ],
)
def test_the_brake_on_roles_is_on_unless_it_is_taken_out(
    load_text: LoadText, written: str, removals_and_minutes: tuple[int, int] | None
) -> None:
    """An owner could not switch it off, or would do so by accident."""
    brake = load_text(f"{SITE}users: {{roles: {{{written}}}}}").config.users.roles.brake

    assert (brake and (brake.removals, brake.minutes)) == removals_and_minutes


def test_a_key_of_the_brake_that_is_none_is_named(problems_of: ProblemsOf) -> None:
    """A slip would be a mistake that says nothing."""
    (problem,) = problems_of(f"{SITE}users: {{roles: {{brake: {{removal: 5}}}}}}")

    assert 'did you mean "removals"?' in problem


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("24h", timedelta(days=1)),
        ("7d", timedelta(days=7)),
        ('"1h"', timedelta(hours=1)),
        ("null", None),
    ],
)
def test_a_length_of_time_is_hours_or_days(
    load_text: LoadText, written: str, meant: timedelta | None
) -> None:
    """What is to happen daily would happen at another time."""
    assert load_text(f"{SITE}sync: {{linked_every: {written}}}").config.sync.linked_every == meant
