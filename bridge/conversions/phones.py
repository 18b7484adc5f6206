"""Phone numbers as ITU-T E.164 has them: ``+15551234567``. Pure."""

import re

from bridge.conversions.countries import country_code
from bridge.conversions.given import Converted, Given, NotConvertible, Style
from keap_client.contact import PhoneNumber

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def e164(given: Given, style: Style) -> Converted:
    """Give a number with its country: as Keap itself knows it, else read as people there dial it.

    Keap's numbers are free text. One without a country code is taken for one of the country
    configured, or else of the contact's billing address.

    Raises:
        NotConvertible: It is no number, or nobody knows of which country.
    """
    entry = given.entry
    if isinstance(entry, PhoneNumber) and _E164.fullmatch(entry.number_e164 or ""):
        return entry.number_e164 or ""
    return _read(given.text, style.country or given.country)


def _read(text: str, country: str | None) -> str:
    import phonenumbers  # noqa: PLC0415 - many configurations name no phone number

    try:
        number = phonenumbers.parse(text, country_code(country) if country else None)
    except phonenumbers.NumberParseException:
        raise NotConvertible from None
    # Whether its digits are in use is not asked: new ranges are given out faster than libraries.
    if not phonenumbers.is_possible_number(number):
        raise NotConvertible
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
