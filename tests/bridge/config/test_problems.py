"""Every mistake is named, with its line and what to write instead."""

import pytest

from bridge.config import ConfigProblems
from tests.bridge.config.conftest import ENVIRON, SITE, LoadText, ProblemsOf


def test_all_mistakes_are_named_at_once_and_in_order(problems_of: ProblemsOf) -> None:
    """An owner would mend one line, start again, and meet the next mistake."""
    said = problems_of("""\
server:
  path: /admin/keap
  accept_query: yes
keap:
  tokn: KeapAK-0123456789
  seconds: 0
  seconds: 0
wordpress:
  url: https://members.example.com
users:
  roles: {allowed: [administrator, subscriber], mode: repalce}
""")

    assert [line.split(": ")[:2] for line in said] == [
        ["config.yaml:2", "server.path"],
        ["config.yaml:3", "server.accept_query"],
        ["config.yaml:5", "keap.tokn"],
        ["config.yaml:7", "keap.seconds"],
        ["config.yaml:9", "wordpress.url"],
        ["config.yaml:11", "users.roles.allowed[1]"],
        ["config.yaml:11", "users.roles.mode"],
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("keap: {tokn: x}", 'keap.tokn: there is no such key; did you mean "token"?'),
        ("keap: {Token-Header: x}", 'did you mean "token_header"?'),
        ("userz: {}", 'config.yaml:2: userz: there is no such key; did you mean "users"?'),
        ("users: {roles: {alowed: []}}", "users.roles.alowed: there is no such key; did you mean"),
        ("fields: {a: {form: B}}", 'fields.a.form: there is no such key; did you mean "from"?'),
        ("token: x", "token: there is no such key; it belongs under keap:"),
        ("users: {allowed: [a]}", "it belongs under users.roles:"),
        ("server: {url: x}", "it belongs under keap: or under wordpress:"),
        ("last_name: LastName", "it belongs under fields:"),
        ("users: {fields: {}}", "it belongs at the left edge of the file, under no other key"),
        (
            "tags: {xyzzy: 1}",
            "tags.xyzzy: there is no such key; the keys here are meta, names",
        ),
        ("tags: {role: {a: b}}", 'tags.role: there is no such key; did you mean "roles"?'),
    ],
)
def test_an_unknown_key_is_named_with_the_right_one(
    problems_of: ProblemsOf, text: str, said: str
) -> None:
    """A misspelt key would be ignored, or refused without help."""
    assert said in "\n".join(problems_of(f"{SITE}{text}\n"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("server: {listen: 8080}", "server.listen: write an address and a port; such as 127.0.0.1"),
        ("server: {listen: [a]}", "server.listen: a text is wanted here"),
        ("server: {listen: 'h:65536'}", "server.listen: a port is at most 65535"),
        ("server: {listen: '[::g]:80'}", "server.listen: write an address and a port"),
        ("server: {listen: '[1:2]:80'}", "what stands in the brackets is no IPv6 address"),
        ("server: {path: keap}", "server.path: the path starts with a slash; such as /keap"),
        ("server: {path: '/{x}'}", "server.path: the path has only letters, digits"),
        ("server: {path: /a/../b}", "server.path: the path has only letters, digits"),
        ("server: {path: /metrics}", "server.path: /metrics belongs to the bridge's own pages"),
        ("server: {path: //admin//x}", "server.path: /admin belongs to the bridge's own pages"),
        ("server: {store: postgresql+asyncpg://u@h/d}", "database begins with postgresql://"),
        ("server: {store: 'postgresql://u@h:port/d'}", "this is no address of a database; write p"),
        ("server: {store: postgresql:///d}", "server.store: the address names no host"),
        ("server: {store: postgresql://u@h}", "the address ends with the name of one database"),
        ("server: {store: postgresql://u@h/d/e}", "the address ends with the name of one database"),
        ("server: {store: 'postgresql://u@h/d?password=p'}", "the password stands before the host"),
        ("server: {store: postgresql://u@db.example.com/d}", "this still is the example's address"),
        ("server: {store: data.db}", "server.store: this is no store that the bridge knows"),
        ("server: {store: 'sqlite://'}", "server.store: this is no store that the bridge knows"),
        ("server: {store: 'sqlite:///:memory:'}", "server.store: the store is a file on disk"),
        ("server: {store: 'sqlite:///'}", "server.store: the store is a file on disk"),
        ("server: {store: 'sqlite:///a?b'}", "server.store: the store is a file on disk"),
        ("server: {accept_query: on}", "server.accept_query: write true or false"),
        ("server: {accept_query: [1]}", "server.accept_query: write true or false"),
        ("server: {waiting_limit: 0}", "server.waiting_limit: the number is too small; write at l"),
        ("server: {waiting_limit: 1_000}", "write a whole number in plain digits; such as 200"),
        ("server: {waiting_limit: '010'}", "write a whole number in plain digits; such as 200"),
        ("server: {body_seconds: 0}", "server.body_seconds: the number is too small; write more t"),
        ("server: {body_seconds: 1e3}", "write a number of seconds in plain digits; such as 30"),
        ("server: {body_seconds: 3601}", "the number is too large; write at most 3600"),
        ("server: {access_keys: []}", "server.access_keys: the list is empty; write at least 1"),
        ("server: {access_keys: {env: A}}", "server.access_keys: a list is wanted here; write it"),
        ("server: text", "config.yaml:2: server: keys are wanted here; write them indented below"),
        ("keap: {url: 'ftp://keap'}", "keap.url: this is no web address; it begins with https://"),
        ("keap: {url: 'https://[keap'}", "keap.url: this is no web address"),
        ("keap: {url: 'https://a b'}", "keap.url: this is no web address"),
        ("keap: {url: 'https://u:p@keap.com'}", "no user or password belongs into the address"),
        ("keap: {url: 'https://keap.com/?a'}", "the address ends before ? or #; leave out the r"),
        ("keap: {url: 'http://keap.com'}", "over http everybody on the way reads the password"),
        ("keap: {url: 'http://10.0.0.1'}", "over http everybody on the way reads the password"),
        ("sync: {linked_every: 30m}", "sync.linked_every: write a length of time in hours or days"),
        ("sync: {linked_every: 0h}", "write a length of time in hours or days; such as 24h or 7d"),
        ("keap: {calls_per_minute: 241}", "keap.calls_per_minute: the number is too large; write"),
        ("keap: {token_header: basic}", "write 'bearer' or 'x-keap-api-key'"),
        ("users: {notify: no}", "write 'as_posted', 'always' or 'never'"),
        (
            "users: {username: [email]}",
            "users.username: this word is not known here; write 'email'",
        ),
        ("users: {username: last}", "users.username: this word is not known here"),
        (
            "users: {return_to_keap: {login: _A, id: _A}}",
            "users.return_to_keap.id: this Keap field would get two values; name another one",
        ),
        (
            "users: {return_password_to: _A, return_to_keap: {login: _A}}",
            "users.return_to_keap.login: this Keap field would get two values",
        ),
        ("users: {roles: {allowed: [Administrator]}}", "no Post may make an administrator"),
        ("users: {roles: {allowed: [Gold member]}}", "allowed[1]: a role's slug has small letters"),
        ("users: {roles: {allowed: [a, a]}}", "users.roles.allowed[2]: this role is listed twice"),
        (
            "users: {return_password_to: ~Contact._P~}",
            "write the field's name, not the merge field",
        ),
        ("fields:", "config.yaml:2: fields: keys are wanted here"),
        ("fields: {a: [b]}", "fields.a: keys are wanted here"),
        ("fields: {a: {when_empty: keep}}", "fields.a: it is not said where the value comes from;"),
        ("fields: {a: {from: B, value: c}}", "only one of from:, template: and value: is possible"),
        (
            "fields: {a: {from: B, as: dat}}",
            "fields.a.as: this word is not known here; write 'text'",
        ),
        ("fields: {a: {from: B, format: '%Y'}}", "fields.a.format: format: means nothing here; it"),
        (
            "fields: {a: {from: B, as: text, timezone: Europe/Rome}}",
            "timezone: means nothing here; it goes with as: date or as: datetime",
        ),
        (
            "fields: {a: {from: B, as: date, format: '%H:%M'}}",
            "fields.a.format: %H stands for nothing in a date's format; such as %d/%m/%Y",
        ),
        ("fields: {a: {from: B, as: datetime, format: '%Q'}}", "%Q stands for nothing in a datet"),
        ("fields: {a: {from: B, as: date, format: '%d %'}}", "fields.a.format: % stands for noth"),
        (
            "fields: {a: {from: B, as: date, timezone: Europe/Berln}}",
            "fields.a.timezone: this time zone is not known; such as Europe/Berlin",
        ),
        ("fields: {a: {from: B, as: date, timezone: ../x}}", "this time zone is not known"),
        ("fields: {a: {from: B, as: phone_e164, country: XX}}", "this country is not known; such"),
        ("fields: {a: {from: B, as: list, separator: ''}}", "separator: nothing is written here"),
        (
            "fields: {a: {template: '{FristName}'}}",
            "fields.a.template: Keap has no standard field FristName; did you mean {FirstName}?",
        ),
        (
            "fields: {a: {template: '{Xyzzy Q}'}}",
            "Keap has no standard field Xyzzy Q; a custom field begins with an underscore",
        ),
        (
            "fields: {a: {template: '{~Contact.Id~}'}}",
            "write the field's name, not the merge field",
        ),
        ("fields: {a: {template: 'Dear {FirstName'}}", "a brace is opened or closed alone; write"),
        ("fields: {a: {template: 'Dear {{you}}'}}", "no Keap field is in the template; such as"),
        ("fields: {a: {value: b, as: text}}", "fields.a.as: a fixed value is written as it stands"),
        ("fields: {a: {value: b, when_empty: keep}}", "fields.a.when_empty: a fixed value is writ"),
        (
            "fields: {a: {value: 1}}",
            "fields.a.value: write this in quotes; YAML reads it as a numb",
        ),
        (
            "fields: {a: {from: Email, as: option_id}}",
            "fields.a.as: there are no options here; opti",
        ),
        ("fields: {a: {template: '{_B}', as: option_label}}", "there are no options here"),
        (
            "fields: {description: {from: B, as: list}}",
            "description.as: WordPress keeps one text h",
        ),
        ("fields: {user_email: {value: a@b.c}}", "all users would have the same address; such as"),
        (
            "fields: {a: {from: B, when_empty: clear, if_wordpress_has: keep}}",
            "fields.a.when_empty: if_wordpress_has: keep leaves nothing to clear; take one of the",
        ),
        ("fields: {a: {from: B, only: created}}", "write 'create', 'update' or 'always'"),
        ("fields: {a: {from: B, if_wordpress_has: clear}}", "write 'keep' or 'replace'"),
        ("fields: {a: ' b'}", "fields.a: the text begins or ends with a blank; take the blank out"),
        ('fields: {a: "b\\nc"}', "fields.a: the text holds a line break or a control character"),
        (
            "fields: {user_pass: P}",
            "would know this password; take the line out, or write passwords: {from_keap: true}",
        ),
        ("fields: {User_Pass: P}", "fields.User_Pass: this name is written in small letters"),
        (
            "fields: {role: {from: R, when_empty: clear}}",
            "fields.role: role has rules of its own; the line holds the name of a Keap field",
        ),
        (
            "fields: {user_pass: {from: P, as: date}}\npasswords: {from_keap: true}",
            "fields.user_pass: user_pass has rules of its own",
        ),
        ("fields: {roles: R}", "fields.roles: this is not written from Keap; write role"),
        ("fields: {user_registered: R}", "this column belongs to WordPress"),
        ("tags: {meta: user_login}", "tags.meta: this is not written from Keap"),
        ("fields: {ID: P}", "fields.ID: this column belongs to WordPress"),
        ("fields: {wp_2_capabilities: P}", "rights are not written from Keap; users.roles.allowed"),
        ("fields: {wp_user_level: P}", "fields.wp_user_level: rights are not written from Keap"),
        ("fields: {session_tokens: P}", "fields.session_tokens: this is not written from Keap"),
        ("fields: {_private: P}", "fields._private: this is not written from Keap; keys with a"),
        ("fields: {' a': P}", "this is no name of a field"),
        ("tags: {meta: wp_capabilities}", "tags.meta: rights are not written from Keap"),
        ("tags: {meta: ~, names: true}", "tags.names: this stands beside the tags' ids; give tags"),
        ("tags: {roles: {Gold: gold}}", "tags.roles.Gold: users.roles.allowed does not have this"),
        ("tags: {roles: {Gold: administrator}}", "no Post may make an administrator"),
        ("tags: {roles: {91: subscriber}}", "tags.roles.91: write this key in quotes"),
        (
            "tags: {names: true, contact_id_meta: infusionsoft_tags_names}",
            "tags.names: tags.contact_id_meta has the key that this would fill",
        ),
        (
            "fields: {infusionsoft_tags_dates: Email}\ntags: {dates: true}",
            "the bridge itself fills this key (tags.dates)",
        ),
        ("keap: {after: {done: a, failed: a}}", "keap.after.failed: done has the same tag; write"),
        ("tags: {meta: nickname}", "tags.meta: this is one of WordPress's own fields"),
        ("tags: {contact_id_meta: ~}", "tags.contact_id_meta: nothing is written here"),
        ("tags: {meta: a, contact_id_meta: a}", "tags.meta: tags.contact_id_meta has the same key"),
        ("fields: {infusionsoft_tags: T}", "the bridge itself fills this key (tags.meta)"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(
    problems_of: ProblemsOf, text: str, said: str
) -> None:
    """The bridge would start with a value that does something else than its owner thinks."""
    (problem,) = problems_of(f"{SITE}{text}\n")

    assert problem.startswith("config.yaml:2: ")
    assert said in problem


@pytest.mark.parametrize(
    "url",
    [
        "https://www.site.org/wp-json",
        "https://www.site.org/blog/wp-json/wp/v2",
        "https://www.site.org/wp-admin/",
        "https://www.site.org/wp-login.php",
    ],
)
def test_the_address_of_a_page_is_not_the_sites(problems_of: ProblemsOf, url: str) -> None:
    """An address copied from the browser would lead nowhere."""
    assert problems_of(f"wordpress: {{url: '{url}'}}") == [
        (
            "config.yaml:1: wordpress.url: write the address of the site itself;"
            " leave out /wp-json, /wp-admin and what follows"
        )
    ]


@pytest.mark.parametrize(
    "url",
    ["https://example.com", "https://a.example.org/b", "https://x.example", "https://a.invalid."],
)
def test_the_examples_addresses_are_refused(problems_of: ProblemsOf, url: str) -> None:
    """A file that nobody filled in would start."""
    (problem,) = problems_of(f"wordpress: {{url: '{url}'}}")

    assert "this still is the example's address" in problem


def test_a_missing_section_is_named_with_what_to_write(problems_of: ProblemsOf) -> None:
    """The one key without a default would not be asked for."""
    assert problems_of("tags: {}") == [
        'config.yaml: wordpress.url: this key is missing; write "url: …" under wordpress'
    ]


def test_no_problem_shows_what_could_be_a_secret(load_text: LoadText) -> None:
    """A secret in the wrong place, or misspelt, would land in a log."""
    secrets = [f"hunter{number}Hunter{number}X" for number in range(8)]
    first, second, third, fourth, fifth, sixth, seventh, eighth = secrets
    with pytest.raises(ConfigProblems) as caught:
        load_text(
            f"""\
server:
  access_keys: [{{env: {first}}}, {{file: {second}}}, {{{third}}}, {{env: {{a: {fourth}}}}}]
keap:
  tokn: {fifth}
  token: Bearer {sixth}
  KeapAK-{seventh}0123456789:
wordpress: {{url: "https://user:{eighth}@www.site.org", application_password: [{eighth}]}}
""",
            {},
        )

    assert len(caught.value.problems) == 9
    shown = f"{caught.value}{caught.value!r}{caught.value.problems}"
    assert "unter" not in shown
    assert caught.value.__context__ is None


def test_no_syntax_mistake_shows_what_could_be_a_secret(load_text: LoadText) -> None:
    """PyYAML's own message shows the line, and so the secret in it."""
    for line in ("token: hunter2: x", 'token: "hunter2', "token: @hunter2", "token: *hunter2"):
        with pytest.raises(ConfigProblems) as caught:
            load_text(f"keap:\n  {line}\n", ENVIRON)

        assert "hunter2" not in f"{caught.value}{caught.value!r}"
