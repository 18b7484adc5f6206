"""From a value as Keap has it to one as a WordPress site wants it: the words after ``as:``. Pure.

Each module beside this one holds the converters of one kind. pycountry and phonenumbers are
imported where they are first needed: most configurations name neither.
"""

from collections.abc import Callable, Mapping

from bridge.conversions import countries, dates, options, phones, regions, texts
from bridge.conversions.given import Converted, Given, NotConvertible, Style
from keap_client.field import as_text

__all__ = [
    "CONVERTERS",
    "KEYS",
    "Converted",
    "Given",
    "NotConvertible",
    "Style",
    "by_default",
    "convert",
]

CONVERTERS: Mapping[str, Callable[[Given, Style], Converted]] = {
    "text": texts.text,
    "multiline": texts.multiline,
    "integer": texts.integer,
    "number": texts.number,
    "boolean": texts.boolean,
    "date": dates.date,
    "datetime": dates.date_and_time,
    "list": options.texts_of,
    "option_label": options.labels,
    "option_id": options.ids,
    "country_alpha2": countries.alpha2,
    "country_alpha3": countries.alpha3,
    "country_name": countries.name,
    "region_code": regions.code,
    "region_name": regions.name,
    "phone_e164": phones.e164,
    "json": texts.as_json,
}
"""Every word that may stand after ``as:``."""

KEYS: Mapping[str, tuple[str, ...]] = {
    "format": ("date", "datetime"),
    "timezone": ("date", "datetime"),
    "separator": ("list", "option_label", "option_id"),
    "country": ("region_code", "region_name", "phone_e164"),
}
"""The keys that say more about a conversion, and the conversions that look at them."""

DEFAULTS = {
    "DATE": "date",
    "DATE_TIME": "datetime",
    "TEXT_AREA": "multiline",
    "YES_NO": "boolean",
}
"""What is done without ``as:``, by Keap's type of the field; everything else comes as it is."""


def convert(name: str, given: Given, style: Style) -> Converted:
    """Convert a value that is not empty.

    Args:
        name: A key of :data:`CONVERTERS`.
        given: The value, and what Keap tells beside it.
        style: What the configuration says beside ``as:``.

    Returns:
        Never empty; texts, or a tuple of texts for a serialized array.

    Raises:
        NotConvertible: The value is none of the kind. Its text is not in the error.
    """
    converted = CONVERTERS[name](given, style)
    if not converted:
        raise NotConvertible
    return converted


def by_default(given: Given) -> str:
    """Give a value as a site wants it that asks for nothing: dates in ISO 8601, yes and no as 1, 0.

    Nothing is refused: what is not of its kind comes as Keap writes it.
    """
    try:
        converted = convert(DEFAULTS[given.type], given, Style()) if given.type in DEFAULTS else ""
    except NotConvertible:
        converted = ""
    return converted if isinstance(converted, str) and converted else as_text(given.content) or ""
