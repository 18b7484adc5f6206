"""The names of a new user."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.passwords import ALPHABET, LENGTH, new_password
from bridge.usernames import LEGAL_LOGIN, LONGEST_LOGIN, NICENAME_LENGTH, names_for


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


@given(st.emails(), st.text(max_size=80), st.text(max_size=80))
def test_every_contact_gets_legal_names(email: str, first: str, last: str) -> None:
    """WordPress would refuse the user, or show the address as nicename to visitors."""
    names = names_for("7", email=email, first=first, last=last)

    assert names.logins[-1] == "member-7"
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
