"""Each call over both carriers against the sandbox, which knows nothing of the client."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Literal

import pytest

from keap_client.account import who_am_i
from keap_client.call import Call, Conversation, ask
from keap_client.carrier import Credentials, TokenHeader
from keap_client.contacts import (
    find_contacts_by_email,
    get_contact,
    list_contact_ids,
    list_contacts,
    write_custom_fields,
)
from keap_client.errors import (
    ContactNotFound,
    KeapBroken,
    KeapError,
    KeapMisaddressed,
    KeapRedirected,
    KeapRefused,
    KeapRejected,
    KeapThrottled,
    KeapUnreachable,
    NotFound,
)
from keap_client.fields import names_of, resolve, writable_custom_field
from keap_client.model import contact_model
from keap_client.sandbox import Fault, Limits, Sandbox
from keap_client.sandbox.faults import FaultKind
from keap_client.tags import all_tags, apply_tag, list_tagged, list_tags
from tests.keap_client.carrying import LIBRARIES, Carrier, Library, Watching, carrier_over


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Library:
    """Each of the two libraries."""
    chosen: Library = request.param
    return chosen


@pytest.fixture
async def keap(library: Library, sandbox: Sandbox) -> AsyncIterator[Carrier]:
    """A carrier to the sandbox."""
    async with carrier_over(library, sandbox.url, Credentials(sandbox.token)) as carrier:
        yield carrier


async def test_a_contact_is_read_in_one_call(keap: Carrier, sandbox: Sandbox) -> None:
    """Reading a contact with its tags would cost more than one call, or miss something."""
    contact = await keap.send(get_contact("1001"))
    model = await keap.send(contact_model())

    assert sandbox.record.counts()["GET contacts/{contact_id}"] == 1
    values = {
        name: resolve(name, model).value_of(contact)
        for name in (
            "FirstName", "Email", "EmailAddress2", "Phone1Ext", "City", "Country", "Company",
            "LinkedIn", "OwnerID", "Age", "Member since", "_Whatsup", "StreetAddress2",
        )
    }  # fmt: skip
    assert values == {
        "FirstName": "Zoë",
        "Email": "zoe@example.com",
        "EmailAddress2": "zoe.work@example.com",
        "Phone1Ext": "101",
        "City": "Phoenix",
        "Country": "USA",
        "Company": "Thrive & Sons",
        "LinkedIn": "@zoe",
        "OwnerID": "1",
        "Age": "32",
        "Member since": "2024-01-10",
        "_Whatsup": "All well",
        "StreetAddress2": "Suite 100",
    }
    assert contact.tag_ids == ("91", "93")


@pytest.mark.parametrize("unset", ["null", "omit"])
async def test_a_poor_record_is_read(
    keap: Carrier, sandbox: Sandbox, unset: Literal["null", "omit"]
) -> None:
    """A contact with a first name and a phone number only would be unreadable."""
    sandbox.quirks = replace(sandbox.quirks, unset=unset)

    contact = await keap.send(get_contact("1003"))

    assert resolve("LastName", await keap.send(contact_model())).value_of(contact) is None
    assert (contact.given_name, contact.email_addresses, contact.tag_ids) == ("Phone Only", (), ())


@pytest.mark.parametrize("form", ["nulls", "filled"])
async def test_custom_fields_are_read_in_both_forms(
    keap: Carrier, sandbox: Sandbox, form: Literal["nulls", "filled"]
) -> None:
    """The model as it was recorded, or as it is documented, would be unreadable."""
    sandbox.quirks = replace(sandbox.quirks, model=form)

    model = await keap.send(contact_model())

    assert names_of(writable_custom_field("_WPPassword", model))[0] == "_WPPassword"
    assert len(model.custom_fields) == len(sandbox.tenant.custom_fields)


async def test_many_contacts_are_read_in_one_call(keap: Carrier, sandbox: Sandbox) -> None:
    """A burst would cost a call for each contact."""
    page = await keap.send(list_contacts(["1002", "1001", "4711"], ("tag_ids", "email_addresses")))

    assert {contact.id: len(contact.tag_ids) for contact in page.contacts} == {"1001": 2, "1002": 1}
    assert page.next_page_token is None
    assert len(sandbox.record.requests) == 1


async def test_contacts_are_found_by_email(keap: Carrier) -> None:
    """People who share an address, or use their second one, would not be found."""
    shared = await keap.send(find_contacts_by_email("Joerg.Mueller+keap@example.com"))
    second = await keap.send(find_contacts_by_email("zoe.work@example.com"))

    assert [contact.id for contact in shared] == ["1002", "1004"]
    assert [contact.id for contact in second] == ["1001"]
    assert await keap.send(find_contacts_by_email("nobody@example.com")) == ()


@pytest.mark.parametrize("token", ["opaque", "url"])
@pytest.mark.parametrize("last", ["empty", "null", "missing"])
async def test_all_tags_are_read(
    keap: Carrier,
    sandbox: Sandbox,
    token: Literal["opaque", "url"],
    last: Literal["empty", "null", "missing"],
) -> None:
    """Tags beyond the first page would have no names, or the list would have no end."""
    sandbox.quirks = replace(sandbox.quirks, page_token=token, last_page=last)
    for number in range(1000):
        sandbox.tenant.add_tag(f"Tag {number}")

    tags = await keap.converse(all_tags())

    assert {tag.name for tag in tags} == {tag.name for tag in sandbox.tenant.tags.values()}
    assert len(sandbox.record.requests) == 2


async def test_a_tag_is_applied(keap: Carrier, sandbox: Sandbox) -> None:
    """Keap's campaigns would not learn how a delivery ended."""
    tag = sandbox.tenant.find_tag("WP user ready")

    first = await keap.send(apply_tag(tag.id, ["1002", "1001", "4711"]))
    again = await keap.send(apply_tag(tag.id, ["1001"]))

    assert first == {"1001": "SUCCESS", "1002": "SUCCESS", "4711": "CONTACT_NOT_FOUND"}
    assert again == {"1001": "DUPLICATE"}
    assert tag.id in sandbox.tenant.contacts["1001"].tags
    with pytest.raises(NotFound, match="no tag 4711"):
        await keap.send(apply_tag("4711", ["1001"]))


async def test_the_token_says_whose_it_is(keap: Carrier) -> None:
    """Nothing cheap would show whether the credentials work."""
    account = await keap.send(who_am_i())

    assert account.email == "olive@example.com"


@pytest.mark.parametrize("quirk", ["replace", "merge"])
async def test_one_custom_field_is_written(
    keap: Carrier, sandbox: Sandbox, quirk: Literal["replace", "merge"]
) -> None:
    """The password would not arrive, or would wipe what else is known about the contact."""
    sandbox.quirks = replace(sandbox.quirks, custom_fields_patch=quirk)
    field = writable_custom_field("WP Password", await keap.send(contact_model()))
    before = dict(sandbox.tenant.contacts["1001"].custom)

    for password in ("p&ä<1>", "p&ä<1>", "second"):
        await keap.converse(write_custom_fields("1001", {field.id: password}))

    assert sandbox.tenant.contacts["1001"].custom == {**before, field.id: "second"}
    assert sandbox.record.counts()["PATCH contacts/{contact_id}"] == 2


async def test_an_unknown_custom_field_is_refused(keap: Carrier) -> None:
    """A password that Keap did not take would look as if it had been returned."""
    with pytest.raises(KeapRejected):
        await keap.converse(write_custom_fields("1001", {"4711": "hunter2"}))


async def test_a_deleted_contact_is_told_apart(keap: Carrier, sandbox: Sandbox) -> None:
    """A deleted contact would be asked for again and again, or a wrong address would delete all."""
    with pytest.raises(ContactNotFound):
        await keap.send(get_contact("4711"))
    with pytest.raises(ContactNotFound):
        await keap.converse(write_custom_fields("4711", {"6": "x"}))
    with pytest.raises(KeapMisaddressed):
        await keap.send(Call("GET", "contact/1001", get_contact("1001").read))
    assert [request.status for request in sandbox.record.requests] == [404, 404, 404]


@pytest.mark.parametrize("header", ["bearer", "x-keap-api-key"])
async def test_the_token_is_shown_in_either_header(
    library: Library, sandbox: Sandbox, header: TokenHeader
) -> None:
    """One of the two ways that Keap documents would not work."""
    async with carrier_over(library, sandbox.url, Credentials(sandbox.token, header)) as keap:
        await keap.send(who_am_i())

    assert sandbox.record.last.auth == header
    assert sandbox.record.last.headers["user-agent"] == "keap-wordpress-bridge"


async def test_a_wrong_token_is_refused(library: Library, sandbox: Sandbox) -> None:
    """A wrong token would be tried for days instead of being put right."""
    sandbox.expired_tokens.add("expired")
    async with carrier_over(library, sandbox.url, Credentials("wrong")) as keap:
        with pytest.raises(KeapRefused, match="does not accept the token"):
            await keap.send(get_contact("1001"))
        assert keap.quota is None
    async with carrier_over(library, sandbox.url, Credentials("expired")) as keap:
        with pytest.raises(KeapRefused, match="expired"):
            await keap.send(get_contact("1001"))


@pytest.mark.parametrize("form", ["quota", "fault", "application"])
@pytest.mark.parametrize("retry_after", [None, 3])
async def test_throttling_is_understood_in_every_form(
    keap: Carrier,
    sandbox: Sandbox,
    form: Literal["quota", "fault", "application"],
    retry_after: int | None,
) -> None:
    """A busy minute would look like a mistake, and Keap's wish to wait would be overheard."""
    sandbox.quirks = replace(
        sandbox.quirks, throttled=form, retry_after=retry_after, limits=Limits(None, 1, 100)
    )
    await keap.send(who_am_i())

    with pytest.raises(KeapThrottled) as raised:
        await keap.send(who_am_i())

    assert raised.value.retry_after == retry_after
    assert raised.value.quota == keap.quota
    assert keap.quota is not None
    assert keap.quota.minute is not None
    assert (keap.quota.minute.available, keap.quota.minute.limit) == (0, 1)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("invalid_token", KeapRefused),
        ("forbidden", KeapRefused),
        ("error_html", KeapBroken),
        ("error_json", KeapBroken),
        ("bad_gateway", KeapBroken),
        ("unavailable", KeapBroken),
        ("gateway_timeout", KeapBroken),
        ("page_instead", KeapBroken),
        ("truncated_json", KeapBroken),
        ("cut_off", KeapUnreachable),
        ("hang_up", KeapUnreachable),
        ("redirect", KeapRedirected),
    ],
)
async def test_what_goes_wrong_has_its_error(
    keap: Carrier, sandbox: Sandbox, kind: FaultKind, error: type[KeapError]
) -> None:
    """A failure of Keap's would end as an error that nobody expects, or as a success."""
    sandbox.faults.add(Fault(kind))

    with pytest.raises(error):
        await keap.send(get_contact("1001"))

    assert len(sandbox.record.requests) == 1
    assert (await keap.send(get_contact("1001"))).id == "1001"


async def test_an_answer_that_never_comes_is_not_waited_for(
    library: Library, sandbox: Sandbox
) -> None:
    """One lost answer would stop the work on a contact for ever."""
    sandbox.faults.add(Fault("never_answer"))

    async with carrier_over(
        library, sandbox.url, Credentials(sandbox.token), total_seconds=0.3
    ) as keap:
        with pytest.raises(KeapUnreachable, match="did not answer in time"):
            await keap.send(get_contact("1001"))


async def test_a_conversation_is_told_of_errors(keap: Carrier) -> None:
    """A conversation could not deal with the error of one of its calls, and go on."""

    def first_of(*contacts: str) -> Conversation[str]:
        for contact in contacts:
            with contextlib.suppress(ContactNotFound):
                found = yield from ask(get_contact(contact))
                return found.id
        return "none"

    assert await keap.converse(first_of("4711", "4712", "1002", "1001")) == "1002"
    assert await keap.converse(first_of("4711")) == "none"


async def test_a_conversation_ends_with_the_error_that_it_does_not_expect(
    keap: Carrier, sandbox: Sandbox
) -> None:
    """A failure in the middle of a conversation would pass for its end."""
    sandbox.faults.add(Fault("hang_up", method="PATCH"))

    with pytest.raises(KeapUnreachable):
        await keap.converse(write_custom_fields("1001", {"6": "x"}))

    assert sandbox.record.last.method == "PATCH"


async def test_a_carrier_says_what_it_does(library: Library, sandbox: Sandbox) -> None:
    """Pacing, metrics and the tests that kill the process would not know where a call stands."""
    watching = Watching()
    sandbox.faults.add(Fault("hang_up", path="contacts/1002"))
    async with carrier_over(library, sandbox.url, Credentials(sandbox.token), watching) as keap:
        await keap.send(get_contact("1001"))
        with pytest.raises(KeapUnreachable):
            await keap.send(get_contact("1002"))
        with pytest.raises(ContactNotFound):
            await keap.send(get_contact("1009"))
        with pytest.raises(KeapRejected):
            await keap.send(list_tags("no such page"))

        answered = ["pace", "keap_request", "keap_answer", "watch"]
        assert watching.points == [*answered, "pace", "keap_request", "watch", *answered, *answered]
        assert [(each.name, each.method, each.status) for each in watching.exchanges] == [
            ("get_contact", "GET", 200),
            ("get_contact", "GET", None),
            ("get_contact", "GET", 404),
            ("list_tags", "GET", 400),
        ]
        assert all(each.seconds >= 0 for each in watching.exchanges)
        assert watching.exchanges[-1].quota == keap.quota
        assert "1002" not in repr(replace(watching.exchanges[1], seconds=0.0))


async def test_the_ids_of_all_contacts_are_listed_in_order(keap: Carrier) -> None:
    """A sync that goes on after an id would leave contacts out."""
    first = await keap.send(list_contact_ids())
    after = await keap.send(list_contact_ids("1002"))

    assert [each.id for each in first.contacts] == ["1001", "1002", "1003", "1004"]
    assert [each.id for each in after.contacts] == ["1003", "1004"]


async def test_the_contacts_of_a_tag_are_listed(keap: Carrier, sandbox: Sandbox) -> None:
    """A sync would be of other people, or of half of them."""
    tag = sandbox.tenant.find_tag("Customer").id
    with_it = {each.id for each in sandbox.tenant.contacts.values() if tag in each.tags}

    page = await keap.send(list_tagged(tag))

    assert {each.id for each in page.contacts} == with_it != set()
    assert page.next_page_token is None
    with pytest.raises(NotFound, match="tag 999"):
        await keap.send(list_tagged("999"))
