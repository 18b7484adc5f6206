"""Several sites in one file: each is checked like a file of its own."""

from pathlib import Path

import pytest

from bridge.config.changes import renewals
from bridge.config.keys import known_keys
from bridge.config.sites import OWN
from tests.bridge.config.conftest import LoadText, ProblemsOf

ENVIRON = {
    "SHOP_KEY": "d2f6a1c09b7e4835",
    "CLUB_KEY": "835d2f6a1c09b7e4",
    "KEAP_TOKEN": "KeapAK-5f1d0c7e9a",
    "CLUB_TOKEN": "KeapAK-e9a5f1d0c7",
    "WP_APPLICATION_PASSWORD": "aB3d eF5h iJ7l mN9p qR2t uV4x",
}
SITES = """\
server: {listen: 127.0.0.1:9000}
sites:
  shop:
    access_keys: [{env: SHOP_KEY}]
    wordpress: {url: https://shop.site.org}
    fields: &fields
      first_name: FirstName
      city: {from: City, when_empty: clear}
  book-club:
    access_keys: [{env: CLUB_KEY}]
    path: /club
    keap: {token: {env: CLUB_TOKEN}}
    wordpress: {url: https://club.site.org}
    fields: {<<: *fields, city: Town}
"""
PATH, SERVER = "path: /club", "server: {listen: 127.0.0.1:9000}"


def test_each_site_has_all_that_a_file_has(load_text: LoadText, tmp_path: Path) -> None:
    """A site would lack what it says, share what it must not, or have no defaults."""
    loaded = load_text(SITES, ENVIRON)
    shop, club = loaded.sites.values()

    assert list(loaded.sites) == list(loaded.several) == ["shop", "book-club"]
    assert (shop.server.path, club.server.path) == ("/keap/shop", "/club")
    assert shop.server.listen == club.server.listen
    assert shop.server.store == f"sqlite:///{tmp_path}/data/shop.db"
    assert club.server.store == f"sqlite:///{tmp_path}/data/book-club.db"
    assert [str(each.wordpress.url) for each in (shop, club)] == [
        "https://shop.site.org",
        "https://club.site.org",
    ]
    assert shop.server.access_keys != club.server.access_keys
    assert set(ENVIRON.values()) < set(loaded.secret_texts())
    assert not loaded.warnings


def test_what_was_written_once_can_be_repeated(load_text: LoadText) -> None:
    """Owners of ten sites would write one mapping ten times, and change nine of them."""
    shop, club = load_text(SITES, ENVIRON).sites.values()

    assert list(club.fields) == list(shop.fields) == ["first_name", "city"]
    assert shop.fields["city"].when_empty == "clear"
    assert club.fields["city"].keap_field == "Town"


def test_a_file_without_sites_is_one_site_without_a_name(load_text: LoadText) -> None:
    """A bridge with one site would have to name it everywhere."""
    loaded = load_text(
        "wordpress: {url: https://www.site.org}",
        {**ENVIRON, "KEAP_BRIDGE_ACCESS_KEY": "1c09b7e4835d2f6a"},
    )

    assert loaded.sites == {"": loaded.config}
    assert not loaded.several


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            PATH,
            "pth: /club",
            ':11: sites.book-club.pth: there is no such key; did you mean "path"?',
        ),
        (
            PATH,
            "listen: x",
            ":11: sites.book-club.listen: there is no such key; it belongs under server:",
        ),
        (
            PATH,
            "token: x",
            ":11: sites.book-club.token: there is no such key; it belongs under sites.book-c",
        ),
        (PATH, "last_name: x", "it belongs under sites.book-club.fields:"),
        (PATH, "server: {}", ":11: sites.book-club.server: server: is shared by all sites"),
        (
            PATH,
            "path: /admin",
            ":11: sites.book-club.path: /admin belongs to the bridge's own pages",
        ),
        (
            PATH,
            "path: /keap//shop/",
            ":11: sites.book-club.path: sites.shop has the same path; write another",
        ),
        (
            PATH,
            "store: sqlite:///data/../data/shop.db",
            ":11: sites.book-club.store: sites.shop has the same store; each site keeps its own",
        ),
        (
            "env: CLUB_KEY",
            "env: SHOP_KEY",
            ":10: sites.book-club.access_keys[1]: sites.shop has the same access key; make another",
        ),
        (
            "wordpress: {url: https://club.site.org}",
            "",
            ':9: sites.book-club.wordpress.url: this key is missing; write "url: …" under s',
        ),
        (
            "first_name: FirstName",
            "fist_name: {form: A}",
            ':7: sites.shop.fields.fist_name.form: there is no such key; did you mean "from"?',
        ),
        (
            "  book-club:",
            "  Book_Club:",
            ":9: sites.Book_Club: a site's name has small letters, digits and -",
        ),
        (
            SERVER,
            "server: {path: /a}",
            ":1: server.path: each site has its own; write path: under the si",
        ),
        (SERVER, "server: {listen: x}", ":1: server.listen: write an address and a port"),
        (SERVER, "server: []", ":1: server: keys are wanted here"),
        (SERVER, "keap: {}", ":1: keap: beside sites: only server: is possible; write i"),
        (SERVER, "sever: {}", ':1: sever: there is no such key; did you mean "server"?'),
    ],
)
def test_mistakes_are_told_where_they_stand(
    problems_of: ProblemsOf, old: str, new: str, said: str
) -> None:
    """An owner would look for a key that the file does not have, or two sites would be mixed up."""
    assert old in SITES
    assert said in "\n".join(problems_of(SITES.replace(old, new), ENVIRON))


def test_all_mistakes_of_all_sites_are_told_at_once_and_shared_ones_once(
    problems_of: ProblemsOf,
) -> None:
    """An owner would mend one site, start again, and meet the next site's mistakes."""
    said = problems_of(
        SITES.replace("127.0.0.1:9000", "nowhere").replace("https://", "ftp://"), ENVIRON
    )

    assert [line.split(": ")[:2] for line in said] == [
        ["config.yaml:1", "server.listen"],
        ["config.yaml:5", "sites.shop.wordpress.url"],
        ["config.yaml:13", "sites.book-club.wordpress.url"],
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sites:\n", "config.yaml:1: sites: no site is named here; write them indented below"),
        ("sites: [shop]\n", "config.yaml:1: sites: no site is named here; write them indented"),
        ("sites: {shop: x}\n", "config.yaml:1: sites.shop: keys are wanted here; write them"),
        ("sites: {shop: }\n", "sites.shop.wordpress.url: this key is missing"),
    ],
)
def test_sites_are_keys_with_keys(problems_of: ProblemsOf, text: str, said: str) -> None:
    """A list of sites would end in an error of the program."""
    assert any(line.startswith(said) or said in line for line in problems_of(text, ENVIRON))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("postgresql://b@db/keap", "postgresql://b@db/keap?options=-csearch_path%3Dbridge_shop"),
        (
            "postgresql://b@db/keap?sslmode=require",
            "postgresql://b@db/keap?sslmode=require&options=-csearch_path%3Dbridge_shop",
        ),
        (
            "postgresql://b@db/keap?options=-csearch_path%3Dmine",
            "postgresql://b@db/keap?options=-csearch_path%3Dmine",
        ),
    ],
)
def test_a_site_has_its_own_schema_in_a_shared_database(
    load_text: LoadText, problems_of: ProblemsOf, written: str, read: str
) -> None:
    """Two sites in one database would work on each other's deliveries."""
    text = SITES.replace("  shop:", f"  shop:\n    store: {written}")

    assert load_text(text, ENVIRON).sites["shop"].server.store == read
    if "search_path" in written:
        twice = text.replace("path: /club", f"store: {written}")
        assert "sites.shop has the same store" in problems_of(twice, ENVIRON)[0]


def test_ends_that_sites_share_are_warned_of(load_text: LoadText) -> None:
    """Two sites would use up one token's calls, or take each other's users over."""
    text = SITES.replace("CLUB_TOKEN", "KEAP_TOKEN").replace("https://club.", "https://shop.")

    assert [warning.path for warning in load_text(text, ENVIRON).warnings] == [
        "sites.book-club.keap.token",
        "sites.book-club.wordpress.url",
    ]


def test_cautions_name_the_site(load_text: LoadText) -> None:
    """An owner would not know whose key is too short."""
    (warning,) = load_text(SITES, {**ENVIRON, "CLUB_KEY": "835d2f6a"}).warnings

    assert warning.said_of("f").startswith("f:10: sites.book-club.access_keys[1]: this access key")


def test_a_repetition_cannot_exhaust_the_memory(problems_of: ProblemsOf) -> None:
    """A short file could be longer than any memory once everything in it is repeated."""
    lines = ["fields: &a0 {a: A, b: B, c: C, d: D}"]
    lines += [
        f"x{n}: &a{n} {{{', '.join(f'k{k}: *a{n - 1}' for k in range(9))}}}" for n in range(1, 9)
    ]

    assert any("this repeats too much" in line for line in problems_of("\n".join(lines), ENVIRON))


def test_every_own_key_is_one_of_the_servers() -> None:
    """A key that was renamed would be refused under every site."""
    assert set(OWN) < set(known_keys()[("server",)])


def test_a_new_version_is_taken_site_by_site(load_text: LoadText) -> None:
    """An edit of one site would be told as another's, or a new site be believed to work."""
    started = load_text(SITES, ENVIRON).sites
    edited = SITES.replace("city: Town", "city: Village").replace("9000", "9001")
    edited = edited.replace("path: /club", "path: /books")
    new = load_text(edited, ENVIRON).sites
    taken = renewals(started, started, new)

    assert taken.changed == ("sites.book-club.fields.city.from",)
    assert taken.wait_for_restart == ("server.listen", "sites.book-club.path")
    assert taken.configs["book-club"].fields == new["book-club"].fields
    assert taken.configs["book-club"].server == started["book-club"].server
    assert taken.configs["shop"] == started["shop"]


def test_sites_that_come_or_go_wait_for_a_restart(load_text: LoadText) -> None:
    """A site would be believed to be served that is not, or to be gone that is."""
    started = load_text(SITES, ENVIRON).sites
    new = load_text(SITES.replace("book-club:", "choir:"), ENVIRON).sites
    taken = renewals(started, started, new)

    assert (taken.changed, taken.wait_for_restart) == ((), ("sites.book-club", "sites.choir"))
    assert taken.configs == started
