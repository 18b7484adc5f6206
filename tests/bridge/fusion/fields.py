"""Scenarios of Keap's fields: their names, and what is made of their values."""

from tests.bridge.fusion.scene import Scene


def full_record(scene: Scene) -> dict[str, object]:
    """Give the properties of a contact who has something in every field that is mapped."""
    return {
        "given_name": "Ann",
        "middle_name": "Rose",
        "job_title": "Owner",
        "company": {"id": "7", "company_name": "Lee & Sons"},
        "email_addresses": [
            {"email": f"full{scene.number_of_contacts}@example.com", "field": "EMAIL1"},
            {"email": "second@example.com", "field": "EMAIL2"},
        ],
        "email": None,
        "phone_numbers": [{"field": "PHONE1", "number": "555 0100", "extension": "7"}],
        "addresses": [
            {"field": "SHIPPING", "locality": "Tucson", "country_code": "USA"},
            {
                "field": "BILLING",
                "line1": "1 Main Street",
                "locality": "Phoenix",
                "region": "Arizona",
                "country_code": "USA",
            },
        ],
        "birth_date": "1985-03-15",
    }


async def fields_go_by_the_names_of_wp_fusion(scene: Scene) -> None:
    """Addresses, phones and e-mail addresses too, and those that its REST version does not load."""
    ann = scene.contact(**full_record(scene))
    await scene.post(ann)
    meta = scene.user(ann)["meta"]

    wanted = {
        "first_name": "Ann",
        "middle_name": "Rose",
        "job": "Owner",
        "company": "Lee & Sons",
        "phone": "555 0100",
        "phone_extension": "7",
        "second_email": "second@example.com",
        "street": "1 Main Street",
        "shipping_city": "Tucson",
    }
    assert {name: meta.get(name) for name in wanted} == wanted


async def the_fields_are_listed(scene: Scene) -> None:
    """``keap-bridge fields`` is the list from which WP Fusion's page lets one choose."""
    listed = await scene.command("fields")

    assert listed.code == 0
    for name in ("FirstName", "StreetAddress1", "_Membersince", "EmailAddress2"):
        assert name in listed.out


async def custom_fields_go_by_label_or_id(scene: Scene) -> None:
    """Labels with blanks and signs too, and a field called as a standard one."""
    ann = scene.contact(
        custom={"Notes for staff": "first\nsecond", "Age": 41, "What's up?": "So so"}
    )
    number = scene.sandbox.tenant.find_custom_field("What's up?").id
    await scene.post(ann)
    mapping = f"fields: {{mood: '{number}', mood_too: _Whatsup}}"
    async with scene.another("custom", mapping) as other:
        await other.post(ann, "update")
    meta = scene.user(ann)["meta"]

    assert (meta["staff_notes"], meta["age"]) == ("first\nsecond", "41")
    assert (meta["mood"], meta["mood_too"]) == ("So so", "So so")


async def dates_are_dates_and_go_into_any_form(scene: Scene) -> None:
    """One form without ``as``; the form and time zone of the site with it."""
    moment = "2026-03-15T10:30:00.000Z"
    ann = scene.contact(
        **full_record(scene), custom={"Last visit": moment, "Member since": "2024-01-10"}
    )
    await scene.post(ann)
    meta = scene.user(ann)["meta"]

    assert (meta["birthday"], meta["member_since"]) == ("1985-03-15", "10.01.2024")
    assert meta["last_visit"] == "2026-03-15T10:30:00Z"
    assert meta["last_visit_here"] == "15/03 11:30"


async def countries_and_regions_may_be_converted(scene: Scene) -> None:
    """As Keap has them without ``as``; as WooCommerce wants them with it."""
    ann = scene.contact(**full_record(scene))
    await scene.post(ann)
    meta = scene.user(ann)["meta"]

    assert (meta["country"], meta["billing_country"], meta["billing_state"]) == ("USA", "US", "AZ")
