"""Secrets are taken out of texts in every form, and addresses are shortened."""

import base64
import json
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.redaction import INSTEAD, redact, redaction, shorten_email

SECRET = 'p\u00e4ss "w\\rd"/+&='


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote(SECRET, safe="").lower(),
        quote_plus(SECRET),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        repr(SECRET)[1:-1],
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
    ],
)
def test_a_secret_is_taken_out_in_every_form(form: str) -> None:
    """A secret would be shown by what carried it."""
    assert redact(f"before {form} after", [SECRET]).replace("=", "") == f"before {INSTEAD} after"


def test_a_form_is_taken_out() -> None:
    """The access key of a Post that is quoted would be shown."""
    body = urlencode({"access_key": SECRET, "contactId": "1001"})

    assert redact(body, [SECRET]) == f"access_key={INSTEAD}&contactId=1001"


def test_basic_authentication_is_taken_out() -> None:
    """The Authorization header holds the password in Base64."""
    header = base64.b64encode(b"keap-bridge:aB3d eF5h").decode()

    assert redact(f"Basic {header}", ["keap-bridge:aB3d eF5h"]) == f"Basic {INSTEAD}"


def test_a_secret_inside_a_longer_one_leaves_nothing_standing() -> None:
    """The rest of the longer secret would be shown."""
    assert redact("one-two-three", ["one-two", "one-two-three"]) == INSTEAD


def test_an_empty_or_tiny_secret_is_no_secret() -> None:
    """Every text would be redacted away."""
    assert redact("abc", ["", "b"]) == "abc"


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(min_size=4, max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_no_secret_is_left_in_any_text(secret: str, before: str, after: str) -> None:
    """A secret of unusual characters would be shown."""
    known = redaction([secret], show_emails=True)
    if secret not in INSTEAD:
        assert secret not in known(f"{before}\n{secret}\n{after}").replace(INSTEAD, "\0")


def test_an_address_is_shortened() -> None:
    """Two addresses could not be told apart, or one would be shown."""
    assert shorten_email("ann.lee@example.com") == "a…@example.com"
    assert shorten_email('"@"@example.com') == "…@example.com"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ann.lee@example.com", "a…@example.com"),
        ("to <Ann.Lee+x@mail.example.com>, bob@b.org.", "to <A…@mail.example.com>, b…@b.org."),
        ("{'email': 'ann@example.com'}", "{'email': a…@example.com'}"),
        ("/users?search=ann@example.com&x=1", "u…@example.com&x=1"),
        ("email=ann%40example.com&x=1", "e…%40example.com&x=1"),
        ("ann%2Blee%40example.com", "a…%40example.com"),
        ("o'brien@example.com", "o…@example.com"),
        ('"ann lee"@example.com', "a…@example.com"),
        ("j\u00fcrgen@b\u00fccher.example", "j…@b\u00fccher.example"),
        ("ann@[192.0.2.1]", "a…@[192.0.2.1]"),
        ("ann@localhost", "a…@localhost"),
        ("a@b@c", "a…@b…@c"),
        ("no address @ all, 100%40", "no address @ all, 100%40"),
    ],
)
def test_addresses_in_a_text_are_shortened(text: str, shown: str) -> None:
    """A person's address would be shown."""
    assert redact(text, []) == shown


def test_addresses_are_left_whole_when_asked() -> None:
    """An owner who looks for one address could not find it."""
    assert redaction([], show_emails=True)("ann@example.com") == "ann@example.com"


@settings(deadline=None)  # a busy machine is no fault
@given(st.emails())
def test_no_legal_address_is_left_whole(address: str) -> None:
    """An unusual address would be shown."""
    local, _, domain = address.rpartition("@")
    shown = redact(f"mail to {address}, sent", [])

    assert shown.startswith("mail to ")
    assert shown.endswith(f"…@{domain}, sent")
    assert len(local) == 1 or address not in shown
