"""What becomes of answers: a model, or the error that tells what to do."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keap_client.account import who_am_i
from keap_client.answers import read_json, retry_after, segment
from keap_client.call import Answer
from keap_client.contact import Contact
from keap_client.contacts import ContactPage, get_contact
from keap_client.errors import (
    ContactNotFound,
    KeapBroken,
    KeapError,
    KeapMisaddressed,
    KeapRedirected,
    KeapRefused,
    KeapRejected,
    KeapThrottled,
)
from keap_client.model import contact_model
from keap_client.quota import Allowance, Quota
from keap_client.tags import TagPage, list_tags
from tests.keap_client.samples import sample

MISSING = ContactNotFound("1001")


def error_of(answer: Answer, *, missing: KeapError | None = MISSING) -> KeapError:
    """Give the error that reading a contact from the answer ends in."""
    with pytest.raises(KeapError) as raised:
        read_json(answer, Contact, missing=missing)
    return raised.value


def outcome(answer: Answer) -> Contact | KeapError:
    """Give the contact, or the error of ours that the answer stands for."""
    try:
        return read_json(answer, Contact, missing=MISSING)
    except KeapError as error:
        return error


@pytest.mark.parametrize(
    ("name", "kind", "detail"),
    [
        (
            "401-no-token",
            KeapRefused,
            lambda error: error.errorcode == "oauth.v2.InvalidAccessToken",
        ),
        (
            "401-wrong-token",
            KeapRefused,
            lambda error: "make a Personal Access Token" in str(error),
        ),
        ("401-expired-token", KeapRefused, lambda error: "has expired" in str(error)),
        ("403-forbidden", KeapRefused, lambda error: "rights" in str(error)),
        ("404-contact", ContactNotFound, lambda error: error.contact == "1001"),
        ("404-page", KeapMisaddressed, lambda error: error.status == 404),
        ("404-gateway", KeapMisaddressed, lambda error: error.status == 404),
        ("400-message-only", KeapRejected, lambda error: "must contain an e-mail" in str(error)),
        ("400-page", KeapRejected, lambda error: error.message == ""),
        ("429-quota", KeapThrottled, lambda error: error.retry_after is None),
        ("429-gateway", KeapThrottled, lambda error: error.retry_after == 7),
        ("429-application", KeapThrottled, lambda error: error.quota is None),
        ("500-gateway-quota", KeapThrottled, lambda error: error.retry_after is None),
        ("500-owner", KeapBroken, lambda error: error.status == 500),
        ("502-page", KeapBroken, lambda error: error.status == 502),
        ("503-empty", KeapBroken, lambda error: error.retry_after == 30),
        ("200-page", KeapBroken, lambda error: "not JSON" in str(error)),
        ("200-cut-short", KeapBroken, lambda error: "cut short" in str(error)),
        ("200-nonsense", KeapBroken, lambda error: "id does not have the form" in str(error)),
        ("200-empty", KeapBroken, lambda error: error.status == 200),
        (
            "302-moved",
            KeapRedirected,
            lambda error: error.location == "https://keap.example.com:8443",
        ),
    ],
)
def test_each_answer_has_its_error(
    name: str, kind: type[KeapError], detail: Callable[[KeapError], bool]
) -> None:
    """A failure would be tried again where a person is needed, or given up where it passes."""
    error = error_of(sample(name))

    assert type(error) is kind
    assert detail(error), str(error)


def test_a_page_instead_of_the_api_is_no_deleted_contact() -> None:
    """A wrong address would make every contact look deleted."""
    assert not isinstance(error_of(sample("404-page")), ContactNotFound)
    assert isinstance(error_of(sample("404-contact"), missing=None), KeapMisaddressed)


@pytest.mark.parametrize("status", [408, 418, 501, 504, 599, 100, 199])
def test_unusual_statuses_are_errors_too(status: int) -> None:
    """A status that nobody thought of would be read as a success."""
    expected = KeapRejected if status == 418 else KeapBroken

    assert type(error_of(Answer(status, {}, b'{"id":"1"}'))) is expected


def test_the_vendors_words_are_shown_safely() -> None:
    """An e-mail address, a line break or pages of text would get into logs."""
    error = error_of(sample("400-personal"))

    assert isinstance(error, KeapRejected)
    assert error.message.startswith("…@… is not valid: xx")
    assert len(error.message) == 200
    assert "zoe" not in str(error)


def test_the_vendors_words_can_be_left_out() -> None:
    """Keap could repeat the password that it refuses to take."""
    answer = Answer(400, {}, b'{"message":"hunter2 is too short"}')

    with pytest.raises(KeapRejected) as raised:
        read_json(answer, Contact, quote_message=False)

    assert "hunter2" not in str(raised.value)


def test_an_error_never_holds_the_body() -> None:
    """Data of a contact, in an answer that cannot be read, would get into logs."""
    body = b'{"id":"1","email_addresses":[{"email":{"zoe@example.com":1}}],"given_name":["Zoe"]}'

    error = error_of(Answer(200, {}, body))

    assert "zoe" not in str(error).lower()
    assert error.__cause__ is None
    assert error.__suppress_context__


@settings(suppress_health_check=[HealthCheck.too_slow])  # on a machine with more to do
@given(
    st.integers(100, 599),
    st.one_of(
        st.binary(max_size=60),
        st.sampled_from(
            [
                b"[" * 100_000,
                b'{"fault":1}',
                b'{"fault":{"detail":[]}}',
                b'{"fault":{"detail":{"errorcode":5}}}',
                b'{"message":{"a":1}}',
                b"[]",
                b"null",
                b'{"id":null}',
                b'{"id":1}',
                b'{"id":"1","tag_ids":{"a":1}}',
                b'{"id":"1","custom_fields":[{"content":1}]}',
            ]
        ),
    ),
    st.dictionaries(
        st.sampled_from(["location", "retry-after", "date", "x-keap-product-quota-limit"]),
        st.one_of(st.text(max_size=30), st.sampled_from(["http://[", "//h:99999", "7", "-1"])),
    ),
)
def test_whatever_is_answered_is_a_contact_or_an_error_of_ours(
    status: int, body: bytes, headers: dict[str, str]
) -> None:
    """An answer could end an attempt with an error that nobody expects."""
    came = outcome(Answer(status, headers, body))

    assert came.id if isinstance(came, Contact) else str(came).isprintable()


def test_recorded_answers_are_read() -> None:
    """Answers that the real Keap has given would be taken for broken ones."""
    model = contact_model().read(sample("200-model-recorded"))
    tags = list_tags().read(sample("200-tags-recorded"))
    account = who_am_i().read(sample("200-userinfo-recorded"))
    plain = get_contact("13").read(sample("200-contact-default"))
    full = get_contact("22").read(sample("200-contact-v1-shape"))

    assert [field.label for field in model.custom_fields] == ["jobtitle", "age"]
    assert [(tag.id, tag.name) for tag in tags.tags] == [("91", "Nurture Subscriber")]
    assert tags.next_page_token is None
    assert (account.id, account.is_admin) == ("4236128", True)
    assert (plain.given_name, plain.tag_ids, plain.custom_fields) == ("John", (), ())
    assert [field.id for field in full.custom_fields] == ["12", "14", "8"]
    assert full.email_addresses[0].email == "erica@example.com"


def test_an_answer_about_nobody_is_no_account() -> None:
    """Any JSON at all would look like proof that the credentials work."""
    with pytest.raises(KeapBroken):
        who_am_i().read(Answer(200, {}, b'{"status":"ok"}'))


def test_nulls_numbers_and_news_are_taken() -> None:
    """One null, one number, or one word that Keap has added would make a contact unreadable."""
    body = (
        b'{"id":7,"tag_ids":[91,null,"92"],"addresses":null,"company":null,"owner_id":5,'
        b'"phone_numbers":[null,{"field":"PHONE9","number":5550100}],"source_type":"NEW_ONE",'
        b'"email_addresses":[{"field":"EMAIL1","email":null,"email_opt_status":"NEW"}],"new":{}}'
    )

    contact = read_json(Answer(200, {}, body), Contact)

    assert (contact.id, contact.tag_ids, contact.addresses) == ("7", ("91", "92"), ())
    assert contact.phone_numbers[0].number == "5550100"
    assert contact.source_type == "NEW_ONE"


@pytest.mark.parametrize(
    "body", [b"{}", b'{"contacts":5}', b'{"tags":"91"}', b"[]", b'{"message":"ok"}']
)
def test_a_list_that_is_missing_is_not_an_empty_list(body: bytes) -> None:
    """An answer that is about something else would say that there are no contacts, or no tags."""
    for model in (ContactPage, TagPage):
        with pytest.raises(KeapBroken):
            read_json(Answer(200, {}, body), model)


@pytest.mark.parametrize(
    ("sent", "token"),
    [
        (b"", None),
        (b',"next_page_token":""', None),
        (b',"next_page_token":null', None),
        (b',"next_page_token":"abc=="', "abc=="),
        (b',"next_page_token":"https://x.test/v2/tags/?page_size=1&page_token=9%2B1"', "9+1"),
        (b',"next_page_token":"/v2/tags/?page_token=91"', "91"),
    ],
)
def test_every_form_of_page_token_is_understood(sent: bytes, token: str | None) -> None:
    """A list would end too early, never end, or be asked for at an address that Keap names."""
    page = read_json(Answer(200, {}, b'{"tags":[]' + sent + b"}"), TagPage)

    assert page.next_page_token == token


def test_a_next_page_without_token_is_no_end() -> None:
    """Half a list of tags would pass for the whole of it."""
    body = b'{"tags":[],"next_page_token":"https://x.test/v2/tags/?page_size=1"}'

    with pytest.raises(KeapBroken):
        read_json(Answer(200, {}, body), TagPage)


def test_a_contact_shows_nothing_but_its_id() -> None:
    """Names and addresses would get into logs and tracebacks."""
    body = b'{"id":"7","given_name":"Zoe","email_addresses":[{"email":"zoe@example.com"}]}'
    contact = read_json(Answer(200, {}, body), Contact)

    assert repr(contact) == "Contact(id='7')"
    assert "zoe" not in repr(contact.email_addresses)
    assert "zoe" not in repr(Answer(200, {}, body)).lower()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "120"}, 120),
        ({"retry-after": " 0 "}, 0),
        ({"retry-after": "999999999"}, 86_400),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        (
            {
                "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT",
                "date": "Wed, 21 Oct 2026 07:28:00 GMT",
            },
            30,
        ),
        (
            {
                "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT",
                "date": "Wed, 21 Oct 2026 07:29:00 GMT",
            },
            0,
        ),
        (
            {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT", "date": "Wed, 21 Oct 2026 07:29:00"},
            None,
        ),
    ],
)
def test_retry_after_is_read_in_both_forms(headers: dict[str, str], seconds: float | None) -> None:
    """Keap's wish would be overheard, or a strange one would stop the bridge for years."""
    assert retry_after(headers) == seconds


def test_the_quota_is_read_from_the_headers() -> None:
    """Nobody would see that the day's calls run out."""
    quota = Quota.from_headers(sample("429-quota").headers)

    assert quota == Quota(
        day=Allowance(30_000, 1000, 29_000, 1, "day"),
        minute=Allowance(240, 240, 0, 1, "minute"),
        tenant=(
            Allowance(10_000, 10, 9990, 1, "minute"),
            Allowance(250_000, 10_000, 240_000, 1, "day"),
        ),
        day_ends_at=datetime(2026, 1, 1, tzinfo=UTC),
        tenant_host="ab103.infusionsoft.com",
    )
    error = error_of(sample("429-quota"))
    assert isinstance(error, KeapThrottled)
    assert error.quota == quota


@pytest.mark.parametrize(
    "headers",
    [
        {},
        sample("401-wrong-token").headers,
        {"x-keap-product-quota-limit": "many"},
        {"x-keap-product-quota-limit": "9" * 30},
    ],
)
def test_blank_headers_are_no_quota(headers: dict[str, str]) -> None:
    """A 401, which names all of the headers without a value, would look like no calls left."""
    assert Quota.from_headers(headers) is None


@pytest.mark.parametrize("moment", ["", "soon", "9" * 18])
def test_a_strange_moment_is_none(moment: str) -> None:
    """One odd header would make every answer of Keap's unreadable."""
    headers = {
        "x-keap-product-quota-limit": "1",
        "x-keap-product-quota-expiry-time": moment,
    }

    quota = Quota.from_headers(headers)

    assert quota is not None
    assert quota.day_ends_at is None


@pytest.mark.parametrize("identifier", ["", ".", ".."])
def test_an_id_never_names_another_path(identifier: str) -> None:
    """A call about one contact would become a call about all of them."""
    with pytest.raises(ValueError, match="cannot stand in a path"):
        segment(identifier)


def test_an_id_is_escaped() -> None:
    """An id with a slash in it would lead to another of Keap's calls."""
    assert segment("../tags/1?a") == "..%2Ftags%2F1%3Fa"
