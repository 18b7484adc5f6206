"""The application's data as tests and the demo set it up."""

from datetime import UTC, datetime

import pytest

from keap_client.sandbox import Tenant, demo_tenant


def test_the_same_set_up_gives_the_same_ids() -> None:
    """Ids count upwards from fixed numbers, so that a test may name them."""
    first, second = demo_tenant(), demo_tenant()

    assert list(first.contacts) == list(second.contacts) == ["1001", "1002", "1003", "1004"]
    assert first.tags["91"].name == "Gold member"
    assert first.custom_fields["6"].label == "WP Password"


def test_a_wished_id_is_not_given_twice() -> None:
    """An id that is in use, or was merged away, is not handed out again."""
    tenant = Tenant()
    tenant.add_contact(contact_id="1002")
    tenant.add_contact(contact_id="1003")
    tenant.merge_contacts("1003", into="1002")

    assert [tenant.add_contact().id for _ in range(2)] == ["1001", "1004"]


def test_times_come_from_the_clock_given() -> None:
    """Nothing looks at the machine's clock by itself."""
    moment = datetime(2026, 11, 23, 12, tzinfo=UTC)
    tenant = Tenant(clock=lambda: moment)
    tag = tenant.add_tag("Gold")

    contact = tenant.add_contact(email="a@example.com", tag_ids=[tag.id])

    assert {contact.created, contact.updated, contact.tags[tag.id], tag.created} == {moment}


@pytest.mark.parametrize("key", ["6", "WP Password", "WPPassword", "_WPPassword"])
def test_a_custom_field_has_several_names(key: str) -> None:
    """Id, label, field name and merge name all mean the same field."""
    tenant = demo_tenant()

    tenant.set_custom("1001", key, "x")

    assert tenant.custom_value("1001", "WP Password") == "x"


def test_what_is_not_there_cannot_be_used() -> None:
    """A misspelt name in a set-up is an error at once, and makes no contact."""
    tenant = Tenant()
    contact = tenant.add_contact()

    with pytest.raises(KeyError):
        tenant.find_custom_field("WP Pasword")
    with pytest.raises(KeyError):
        tenant.apply_tag(contact.id, "91")
    with pytest.raises(KeyError):
        tenant.add_contact(tag_ids=["91"])
    with pytest.raises(KeyError):
        tenant.find_tag("Gold")
    assert len(tenant.contacts) == 1


def test_a_record_keeps_people_out_of_its_repr() -> None:
    """A contact that ends in a log shows its id and tags, not the person."""
    assert "zoe" not in repr(demo_tenant().contacts["1001"]).lower()
