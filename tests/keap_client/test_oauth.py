"""OAuth's requests and answers, as values."""

import base64
from contextlib import suppress
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keap_client.call import Answer
from keap_client.errors import (
    AuthorisationRefused,
    GrantGone,
    KeapBroken,
    KeapError,
    KeapRedirected,
    KeapThrottled,
    OAuthClientRefused,
)
from keap_client.oauth import (
    AUTHORISE_URL,
    OAuthClient,
    authorisation_url,
    code_in,
    exchange_code,
    read_tokens,
    refresh,
)

CLIENT = OAuthClient("the-client", "s3cret:with&signs")
BACK = "https://www.site.org/back?from=keap"
GIVEN = b'{"access_token":"a1","refresh_token":"r1","expires_in":86399,"token_type":"bearer"}'


def test_the_address_says_who_asks_and_what_for() -> None:
    """Keap would not know where to send its user, or anybody's code could be slipped in."""
    parts = urlsplit(authorisation_url(AUTHORISE_URL, "the client", BACK, "st&te"))

    assert parts.netloc == "accounts.infusionsoft.com"
    assert dict(parse_qsl(parts.query)) == {
        "client_id": "the client",
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "full",
        "state": "st&te",
    }


def test_a_code_is_exchanged_with_the_secret_in_the_form() -> None:
    """Keap would refuse the first exchange."""
    request = exchange_code(CLIENT, "c1", BACK)

    assert {name: value[0] for name, value in parse_qs(request.body.decode()).items()} == {
        "client_id": "the-client",
        "client_secret": "s3cret:with&signs",
        "code": "c1",
        "grant_type": "authorization_code",
        "redirect_uri": BACK,
    }
    assert "Authorization" not in request.headers
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_a_refresh_has_the_secret_in_the_header() -> None:
    """Keap would refuse every refresh."""
    request = refresh(CLIENT, "r1")
    pair = base64.b64decode(request.headers["Authorization"].removeprefix("Basic "))

    assert dict(parse_qsl(request.body.decode())) == {
        "grant_type": "refresh_token",
        "refresh_token": "r1",
    }
    assert pair == b"the-client:s3cret:with&signs"


def test_nothing_secret_is_shown() -> None:
    """A traceback would give the refresh token away."""
    tokens = read_tokens(Answer(200, {}, GIVEN))
    shown = repr((CLIENT, refresh(CLIENT, "r1"), exchange_code(CLIENT, "c1", BACK), tokens))

    assert [word for word in ("s3cret", "r1", "c1", "a1", "Basic") if word in shown] == []


@pytest.mark.parametrize(
    "pasted",
    [
        "https://www.site.org/back?from=keap&code=c-1&state=st&scope=full",
        "  http://127.0.0.1:8976/?state=st&code=c-1 \n",
        "/?state=st&code=c-1",
        "?state=st&code=c-1",
        "code=c-1&state=st",
        "c-1",
    ],
)
def test_the_code_is_found_in_what_people_paste(pasted: str) -> None:
    """Somebody would have to cut it out by hand."""
    assert code_in(pasted, "st") == "c-1"


@pytest.mark.parametrize(
    ("pasted", "reason"),
    [
        ("https://www.site.org/?code=c-1&state=other", "it does not belong to this attempt"),
        ("https://www.site.org/?code=c-1", "it does not belong to this attempt"),
        ("https://www.site.org/?state=st&error=access_denied", "Keap's user said no"),
        ("https://www.site.org/?state=st&error=invalid_scope", "Keap said no"),
        ("https://www.site.org/", "there is no code in it"),
        ("", "there is no code in it"),
        ("two words", "there is no code in it"),
    ],
)
def test_what_lets_nobody_in_is_named(pasted: str, reason: str) -> None:
    """A code that somebody else has slipped in would connect the bridge to their Keap."""
    with pytest.raises(AuthorisationRefused) as caught:
        code_in(pasted, "st")

    assert caught.value.reason == reason
    assert "c-1" not in str(caught.value)


@given(st.text())
def test_whatever_is_pasted_is_a_code_or_refused(pasted: str) -> None:
    """A slip of the mouse would end in a traceback."""
    with suppress(AuthorisationRefused):
        assert code_in(pasted, "st")


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, b'{"error":"invalid_grant","error_description":"x"}', GrantGone),
        (401, b'{"error":"invalid_grant"}', GrantGone),
        (401, b'{"error":"invalid_client"}', OAuthClientRefused),
        (400, b'{"error":"unauthorized_client"}', OAuthClientRefused),
        (401, b"", OAuthClientRefused),
        (400, b'{"error":"invalid_request"}', KeapBroken),
        (400, b"[]", KeapBroken),
        (302, b"", KeapRedirected),
        (429, b"", KeapThrottled),
        (500, b'{"error":"invalid_grant"}', KeapBroken),
        (503, b"<html>", KeapBroken),
        (200, b"<html>", KeapBroken),
        (200, b'{"access_token":"a1","expires_in":60}', KeapBroken),
        (200, b'{"access_token":"","refresh_token":"r1","expires_in":60}', KeapBroken),
        (200, b'{"access_token":"a1","refresh_token":"r1","expires_in":0}', KeapBroken),
    ],
)
def test_an_answer_without_tokens_is_the_right_error(
    status: int, body: bytes, kind: type[KeapError]
) -> None:
    """A hiccup of Keap's would count as a lost authorisation, or a lost one as a hiccup."""
    with pytest.raises(kind):
        read_tokens(Answer(status, {}, body))


def test_tokens_are_read() -> None:
    """The bridge would not know how long a token lasts."""
    tokens = read_tokens(Answer(200, {}, GIVEN))

    assert (tokens.access_token, tokens.refresh_token, tokens.expires_in) == ("a1", "r1", 86399)
