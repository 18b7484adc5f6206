"""The application that the demo and most tests start with."""

from datetime import timedelta

from keap_client.sandbox.state import Clock, Tenant, email_address, wall_clock


def demo_tenant(clock: Clock = wall_clock) -> Tenant:
    """Give an application with four contacts, five tags in two categories, and custom fields.

    Contact ``1001`` (Zoë Smith) has everything a mapping may ask for; ``1002`` has a plain record;
    ``1003`` has no e-mail address and no last name; ``1004`` shares its address with ``1002``.
    """
    tenant = Tenant(clock=clock)
    tenant.add_custom_field("WP Password", field_name="WPPassword")
    tenant.add_custom_field("Country", field_name="Country0")
    tenant.add_custom_field("Member since", field_type="DATE", field_name="MemberSince")
    tenant.add_custom_field("Last visit", field_type="DATE_TIME", field_name="LastVisit")
    tenant.add_custom_field("Age", field_type="WHOLE_NUMBER", field_name="Age0")
    tenant.add_custom_field("Newsletter", field_type="YES_NO", field_name="Newsletter")
    tenant.add_custom_field(
        "What's up?",
        field_type="DROPDOWN",
        field_name="Whatsup",
        options=("All well", "So so"),
    )
    tenant.add_custom_field("Notes for staff", field_type="TEXT_AREA", field_name="Notesforstaff")
    gold = tenant.add_tag("Gold member", category="Membership", description="Pays monthly")
    silver = tenant.add_tag("Silver member", category="Membership")
    customer = tenant.add_tag("Customer", category="Sales")
    tenant.add_tag("WP user ready")
    tenant.add_tag("WP user failed")
    tenant.add_contact(
        given_name="Zoë",
        middle_name="R",
        family_name="Smith",
        preferred_name="Zo",
        job_title="Product Owner",
        contact_type="Customer",
        website="https://zoe.example.com",
        email_addresses=[
            email_address("zoe@example.com"),
            email_address("zoe.work@example.com", "EMAIL2", opted_in=False),
        ],
        phone_numbers=[
            {
                "field": "PHONE1",
                "number": "(555) 123-4567",
                "extension": "101",
                "type": "Work",
                "number_e164": "+15551234567",
            }
        ],
        addresses=[
            {
                "field": "BILLING",
                "line1": "1 Main Street",
                "line2": "Suite 100",
                "locality": "Phoenix",
                "region": "Arizona",
                "region_code": "US-AZ",
                "country": "United States",
                "country_code": "USA",
                "postal_code": "85001",
                "zip_code": "85001",
                "zip_four": None,
            }
        ],
        company={"id": "100", "company_name": "Thrive & Sons"},
        birth_date="1985-03-15",
        owner_id="1",
        source_type="API",
        time_zone="America/New_York",
        preferred_locale="en_US",
        social_accounts=[{"name": "@zoe", "type": "LINKED_IN"}],
        utm_parameters=[
            {
                "id": 2,
                "keapSourceId": "77",
                "utmSource": "newsletter",
                "utmMedium": "email",
                "utmCampaign": "spring",
                "lastTouch": True,
                "firstTouch": False,
                "dateCreated": "2026-02-01T09:30:00Z",
            },
            {
                "id": 1,
                "keapSourceId": "76",
                "utmSource": "google",
                "utmMedium": "cpc",
                "lastTouch": False,
                "firstTouch": True,
                "dateCreated": "2024-01-10T08:00:00Z",
            },
        ],
        origin={"date": "2024-01-10T08:00:00Z", "ip_address": "203.0.113.7"},
        tag_ids=[gold.id, customer.id],
        custom={
            "Country": "United States",
            "Member since": "2024-01-10",
            "Last visit": "2026-03-15T10:30:00.000Z",
            "Age": 32,
            "What's up?": "All well",
        },
    )
    tenant.add_contact(
        given_name="Jörg",
        family_name="Müller",
        email="joerg.mueller+keap@example.com",
        preferred_locale="de_DE",
        tag_ids=[silver.id],
        custom={"Country": "Germany", "Newsletter": "1"},
    )
    tenant.add_contact(
        given_name="Phone Only", phone_numbers=[{"field": "PHONE1", "number": "555 0100"}]
    )
    tenant.add_contact(
        given_name="Jana", family_name="Müller", email="joerg.mueller+keap@example.com"
    )
    for contact in tenant.contacts.values():
        contact.created -= timedelta(days=30)
    return tenant
