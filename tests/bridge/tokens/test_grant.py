"""When a grant is renewed, and how it is kept."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.tokens.grant import Grant
from bridge.tokens.seal import seal, unseal
from keap_client.errors import NotAuthorised
from keap_client.oauth import OAuthClient

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLIENT = OAuthClient("client", "a-secret")


def grant(seconds: float = 86_400) -> Grant:
    """Give a grant of noon."""
    return Grant("access-token", "refresh-token", NOON, NOON + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("lasts", "due_after"),
    [(86_400, 77_760), (3_600, 3_000), (600, 300), (10, 5)],
)
def test_a_token_is_renewed_before_its_end(lasts: float, due_after: float) -> None:
    """Attempts would meet a token that runs out, or a short one be renewed all the time."""
    made = grant(lasts)

    assert not made.is_due(NOON + timedelta(seconds=due_after - 1))
    assert made.is_due(NOON + timedelta(seconds=due_after))
    assert made.is_good(NOON + timedelta(seconds=lasts - 1))
    assert not made.is_good(NOON + timedelta(seconds=lasts))


@given(st.integers(1, 10**7))
def test_a_new_token_is_never_due(lasts: int) -> None:
    """Every call would renew it."""
    assert not grant(lasts).is_due(NOON)


def test_what_is_sealed_comes_back_and_shows_nothing() -> None:
    """The database would open Keap to whoever has a copy of it."""
    sealed = seal(grant(), CLIENT)

    assert unseal(sealed, CLIENT) == grant()
    assert "token" not in sealed
    assert seal(grant(), CLIENT) != sealed
    assert "token" not in repr(grant()).replace("Grant(", "")


@pytest.mark.parametrize(
    "client", [OAuthClient("client", "another-secret"), OAuthClient("another", "a-secret")]
)
def test_another_secret_does_not_open_it(client: OAuthClient) -> None:
    """A changed secret would end in an error that nobody understands."""
    with pytest.raises(NotAuthorised, match=r"belongs to another.*keap-bridge authorize"):
        unseal(seal(grant(), CLIENT), client)
