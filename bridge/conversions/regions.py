"""Regions of a country, states and provinces: a code or a name. Pure; ISO 3166-2 by pycountry."""

from typing import TYPE_CHECKING

from bridge.conversions.countries import country_code, plain
from bridge.conversions.given import Converted, Given, NotConvertible, Style
from keap_client.contact import Address

if TYPE_CHECKING:
    from pycountry.db import Subdivision


def code(given: Given, style: Style) -> Converted:
    """Give the region's code without the country's, ``AZ``: what WooCommerce keeps."""
    return _found(given, style).code.partition("-")[2]


def name(given: Given, style: Style) -> Converted:
    """Give the region's name, ``Arizona``."""
    return str(_found(given, style).name)


def _found(given: Given, style: Style) -> "Subdivision":
    """Look by the code that Keap has beside the name, then by what is written.

    Raises:
        NotConvertible: The country has no such region, or nobody knows which country it is.
    """
    address = given.entry if isinstance(given.entry, Address) else Address()
    for full in (address.region_code, given.text):
        if found := _by_code(full or ""):
            return found
    written = address.country_code or address.country or style.country or given.country
    country = country_code(written) if written else None
    if country is None:
        raise NotConvertible
    if found := _by_code(f"{country}-{given.text}"):
        return found
    wanted = plain(given.text)
    for each in _regions_of(country):
        if plain(each.name) == wanted:
            return each
    raise NotConvertible


def _by_code(full: str) -> "Subdivision | None":
    from pycountry import subdivisions  # noqa: PLC0415 - many configurations name no region

    # pycountry leaves this one method without types.
    found: Subdivision | None = subdivisions.get(code=full.upper())  # type: ignore[no-untyped-call]
    return found


def _regions_of(country: str) -> "list[Subdivision]":
    from pycountry import subdivisions  # noqa: PLC0415 - as above

    return subdivisions.get(country_code=country) or []  # type: ignore[no-untyped-call]  # as above
