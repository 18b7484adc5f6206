"""The list of fields, against Keap's own document and the local Keap."""

from dataclasses import replace
from typing import Any, get_args

import keap_core_v2_client as sdk

from keap_client.carrier import Credentials
from keap_client.contacts import get_contact, newest_contact
from keap_client.field_list import custom_fields, standard_fields
from keap_client.fields import resolve
from keap_client.model import ContactModel
from keap_client.sandbox import Sandbox
from keap_client.sandbox.wire import OPTIONAL_FIELDS
from keap_client.standard_fields import STANDARD_FIELDS
from tests.keap_client.carrying import carrier_over
from tests.keap_client.test_fields import MERGE_FIELDS, NO_CUSTOM_FIELDS, RECORD, REST_NAMES

BESIDE = {"custom_fields", "links", "groups", "additional_properties"}
"""Read in another way (`groups` are the tag ids), or about other contacts."""
UNDOCUMENTED = {"notes"}
"""Read and written on live applications, but missing from the document's contact."""
NO_VALUES = {
    *("field", "type", "id", "first_touch", "last_touch"),
    *("opt_in_reason", "additional_properties"),
}
"""What tells entries apart, and a reason that is only ever written."""


def documented() -> dict[str, set[str]]:
    """Give each property of Keap's contact with the parts that its entries have.

    Keap's SDK is made from Keap's document: its models are the document's schemas.
    """
    found = {}
    for name, field in sdk.Contact.model_fields.items():
        models = [each for each in _within(field.annotation) if hasattr(each, "model_fields")]
        found[name] = {part.removeprefix("var_") for model in models for part in model.model_fields}
    return found


def _within(annotation: Any) -> list[Any]:
    inner = [each for argument in get_args(annotation) for each in _within(argument)]
    return [annotation, *inner]


def test_every_field_listed_is_in_keaps_document() -> None:
    """Keap would refuse to send a property, or never have the part."""
    document = documented()
    for field in STANDARD_FIELDS.values():
        assert field.property in {*document, *UNDOCUMENTED}, field.name
        assert set(field.parts) <= document.get(field.property, set()), field.name


def test_every_field_in_keaps_document_is_listed() -> None:
    """Something that Keap knows of a contact could not be mapped."""
    listed = [each.field for each in standard_fields()]
    for name, parts in documented().items():
        if name in BESIDE:
            continue
        told = {part for field in listed if field.property == name for part in field.parts}
        assert name in {field.property for field in listed}, name
        assert parts - told <= NO_VALUES, name
    assert set(OPTIONAL_FIELDS) - BESIDE <= {field.property for field in listed}


def test_every_name_is_listed_once() -> None:
    """A name would be looked for in vain, or promise two different fields."""
    names = [name for each in standard_fields() for name in (each.name, *each.other_names)]

    assert sorted(name.casefold() for name in names) == sorted(STANDARD_FIELDS)


def test_the_name_to_write_leads_to_its_field() -> None:
    """Somebody who copies a name from the list would get another field, or an error."""
    model = ContactModel.model_validate(
        {
            "custom_fields": [
                {"id": "6", "label": "Shoe size", "field_name": "ShoeSize0"},
                {"id": "7", "label": "Shoe-size"},
                {"id": "8", "label": "Country", "options": [{"id": "1", "label": "A"}]},
                {"id": "9", "label": "City", "field_name": "8"},
                {"id": "10", "label": "???"},
            ]
        }
    )
    listed = [*custom_fields(model)]

    assert [each.name for each in listed] == ["_ShoeSize0", "Shoe-size", "_Country", "_City", "???"]
    assert [each.other_names[-1:] for each in listed] == [("6",), ("7",), ("8",), ("9",), ("10",)]
    for each in listed:
        for name in (each.name, *each.other_names):
            assert replace(resolve(name, model), name=each.name) == each.field


async def test_every_name_is_read_from_keap(sandbox: Sandbox) -> None:
    """A field could be right on paper, and empty when Keap is asked for it."""
    held_apart = ("id", "create_time", "update_time", "tag_ids")  # the sandbox keeps these itself
    sandbox.tenant.add_contact(
        contact_id="2001", **{key: RECORD[key] for key in RECORD if key not in held_apart}
    )
    async with carrier_over("aiohttp", sandbox.url, Credentials(sandbox.token)) as keap:
        contact = await keap.send(get_contact("2001"))

    expected = {**MERGE_FIELDS, **REST_NAMES}
    for name, value in expected.items():
        field = resolve(name, NO_CUSTOM_FIELDS)
        assert field.property in held_apart or field.value_of(contact) == value, name


async def test_the_newest_contact_is_found(sandbox: Sandbox) -> None:
    """The examples would be of a contact whom nobody remembers, or an empty Keap be an error."""
    async with carrier_over("aiohttp", sandbox.url, Credentials(sandbox.token)) as keap:
        newest = await keap.send(newest_contact(("given_name",)))
        sandbox.tenant.contacts.clear()
        nobody = await keap.send(newest_contact())

    assert [each.given_name for each in newest.contacts] == ["Jana"]
    assert nobody.contacts == ()
