"""Where a request comes from, and whether one from there is taken. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

from bridge.config.networks import Network

Address: TypeAlias = IPv4Address | IPv6Address

SUBSCRIBER = 64
"""Bits: a provider gives each customer an IPv6 network of this size, RFC 6177."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request comes from, as far as that is known."""

    address: Address | None
    """``None``: a proxy that is believed does not say it."""
    alone: bool
    """Whether the address is one sender's: it may stand for everybody when it is that of this
    machine or of the local network, where an unnamed proxy may be."""

    name: str = field(init=False)
    """What counts as one sender: an IPv4 address, or the IPv6 network around one."""

    def __post_init__(self) -> None:
        # Once for all Posts from there: to write an address out takes longer than to compare it.
        name = str(self.address)
        if isinstance(self.address, IPv6Address):
            name = str(IPv6Network((self.address, SUBSCRIBER), strict=False))
        object.__setattr__(self, "name", name)

    def is_in(self, networks: Sequence[Network]) -> bool:
        """Whether the address belongs to one of the networks; every one does if there are none."""
        if not networks:
            return True
        return self.address is not None and is_in(self.address, networks)


def visitor_of(peer: str | None, forwarded: Iterable[str], proxies: Sequence[Network]) -> Visitor:
    """Find out where a request comes from.

    A proxy appends the address that it hears to ``X-Forwarded-For``, and what stands before may
    be made up by the sender. So the chain is read from its end, as long as the names are those of
    proxies that are believed; the first other one is where the request comes from
    (https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/X-Forwarded-For).

    Args:
        peer: The other end of the connection.
        forwarded: The values of all ``X-Forwarded-For`` headers in their order.
        proxies: Those that are believed.
    """
    nearest = _address(peer or "")
    if nearest is None:
        return Visitor(None, alone=False)
    if not is_in(nearest, proxies):
        return Visitor(nearest, alone=not (nearest.is_private or nearest.is_loopback))
    chain = [part.strip() for header in forwarded for part in header.split(",")]
    for part in reversed(chain):
        address = _address(part)
        if address is None:
            return Visitor(None, alone=False)
        nearest = address
        if not is_in(address, proxies):
            return Visitor(address, alone=True)
    return Visitor(nearest, alone=False)


def is_in(address: Address, networks: Iterable[Network]) -> bool:
    """Whether an address belongs to one of these networks."""
    return any(address in network for network in networks)


def _address(text: str) -> Address | None:
    """Read an address, perhaps with a port as some proxies write it."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
