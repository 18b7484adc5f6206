"""Countries: two letters, three letters, or a name. Pure; ISO 3166-1 as pycountry has it."""

import re
import unicodedata
from typing import TYPE_CHECKING

from bridge.conversions.given import Converted, Given, NotConvertible, Style

if TYPE_CHECKING:
    from pycountry.db import Country

_ALSO_CALLED = {
    "aland islands": "AX",
    "britain": "GB",
    "brunei": "BN",
    "burma": "MM",
    "cape verde": "CV",
    "congo drc": "CD",
    "democratic republic of the congo": "CD",
    "east timor": "TL",
    "england": "GB",
    "falkland islands": "FK",
    "great britain": "GB",
    "holland": "NL",
    "ivory coast": "CI",
    "korea": "KR",
    "macau": "MO",
    "macedonia": "MK",
    "micronesia": "FM",
    "northern ireland": "GB",
    "palestine": "PS",
    "republic of korea": "KR",
    "russia": "RU",
    "scotland": "GB",
    "swaziland": "SZ",
    "the netherlands": "NL",
    "turkey": "TR",
    "u k": "GB",
    "u s": "US",
    "u s a": "US",
    "uae": "AE",
    "uk": "GB",
    "united states of america": "US",
    "vatican": "VA",
    "vatican city": "VA",
    "wales": "GB",
}
"""What people and other lists call countries, but ISO 3166-1 does not; signs are blanks."""


def alpha2(given: Given, _style: Style) -> Converted:
    """Give two letters, ``US``: what WooCommerce and most plugins keep."""
    return _found(given.text).alpha_2


def alpha3(given: Given, _style: Style) -> Converted:
    """Give three letters, ``USA``."""
    return _found(given.text).alpha_3


def name(given: Given, _style: Style) -> Converted:
    """Give the English name that people use: ``South Korea`` rather than ``Korea, Republic of``."""
    found = _found(given.text)
    return str(getattr(found, "common_name", found.name))


def country_code(text: str) -> str | None:
    """Give the two letters of a country that is written in any way; ``None``: it is none."""
    found = _find(text)
    return found.alpha_2 if found else None


def plain(text: str) -> str:
    """Give a name in small letters without accents, each run of other signs as a blank."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(sign for sign in letters if not unicodedata.combining(sign))
    return re.sub(r"[\W_]+", " ", letters).strip()


def _found(text: str) -> "Country":
    found = _find(text)
    if found is None:
        raise NotConvertible
    return found


def _find(text: str) -> "Country | None":
    from pycountry import countries  # noqa: PLC0415 - many configurations name no country

    try:
        return countries.lookup(_ALSO_CALLED.get(plain(text), text.strip()))
    except LookupError:
        return _by_plain_name(plain(text), [*countries])


def _by_plain_name(wanted: str, countries: "list[Country]") -> "Country | None":
    for country in countries:
        names = (country.name, getattr(country, "common_name", ""))
        if wanted and wanted in {plain(each) for each in names}:
            return country
    return None
