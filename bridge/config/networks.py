"""Networks in the configuration: whose Posts are taken, and which proxies are believed."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator

from bridge.config.problems import refuse
from bridge.config.scalars import Scalar

Network: TypeAlias = IPv4Network | IPv6Network


def read_network(value: object) -> Network:
    """Read an address such as ``127.0.0.1``, or a network such as ``10.0.0.0/8``.

    Raises:
        Mistake: it is neither.
    """
    if isinstance(value, Network):
        return value
    text = value.text if isinstance(value, Scalar) else value
    hint = "such as 127.0.0.1, 10.0.0.0/8 or fd00::/8; names do not work here"
    if not isinstance(text, str):
        refuse("write an IP address or a network", hint)
    try:
        return ip_network(text)
    except ValueError as error:
        if "host bits" in str(error):
            hint = f"for the whole network write {ip_network(text, strict=False)}"
        refuse("this is no IP address and no network", hint)


WrittenNetwork = Annotated[Network, BeforeValidator(read_network)]
