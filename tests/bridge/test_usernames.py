"""The names of a new user."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.passwords import ALPHABET, LENGTH, new_password
from bridge.usernames import LEGAL_LOGIN, LONGEST_LOGIN, NICENAME_LENGTH, Format, names_for


@pytest.mark.parametrize(
    ("email", "first", "last", "logins"),
    [
        ("ann@example.com", "Ann", "Lee", ("ann@example.com", "ann.lee", "member-7")),
        ("ann+news@example.com", "Ann", "Lee", ("ann.lee", "member-7")),
        (f"{'a' * 60}@example.com", "", "", ("member-7",)),
        ("jörg@example.com", "Jörg", "Müller", ("jorg.muller", "member-7")),
        ("wei@example.com", "伟", "王", ("wei@example.com", "wei.wang", "member-7")),
        ("e@example.com", "🦊", "", ("e@example.com", "fox", "member-7")),
    ],
)
def test_a_login_that_wordpress_takes(
    email: str, first: str, last: str, logins: tuple[str, ...]
) -> None:
    """A contact with a long, plus-signed or non-Latin name could not become a user."""
    assert names_for("7", email=email, first=first, last=last).logins == logins


@pytest.mark.parametrize(
    ("username", "first", "last", "logins"),
    [
        ("first_last", "Ann", "Lee", ("annlee", "annlee-2", "annlee-3", "annlee-7")),
        ("first_last", "Jörg", "Müller-Lüdenscheidt", ("jorgmullerludenscheidt",)),
        ("first_last", "伟", "王", ("weiwang",)),
        ("first_last", "Anne Marie", "O'Neil", ("annemarieoneil",)),
        ("first_last", "", "Lee", ("lee", "lee-2")),
        ("first_last", "", "", ("ann@example.com", "member-7")),
        ("first_number", "Ann", "Lee", ("ann7",)),
        ("first_number", "Zoë", "", ("zoe7",)),
        ("first_number", "!?", "Lee", ("ann@example.com", "lee", "member-7")),
    ],
)
def test_a_login_of_the_form_that_the_owner_wants(
    username: Format, first: str, last: str, logins: tuple[str, ...]
) -> None:
    """``users.username`` would not be what happens, or a contact without a name get no user."""
    named = names_for("7", email="ann@example.com", first=first, last=last, username=username)

    assert set(logins) <= set(named.logins)
    assert named.logins[0] == logins[0]
    assert "@" in named.logins[0] or not any("@" in login for login in named.logins)


@pytest.mark.parametrize(
    ("mapped", "logins"),
    [
        ("queen ann", ("queen ann", "ann@example.com")),
        ("Kräuter  Hexe!", ("Krauter Hexe", "ann@example.com")),
        ("other@example.com", ("other@example.com", "ann@example.com")),
        ("ann+x@example.com", ("ann@example.com",)),
        ("伟", ("Wei", "ann@example.com")),
        ("x" * 61, ("ann@example.com",)),
        ("+++", ("ann@example.com",)),
        ("0", ("ann@example.com",)),
        ("", ("ann@example.com",)),
    ],
)
def test_a_login_from_keap_comes_first(mapped: str, logins: tuple[str, ...]) -> None:
    """A user name in Keap would be ignored; or one that WordPress refuses would cost the user."""
    named = names_for("7", email="ann@example.com", first="Ann", last="Lee", mapped=mapped)

    assert named.logins == (*logins, "ann.lee", "member-7")


@given(
    st.emails(),
    st.text(max_size=80),
    st.text(max_size=80),
    st.sampled_from(["email", "first_last", "first_number"]),
    st.text(max_size=80),
)
def test_every_contact_gets_legal_names(
    email: str, first: str, last: str, username: Format, mapped: str
) -> None:
    """WordPress would refuse the user, or show the address as nicename to visitors."""
    names = names_for(
        "1001", email=email, first=first, last=last, username=username, mapped=mapped.strip()
    )

    assert names.logins[-1].endswith("1001")
    assert all(len(name) <= LONGEST_LOGIN for name in names.logins)
    assert all(LEGAL_LOGIN.fullmatch(name) for name in names.logins)
    assert 0 < len(names.nicename) <= NICENAME_LENGTH
    assert "@" not in names.nicename
    assert names.nickname


def test_an_address_never_becomes_another_address() -> None:
    """``ann+x@…`` would take the user name that is somebody else's address."""
    logins = names_for("7", email="ann+x@example.com", first="", last="").logins

    assert not [login for login in logins if "@" in login]


def test_a_password_has_full_length_and_plain_characters() -> None:
    """A password would be weak, or change on its way through Keap's merge fields."""
    drawn: list[str] = []

    def choose(letters: object) -> str:
        assert letters == ALPHABET
        drawn.append("x")
        return "x"

    assert new_password(choose) == "x" * LENGTH
    assert len(drawn) == LENGTH
    assert ALPHABET.isalnum()


def test_an_endless_name_is_cut() -> None:
    """WordPress would break off with an error of its own, and the Post wait for three days."""
    names = names_for("1001", email="ann@example.com", first="A" * 200, last="B" * 200)

    assert len(names.display_name) <= 250
