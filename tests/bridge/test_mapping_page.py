"""docs/mapping.md: every example is run, every name and word is there."""

import copy
from typing import Any

import pytest
import yaml

from bridge.config import FieldSource
from bridge.conversions import CONVERTERS
from bridge.mapping import resolve_mapping, values_of
from keap_client.contact import Contact
from keap_client.field_list import standard_fields
from keap_client.fields import resolve
from keap_client.model import ContactModel
from tests.bridge.config.conftest import SITE, LoadText
from tests.bridge.config.conftest import load_text as load_text  # noqa: PLC0414 - a fixture
from tests.bridge.mapping_page import PAGE, Example, blocks, examples, table

ZOE: dict[str, Any] = {
    "id": "1001",
    "given_name": "Zoë",
    "family_name": "Smith",
    "website": "https://zoe.example.com",
    "company": {"company_name": "Thrive & Sons"},
    "email_addresses": [{"field": "EMAIL1", "email": "zoe@example.com"}],
    "phone_numbers": [{"field": "PHONE1", "number": "(555) 123-4567"}],
    "addresses": [
        {
            "field": "BILLING",
            "line1": "1 Main Street",
            "line2": "Suite 100",
            "locality": "Phoenix",
            "region": "Arizona",
            "postal_code": "85001",
            "country_code": "USA",
        }
    ],
}
"""The contact whom the page tells of."""
INTERESTS = [{"id": "1", "label": "Yoga"}, {"id": "2", "label": "Chess"}]
PLANS = [{"id": "1", "label": "Silver"}, {"id": "2", "label": "Gold"}]
MODEL = ContactModel.model_validate(
    {
        "custom_fields": [
            {"id": "6", "label": "Renewal", "field_type": "DATE"},
            {"id": "7", "label": "Last Visit", "field_type": "DATE_TIME"},
            {"id": "8", "label": "Newsletter", "field_type": "YES_NO"},
            {"id": "9", "label": "Interests", "field_type": "LIST_BOX", "options": INTERESTS},
            {"id": "10", "label": "Remarks", "field_type": "TEXT_AREA"},
            {"id": "11", "label": "Age", "field_type": "WHOLE_NUMBER"},
            {"id": "12", "label": "Fee", "field_type": "CURRENCY"},
            {"id": "13", "label": "Skills", "field_type": "TEXT"},
            {"id": "14", "label": "Plan", "field_type": "DROPDOWN", "options": PLANS},
            {"id": "15", "label": "Nationality", "field_type": "TEXT"},
            {"id": "16", "label": "Province", "field_type": "STATE"},
        ]
    }
)


def contact_with(name: str, content: object) -> Contact:
    """Give the page's contact with this content in the field of that name."""
    record = copy.deepcopy(ZOE)
    field = resolve(name, MODEL)
    if field.slot is None:
        record[field.property] = content
        return Contact.model_validate(record)
    if field.property == "utm_parameters":
        record["utm_parameters"] = [{"firstTouch": True, "utmCampaign": content}]
    elif field.property == "custom_fields":
        record["custom_fields"] = [{"id": field.slot, "content": content}]
    else:
        entries = record[field.property]
        if all(each["field"] != field.slot for each in entries):
            entries.append({"field": field.slot})
        (entry,) = (each for each in entries if each["field"] == field.slot)
        entry[field.parts[0]] = content
    return Contact.model_validate(record)


@pytest.mark.parametrize("example", [*examples()], ids=lambda each: each.line.strip())
def test_an_example_is_true(example: Example) -> None:
    """Somebody who copies the line would get something else than the page says."""
    (source,) = yaml.safe_load(example.line).values()
    rule = FieldSource.model_validate(source)
    contact = Contact.model_validate(ZOE)
    if example.keap is not None:
        contact = contact_with(rule.keap_field or "", example.keap)

    values = values_of(contact, resolve_mapping({example.target: rule}, MODEL))

    (value,) = {**values.fields, **values.meta}.values()
    assert (list(value) if isinstance(value, tuple) else value) == example.wordpress


@pytest.mark.parametrize("block", blocks())
def test_an_example_can_be_copied(load_text: LoadText, block: str) -> None:
    """A line of the page would be refused, or warned about."""
    assert load_text(SITE + block).warnings == ()


def test_every_name_is_in_the_page() -> None:
    """An owner would not find a field's name, or find one that does not work."""
    text = PAGE.read_text("utf-8")
    shown = text.partition("<!-- names -->\n")[2].partition("\n<!-- end of names -->")[0]

    assert shown == table(standard_fields()), "write this table into the page"


def test_every_conversion_and_key_has_an_example() -> None:
    """An owner would have to guess how a conversion is written."""
    rules = [each for block in blocks() for each in yaml.safe_load(block)["fields"].values()]
    written = [each for each in rules if isinstance(each, dict)]
    keys = {field.alias or name for name, field in FieldSource.model_fields.items()}

    assert {each["as"] for each in written if "as" in each} == set(CONVERTERS)
    assert {key for each in written for key in each} == keys
