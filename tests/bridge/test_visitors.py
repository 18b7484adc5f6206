"""Where a request comes from, whatever its headers claim."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.visitors import visitor_of

PROXIES = tuple(ip_network(each) for each in ("127.0.0.1", "10.1.0.0/16", "fd00::/8"))
PEOPLE = "203.0.113.7"


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("198.51.100.2", [], "198.51.100.2"),
        ("198.51.100.2", [PEOPLE], "198.51.100.2"),  # no proxy of ours: its word counts for nothing
        ("10.2.0.1", [PEOPLE], "10.2.0.1"),
        ("127.0.0.1", [PEOPLE], PEOPLE),
        ("127.0.0.1", [f"8.8.8.8, {PEOPLE}"], PEOPLE),  # what stands before is the sender's
        ("127.0.0.1", ["8.8.8.8", PEOPLE], PEOPLE),
        ("127.0.0.1", [f"{PEOPLE}, 10.1.2.3"], PEOPLE),
        ("127.0.0.1", [f"127.0.0.1, {PEOPLE}, 10.1.2.3, fd00::5"], PEOPLE),
        ("127.0.0.1", [f"{PEOPLE},8.8.8.8,10.1.2.3"], "8.8.8.8"),
        ("127.0.0.1", [f"{PEOPLE}:4711"], PEOPLE),
        ("127.0.0.1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("127.0.0.1", ["2001:db8::7"], "2001:db8::7"),
        ("127.0.0.1", [f"::ffff:{PEOPLE}"], PEOPLE),
        ("::ffff:127.0.0.1", [PEOPLE], PEOPLE),
        ("127.0.0.1", ["unknown"], None),
        ("127.0.0.1", [f"{PEOPLE}, unknown"], None),
        ("127.0.0.1", [f"unknown, {PEOPLE}"], PEOPLE),
        ("127.0.0.1", [""], None),
        ("127.0.0.1", [f"{PEOPLE},"], None),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["10.1.0.9"], "10.1.0.9"),
        ("fe80::1%eth0", [], "fe80::1"),
        (None, [PEOPLE], None),
    ],
)
def test_the_address(peer: str | None, forwarded: list[str], address: str | None) -> None:
    """A header would take somebody past the list of addresses, or keep Keap out."""
    found = visitor_of(peer, forwarded, PROXIES).address

    assert (None if found is None else str(found)) == address


@given(st.lists(st.text("0123456789abcdef:.,[]% ", max_size=60), max_size=4))
def test_no_header_moves_the_address_that_a_proxy_heard(made_up: list[str]) -> None:
    """A sender could choose where its Posts come from."""
    forwarded = [*made_up, PEOPLE]

    assert str(visitor_of("127.0.0.1", forwarded, PROXIES).address) == PEOPLE
    assert str(visitor_of("8.8.8.8", forwarded, PROXIES).address) == "8.8.8.8"


@pytest.mark.parametrize(
    ("peer", "forwarded", "alone"),
    [
        ("8.8.8.8", [], True),
        ("127.0.0.1", [PEOPLE], True),
        ("127.0.0.1", [], False),  # the proxy itself
        ("::1", [], False),  # perhaps a proxy that nobody has named
        ("192.168.1.1", [PEOPLE], False),
        ("127.0.0.1", ["unknown"], False),
        ("127.0.0.1", ["10.1.0.9"], False),
    ],
)
def test_whether_it_stands_for_one_sender(peer: str, forwarded: list[str], *, alone: bool) -> None:
    """One stranger could have everybody behind the same proxy kept out."""
    assert visitor_of(peer, forwarded, PROXIES).alone is alone


@pytest.mark.parametrize(
    ("networks", "inside"),
    [([], True), (["203.0.113.0/24"], True), (["203.0.113.8"], False), (["2001:db8::/32"], False)],
)
def test_the_list_of_addresses(networks: list[str], *, inside: bool) -> None:
    """``server.allow_from`` would let others in, or keep those out whom it names."""
    visitor = visitor_of("127.0.0.1", [PEOPLE], PROXIES)

    assert visitor.is_in([ip_network(each) for each in networks]) is inside


def test_who_cannot_be_placed_is_in_no_list() -> None:
    """A proxy that hides its visitors would let everybody in."""
    visitor = visitor_of("127.0.0.1", ["unknown"], PROXIES)

    assert not visitor.is_in([ip_network("0.0.0.0/0"), ip_network("::/0")])


def test_a_subscriber_is_one_sender_however_many_addresses_there_are() -> None:
    """Whoever has an IPv6 network could guess a key from each of its addresses."""
    names = {visitor_of(each, [], ()).name for each in ("2001:db8::1", "2001:db8::ffff:2")}

    assert len(names) == 1
    assert visitor_of("2001:db8:0:1::1", [], ()).name not in names
