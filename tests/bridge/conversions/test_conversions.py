"""Every conversion: what it makes of Keap's values, and what it refuses."""

import json
from datetime import UTC, datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.config.sources import ConversionName
from bridge.conversions import (
    CONVERTERS,
    KEYS,
    Converted,
    Given,
    NotConvertible,
    Style,
    by_default,
    convert,
)
from bridge.conversions.countries import _ALSO_CALLED, plain
from keap_client.contact import Address, PhoneNumber
from keap_client.model import FieldOption

COLOURS = (
    FieldOption(id="1", label="Red"),
    FieldOption(id="2", label="Blue, light"),
    FieldOption(id="3", label="1"),
    FieldOption(id="4"),
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
TYPES = ("TEXT", "DATE", "DATE_TIME", "YES_NO", "TEXT_AREA", "LIST_BOX", "")

CASES: list[tuple[str, Any, dict[str, Any], Converted | None]] = [
    # name, what Keap has, what is said beside it, what WordPress gets (None: refused)
    ("text", "  two\r\n lines\t ", {}, "two lines"),
    ("text", ["a", 2], {}, "a,2"),
    ("text", 1.0, {}, "1"),
    ("multiline", " a \r\n\r\nb\rc\u2028d ", {}, "a\n\nb\nc\nd"),
    ("multiline", "a\n  b", {}, "a\n  b"),
    ("integer", " 41 ", {}, "41"),
    ("integer", -7, {}, "-7"),
    ("integer", "007", {}, "7"),
    ("integer", 1e16, {}, "10000000000000000"),
    ("integer", "-0.0", {}, "0"),
    ("integer", "4.5", {}, None),
    ("integer", "four", {}, None),
    ("integer", "1,000", {}, None),
    ("integer", "٣", {}, None),
    ("number", "19.50", {}, "19.5"),
    ("number", 100, {}, "100"),
    ("number", "1e3", {}, "1000"),
    ("number", 1.5e-7, {}, "0.00000015"),
    ("number", "1.000,5", {}, None),
    ("number", "NaN", {}, None),
    ("number", "1e999", {}, None),
    ("boolean", True, {}, "1"),
    ("boolean", 0, {}, "0"),
    ("boolean", "Yes", {}, "1"),
    ("boolean", "OFF", {}, "0"),
    ("boolean", "perhaps", {}, None),
    ("boolean", 2, {}, None),
    ("date", "2024-01-31", {}, "2024-01-31"),
    ("date", "2024-01-31T23:30:00.000Z", {}, "2024-01-31"),
    ("date", "2024-01-31T23:30:00.000Z", {"timezone": "Europe/Berlin"}, "2024-02-01"),
    ("date", "2024-01-31T23:30:00.000+0000", {"timezone": "Asia/Tokyo"}, "2024-02-01"),
    ("date", "2024-01-31", {"timezone": "America/New_York"}, "2024-01-31"),
    ("date", "2024-01-31", {"format": "%d/%m/%y %%"}, "31/01/24 %"),
    ("date", "31.01.2024", {}, None),
    ("date", "2024-02-30", {}, None),
    ("date", "soon", {}, None),
    ("datetime", "2024-01-31T14:30:05.123Z", {}, "2024-01-31T14:30:05Z"),
    ("datetime", "2024-01-31T14:30:05", {}, "2024-01-31T14:30:05Z"),
    ("datetime", "2024-01-31T14:30:05+02:00", {}, "2024-01-31T12:30:05Z"),
    (
        "datetime",
        "2024-07-31T14:30:05Z",
        {"timezone": "America/New_York"},
        "2024-07-31T10:30:05-04:00",
    ),
    ("datetime", "20240131T143005Z", {}, "2024-01-31T14:30:05Z"),
    ("datetime", "2024-01-31", {"timezone": "Asia/Kolkata"}, "2024-01-31T00:00:00+05:30"),
    ("datetime", "2024-01-31T14:30:05Z", {"format": "%I:%M %p, %s"}, "02:30 PM, 1706711405"),
    ("datetime", "2024-01-31", {"format": "%s", "timezone": "Europe/Berlin"}, "1706655600"),
    ("datetime", "9999-12-31T23:59:59Z", {"timezone": "Asia/Tokyo"}, None),
    ("datetime", "14:30", {}, None),
    ("list", "Yoga, Chess,,", {}, ("Yoga", "Chess")),
    ("list", ["Yoga", None, 3, "a,b"], {}, ("Yoga", "3", "a,b")),
    ("list", "a; b", {"separator": ";"}, ("a", "b")),
    ("list", "one", {}, ("one",)),
    ("list", ",", {}, None),
    ("option_label", "1", {}, None),
    ("country_alpha2", "USA", {}, "US"),
    ("country_alpha2", "us", {}, "US"),
    ("country_alpha2", "United States of America", {}, "US"),
    ("country_alpha2", "U.K.", {}, "GB"),
    ("country_alpha2", "turkey", {}, "TR"),
    ("country_alpha2", "cote d'ivoire", {}, "CI"),
    ("country_alpha2", "Österreich", {}, None),
    ("country_alpha2", "Atlantis", {}, None),
    ("country_alpha2", "-", {}, None),
    ("country_alpha3", "Germany", {}, "DEU"),
    ("country_name", "VNM", {}, "Vietnam"),
    ("country_name", "DE", {}, "Germany"),
    ("region_code", "us-az", {}, "AZ"),
    ("region_code", "Arizona", {}, None),
    ("region_code", "Arizona", {"country": "US"}, "AZ"),
    ("region_code", "az", {"country": "USA"}, "AZ"),
    ("region_code", "quebec", {"country": "Canada"}, "QC"),
    ("region_code", "Bavaria", {"country": "US"}, None),
    ("region_name", "CA-ON", {}, "Ontario"),
    ("region_name", "ON", {"country": "CA"}, "Ontario"),
    ("phone_e164", "(555) 123-4567", {"country": "US"}, "+15551234567"),
    ("phone_e164", "+49 30 901820 ext. 7", {}, "+4930901820"),
    ("phone_e164", "0043 1 4000", {"country": "DE"}, "+4314000"),
    ("phone_e164", "(555) 123-4567", {}, None),
    ("phone_e164", "call me", {"country": "US"}, None),
    ("phone_e164", "12", {"country": "US"}, None),
    ("json", ["a", 1, None], {}, '["a",1,null]'),
    ("json", "Zoë", {}, '"Zoë"'),
]


@pytest.mark.parametrize(("name", "content", "style", "converted"), CASES)
def test_a_value_is_converted_or_refused(
    name: str, content: Any, style: dict[str, Any], converted: Converted | None
) -> None:
    """WordPress would get another value than the one meant, or a guess in place of none."""
    if converted is None:
        with pytest.raises(NotConvertible):
            convert(name, Given(content), Style(**style))
    else:
        assert convert(name, Given(content), Style(**style)) == converted


@pytest.mark.parametrize(
    ("name", "content", "converted"),
    [
        ("option_label", "1", "1"),  # a label, though it is an id too
        ("option_label", "2", "Blue, light"),
        ("option_label", "Blue, light", "Blue, light"),
        ("option_label", ["Red", "2"], "Red,Blue, light"),
        ("option_label", "4", "4"),
        ("option_label", "Red,3", "Red,1"),
        ("option_label", "Green", None),
        ("option_id", "Red", "1"),
        ("option_id", "1", "3"),
        ("option_id", [1, "Red"], "3,1"),
        ("option_id", "Red,Green", None),
        ("list", ["2", "Red", "Green"], ("Blue, light", "Red", "Green")),
        ("list", "4", ("4",)),
    ],
)
def test_an_option_is_known_by_label_and_id(
    name: str, content: Any, converted: Converted | None
) -> None:
    """A choice would turn into another one, or into a number that says nothing to anybody."""
    choice = Given(content, "LIST_BOX", COLOURS)
    if converted is None:
        with pytest.raises(NotConvertible):
            convert(name, choice, Style())
    else:
        assert convert(name, choice, Style()) == converted


@pytest.mark.parametrize(
    ("entry", "country", "style", "code"),
    [
        ({"region_code": "US-AZ"}, None, None, "AZ"),
        ({"country_code": "USA"}, "DEU", "CA", "AZ"),
        ({"country": "United States"}, None, None, "AZ"),
        (None, "USA", None, "AZ"),
        (None, "DEU", "US", "AZ"),
        ({"country_code": "DEU"}, "USA", "US", None),
        (None, "nowhere", None, None),
    ],
)
def test_a_region_is_one_of_its_own_addresss_country(
    entry: dict[str, str] | None, country: str | None, style: str | None, code: str | None
) -> None:
    """A shipping address abroad would get a region of the country at home."""
    address = None if entry is None else Address(**entry)
    region = Given("Arizona", entry=address, country=country)
    if code is None:
        with pytest.raises(NotConvertible):
            convert("region_code", region, Style(country=style))
    else:
        assert convert("region_code", region, Style(country=style)) == code


@pytest.mark.parametrize(("called", "code"), [*_ALSO_CALLED.items()])
def test_a_country_is_known_by_what_people_call_it(called: str, code: str) -> None:
    """A name would be listed that is never found, or that ISO 3166-1 has for another country."""
    assert plain(called) == called
    assert convert("country_alpha2", Given(called.title()), Style()) == code


def test_a_number_that_keap_knows_is_taken() -> None:
    """Keap's own knowledge would be thrown away for a guess; nonsense of Keap's would be sent."""
    for known, number in (("+15550000000", "+15550000000"), ("5550000000", "+15551234567")):
        entry = PhoneNumber(number="(555) 123-4567", number_e164=known)
        value = Given("(555) 123-4567", entry=entry, country="USA")
        assert convert("phone_e164", value, Style()) == number


@pytest.mark.parametrize(
    ("type_", "content", "text"),
    [
        ("DATE", "2024-01-31T00:00:00.000Z", "2024-01-31"),
        ("DATE", "soon", "soon"),
        ("DATE_TIME", "2024-01-31T14:30:05.000Z", "2024-01-31T14:30:05Z"),
        ("DATE_TIME", "2024-01-31T14:30:05Z", "2024-01-31T14:30:05Z"),
        ("YES_NO", "Yes", "1"),
        ("YES_NO", "perhaps", "perhaps"),
        ("TEXT_AREA", "a\r\nb", "a\nb"),
        ("TEXT", " a\r\nb ", " a\r\nb "),
        ("LIST_BOX", ["a", "b"], "a,b"),
        ("WHOLE_NUMBER", 32.0, "32"),
    ],
)
def test_without_a_conversion_a_value_suits_its_type(type_: str, content: Any, text: str) -> None:
    """A site that expects WP Fusion's values would get others; or a value would be lost."""
    assert by_default(Given(content, type_)) == text


def test_a_day_stays_the_day_that_it_is() -> None:
    """A birthday would move to the day before in America."""
    day = Given("2024-01-31T00:00:00.000Z", "DATE")
    style = Style(timezone="America/New_York")

    assert convert("date", day, style) == "2024-01-31"
    assert convert("datetime", day, style) == "2024-01-31T00:00:00-05:00"


def test_the_configuration_knows_every_conversion() -> None:
    """A conversion could not be asked for, or a word be accepted that stands for none."""
    assert set(get_args(ConversionName)) == set(CONVERTERS)
    assert {name for names in KEYS.values() for name in names} <= set(CONVERTERS)


@given(
    name=st.sampled_from(sorted(CONVERTERS)),
    content=JSON_VALUES.filter(lambda value: value is not None),
    type_=st.sampled_from(TYPES),
    country=st.none() | st.text(max_size=5),
)
@settings(deadline=None)
def test_no_value_breaks_a_conversion(
    name: str, content: Any, type_: str, country: str | None
) -> None:
    """One odd value in Keap would end the whole delivery as a fault of the program."""
    value = Given(content, type_, COLOURS, country=country)
    try:
        converted = convert(name, value, Style())
    except NotConvertible:
        return
    assert converted
    assert isinstance(converted, str) or all(isinstance(each, str) for each in converted)
    assert isinstance(by_default(value), str)


@given(
    moment=st.datetimes(datetime(1900, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the strategy puts the time zone on
    zone=st.sampled_from(["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "UTC"]),
)
def test_a_moment_stays_the_same_moment(moment: datetime, zone: str) -> None:
    """Somebody's appointment would be at another time in WordPress than in Keap."""
    written = moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    converted = convert("datetime", Given(written), Style(timezone=zone))
    day = convert("date", Given(written), Style(timezone=zone))

    assert isinstance(converted, str)
    assert datetime.fromisoformat(converted) == moment.replace(microsecond=0)
    assert day == moment.astimezone(ZoneInfo(zone)).date().isoformat()


@given(number=st.decimals(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9))
def test_a_number_stays_the_same_number(number: Any) -> None:
    """A price would be another one in WordPress than in Keap."""
    written = format(number, "f")
    converted = convert("number", Given(written), Style())

    assert isinstance(converted, str)
    assert number == type(number)(converted)
    assert json.loads(converted) == pytest.approx(float(number))
