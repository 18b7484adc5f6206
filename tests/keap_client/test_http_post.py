"""Reading HTTP Posts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keap_client.form import Form, UnreadablePost, read_form
from keap_client.http_post import CONTACT_NAMES, HttpPost, access_key_of, read_http_post

URLENCODED = "application/x-www-form-urlencoded"


def read(body: bytes | str, content_type: str = URLENCODED, query: str = "") -> HttpPost:
    """Read a body in one go."""
    raw = body.encode() if isinstance(body, str) else body
    return read_http_post(read_form(content_type, raw, query))


def multipart(*parts: tuple[str, bytes]) -> bytes:
    """Give a body with the boundary ``x``; a part is the end of its header and its content."""
    lines = [
        b"--x\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + content + b"\r\n"
        for head, content in parts
    ]
    return b"".join(lines) + b"--x--\r\n"


def test_an_ordinary_post_is_read() -> None:
    """The Post that Keap's documentation leads to is not read as it is meant."""
    post = read("contactId=1001&wpf_action=add&access_key=k&send_notification=true&role=subscriber")

    assert post == HttpPost("add", "1001", ("subscriber",), send_notification=True)


@pytest.mark.parametrize("name", CONTACT_NAMES)
def test_the_contact_is_found_under_each_of_its_names(name: str) -> None:
    """A campaign that uses one of the usual names for the contact's id would need changes."""
    assert read(f"{name}=7&wpf_action=update").contact == "7"


@pytest.mark.parametrize(
    ("value", "contact"),
    [("001", "1"), ("+12+", "12"), ("9" * 18, "9" * 18), ("0" * 30 + "5", "5")],
)
def test_one_contact_has_one_id(value: str, contact: str) -> None:
    """Two spellings of an id would count as two contacts, and their Posts could overtake."""
    assert read(f"contactId={value}&wpf_action=add").contact == contact


@pytest.mark.parametrize(
    "value", ["0", "-1", "1.0", "1e3", "abc", "\uff19", "1 2", "9" * 19, "1;drop", "../1", "000"]
)
def test_what_is_no_whole_number_is_no_contact(value: str) -> None:
    """Something that Keap never sends as an id would reach the path of an API call."""
    with pytest.raises(UnreadablePost, match="contactId"):
        read_http_post(Form((("wpf_action", "add"), ("contactId", value))))


def test_names_that_agree_are_one_contact() -> None:
    """A legacy action, which posts Id beside the configured field, would be refused."""
    assert read("contactId=5&Id=05&contact_id=&Contact0Id=~Contact.Id~&action=add").contact == "5"


def test_names_that_disagree_are_refused_by_name() -> None:
    """One of two contacts would be picked by chance."""
    with pytest.raises(UnreadablePost, match="contactId and Id name different contacts") as refusal:
        read("Id=6&contactId=5&wpf_action=add")

    assert "5" not in refusal.value.reason
    assert "6" not in refusal.value.reason


@pytest.mark.parametrize("action", ["add", "ADD", "Update", "update_tags"])
@pytest.mark.parametrize("name", ["wpf_action", "action"])
def test_actions_are_case_blind(name: str, action: str) -> None:
    """A campaign that writes the action in capitals would fail."""
    assert read(f"{name}={action}&contactId=1").action == action.lower()


def test_action_is_only_looked_at_without_wpf_action() -> None:
    """A field called action, meant for something else, would spoil a Post that is complete."""
    assert read("wpf_action=add&action=buy&contactId=1").action == "add"


def test_an_unknown_action_is_shown_short_and_printable() -> None:
    """The sentence would carry line breaks, or pages of text, into logs and answers."""
    with pytest.raises(UnreadablePost) as refusal:
        read("contactId=1&wpf_action=dele%0Ate" + "x" * 500)

    assert '"delete' in refusal.value.reason
    assert refusal.value.reason.isprintable()
    assert len(refusal.value.reason) < 200


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        ("", "wpf_action"),
        ("contactId=1", "wpf_action"),
        ("contactId=1&wpf_action=", "wpf_action"),
        ("contactId=1&wpf_action=~Contact.Action~", "wpf_action"),
        ("wpf_action=add", "contactId"),
        ("wpf_action=add&contactId=", "contactId"),
        ("wpf_action=add&contactId=~Contact.Id~", "contactId"),
        ("wpf_action=update_tags&ContactID=1", "contactId"),
    ],
)
def test_what_is_missing_is_named(body: str, missing: str) -> None:
    """The person who set up the campaign would not learn which field to add."""
    with pytest.raises(UnreadablePost, match=f"missing: add a field named {missing}"):
        read(body)


def test_a_test_needs_no_contact() -> None:
    """Somebody who tries out address and key would be told that something is wrong with them."""
    assert read("wpf_action=test") == HttpPost("test", None, (), None)
    assert read("wpf_action=TEST&contactId=~Contact.Id~").contact is None


@pytest.mark.parametrize(
    ("value", "roles"),
    [
        ("", ()),
        ("~Contact._Role~", ()),
        ("subscriber", ("subscriber",)),
        (" a , b ,a,, ~Contact._Role~ ", ("a", "b")),
        ("Shop manager", ("Shop manager",)),
    ],
)
def test_roles_are_listed_once_each(value: str, roles: tuple[str, ...]) -> None:
    """A list of roles would be taken for one role with commas in it."""
    form = Form((("role", value), ("wpf_action", "add"), ("contactId", "1")))

    assert read_http_post(form).roles == roles


@pytest.mark.parametrize("value", ["a\x00b", "a\nb", "x" * 501])
def test_what_cannot_be_a_role_is_refused(value: str) -> None:
    """A text that no store and no log line takes would get past the door."""
    with pytest.raises(UnreadablePost, match="role"):
        read_http_post(Form((("role", value), ("wpf_action", "add"), ("contactId", "1"))))


@pytest.mark.parametrize(
    ("pair", "meaning"),
    [
        *(
            (f"&send_notification={word}", True)
            for word in ("true", "1", "yes", "on", "TRUE", "On")
        ),
        *((f"&send_notification={word}", False) for word in ("false", "0", "no", "off", "", "No")),
        ("", None),
        ("&send_notification=~Contact._Notify~", None),
    ],
)
def test_send_notification_is_yes_no_or_not_given(pair: str, meaning: bool | None) -> None:  # noqa: FBT001 - the parameter is the expectation
    """A welcome mail would go out, or stay away, against what the campaign says."""
    assert read(f"contactId=1&wpf_action=add{pair}").send_notification is meaning


@pytest.mark.parametrize("word", ["ja", "2", "tru", "truefalse"])
def test_send_notification_is_strict(word: str) -> None:
    """A typing mistake would count as yes, as it does with WP Fusion."""
    with pytest.raises(UnreadablePost, match="send_notification must be true or false") as refusal:
        read(f"contactId=1&wpf_action=add&send_notification={word}")

    assert word not in refusal.value.reason.split()


@pytest.mark.parametrize("name", ["contactId", "wpf_action", "role", "send_notification"])
def test_a_field_given_twice_must_say_the_same(name: str) -> None:
    """The first or the last of two values would win, and nobody would know which."""
    complete = "contactId=1&wpf_action=add&role=a&send_notification=1"
    same = {"contactId": "1", "wpf_action": "add", "role": "a", "send_notification": "1"}[name]
    other = {"contactId": "2", "wpf_action": "test", "role": "b", "send_notification": "0"}[name]

    assert read(f"{complete}&{name}={same}") == read(complete)
    with pytest.raises(UnreadablePost, match=f"{name} is given more than once"):
        read(f"{complete}&{name}={other}")


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ("access_key=k%C3%A9y", "kéy"),
        ("access_key=%20k%20", "k"),
        ("access_key=k&access_key=k", "k"),
        ("access_key=k&access_key=l", None),
        ("access_key=", None),
        ("Access_Key=k", None),
        ("", None),
    ],
)
def test_the_access_key_can_be_read_alone(body: str, key: str | None) -> None:
    """The key could not be compared before the rest of a Post is read into."""
    assert access_key_of(read_form(URLENCODED, body.encode())) == key


def test_a_form_does_not_show_its_values() -> None:
    """The access key would stand in a log line or a traceback."""
    assert "secret" not in repr(read_form(URLENCODED, b"access_key=secret"))


@pytest.mark.parametrize(
    ("body", "charset", "text"),
    [
        (b"n=J%C3%B6rg", "", "Jörg"),
        ("n=Jörg".encode(), "", "Jörg"),
        (b"n=J%F6rg", "", "Jörg"),
        (b"n=J\xf6rg", "; charset=utf-8", "Jörg"),
        (b"n=%80", "; charset=ISO-8859-15", "\x80"),
        (b"n=%80", "", "€"),
        (b"n=%A4", "; charset=ISO-8859-15", "€"),
        (b"n=%A4", '; charset="iso-8859-1"', "¤"),
        (b"n=%80", "; charset=Windows-1252", "€"),
        (b"n=%81", "", "\x81"),
        (b"n=a+b%20c%2B", "", "a b c+"),
        # Halves of one UTF-8 sign in two fields make no sign.
        (b"n=%C3&%B6=1", "", "Ã"),
    ],
)
def test_text_is_read_in_its_charset(body: bytes, charset: str, text: str) -> None:
    """Names and keys with accents would arrive damaged, or not at all."""
    assert read_form(URLENCODED + charset, body).pairs[0] == ("n", text)


@pytest.mark.parametrize("charset", ["utf-16", "hex", "idna", "unicode_escape", "no-such"])
def test_other_charsets_are_refused(charset: str) -> None:
    """A sender could choose a decoder that is none for text, or that fails in its own way."""
    part = multipart((f'name="n"\r\nContent-Type: text/plain; charset={charset}', b"1"))
    for content_type, body in (
        (f"{URLENCODED}; charset={charset}", b"n=1"),
        ("multipart/form-data; boundary=x", part),
    ):
        with pytest.raises(UnreadablePost, match="charset is not supported"):
            read_form(content_type, body)


def test_json_is_read() -> None:
    """A service between Keap and the bridge that posts JSON, as WP Fusion takes it, would fail."""
    body = (
        '{"wpf_action": "add", "contactId": 1001, "send_notification": true, "role": "subscriber",'
        ' "tags": ["91"], "more": {"contactId": 7}, "nothing": null, "city": "Zoë"}'
    )

    form = read_form("application/json; charset=utf-8", body.encode())

    assert read_http_post(form) == HttpPost("add", "1001", ("subscriber",), send_notification=True)
    assert ("city", "Zoë") in form.pairs


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[1]", "send one object"),
        (b"1", "send one object"),
        (b"{", "send one object"),
        (b"", "send one object"),
        (b"\xff", "send one object"),
        (b"[" * 60_000, "send one object"),
        (b'{"a": ' * 10_000, "send one object"),
        (b'{"contactId": 1, "contactId": 2, "wpf_action": "add"}', "more than once"),
        (b'{"contactId": 1.5, "wpf_action": "add"}', "not a contact's id"),
        (b'{"contactId": true, "wpf_action": "add"}', "not a contact's id"),
        (b"{" + b",".join(b'"f%d": 1' % each for each in range(300)) + b"}", "more than 200"),
    ],
)
def test_json_that_names_no_contact_is_refused(body: bytes, reason: str) -> None:
    """Nonsense would be taken for a contact, or break the bridge."""
    with pytest.raises(UnreadablePost, match=reason):
        read(body, "application/json")


def test_multipart_is_read() -> None:
    """A sender that uses multipart, as PHP's receivers take it, would fail."""
    body = multipart(
        ('name="contactId"', b"1001"),
        ('name="wpf_action"', b"add"),
        ('name="role"\r\nContent-Type: text/plain; charset=iso-8859-1', b"M\xe9decin"),
        ('name="access_key"', "kéy".encode()),
    )

    form = read_form("multipart/form-data; boundary=x", body)

    assert access_key_of(form) == "kéy"
    assert read_http_post(form) == HttpPost("add", "1001", ("Médecin",), None)


def test_a_charset_field_changes_nothing() -> None:
    """A field could change how the fields after it are decoded."""
    body = multipart(('name="_charset_"', b"utf-16"), ('name="n"', b"ab"))

    assert read_form("multipart/form-data; boundary=x", body).pairs[1] == ("n", "ab")


def test_files_are_refused() -> None:
    """A file would be read as the value of a field."""
    body = multipart(('name="contactId"; filename="a.txt"', b"1"))

    with pytest.raises(UnreadablePost, match="file"):
        read_form("multipart/form-data; boundary=x", body)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"--x--"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Dis"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\na\r\n--x--\r\n"),
        ("multipart/form-data; boundary=\udce9", b"--x--"),
        ("application/xml", b"<a/>"),
        ("text/plain", b"contactId=1"),
    ],
)
def test_what_is_no_form_is_refused(content_type: str, body: bytes) -> None:
    """Half a form, or none, would be taken for a form without fields."""
    with pytest.raises(UnreadablePost):
        read_form(content_type, body)


def test_a_missing_content_type_is_a_form() -> None:
    """Keap would be refused if it sent no header: it documents none."""
    assert read("contactId=1&wpf_action=add", "").contact == "1"


def test_the_query_counts_where_it_is_passed() -> None:
    """A campaign that keeps the key in the URL would fail where the site's owner allows it."""
    form = read_form("", b"contactId=1", "wpf_action=add&access_key=k%C3%A9y")

    assert access_key_of(form) == "kéy"
    assert read_http_post(form).action == "add"


def test_a_query_that_is_no_text_is_read_past() -> None:
    """A stray byte in a URL, which some servers hand on as half a character, would be a crash."""
    assert read("contactId=1&wpf_action=add", query="utm=\udc80\ud800").contact == "1"


@pytest.mark.parametrize("most", [3, 4])
def test_fields_are_counted(most: int) -> None:
    """A body full of separators would make millions of pairs."""
    long = multipart(*[(f'name="f{number}"', b"") for number in range(most)])
    form = "multipart/form-data; boundary=x"

    assert len(read_form("", b"&".join([b"a=1"] * most), most_fields=most).pairs) == most
    assert len(read_form(form, long, most_fields=most).pairs) == most
    for content_type, body, query in (
        ("", b"&".join([b"a=1"] * (most + 1)), ""),
        ("", b"&" * most, ""),
        ("", b"a=1", "&".join(["a=1"] * most)),
        (form, long, "a=1"),
        (form, multipart(*[(f'name="f{number}"', b"") for number in range(most + 1)]), ""),
    ):
        with pytest.raises(UnreadablePost, match=f"more than {most} fields"):
            read_form(content_type, body, query, most_fields=most)


def test_a_whole_record_is_read_past() -> None:
    """A legacy action, which posts the whole contact, would be refused for its other fields."""
    record = "&".join(f"_Custom{number}=~Contact.X~" for number in range(150))

    assert read(f"{record}&Id=3&FirstName=Zo%EB&wpf_action=update").contact == "3"


_WORDS = st.sampled_from(
    [
        "contactId",
        "Id",
        "wpf_action",
        "role",
        "send_notification",
        "access_key",
        "add",
        "test",
        "1",
        "x",
        "=",
        "&",
        "%",
        "%C3",
        "~Contact.Id~",
        ";",
        "+",
        "\x00",
        "_charset_",
    ]
)
_BODIES = st.one_of(
    st.binary(max_size=200),
    st.lists(_WORDS, max_size=30).map(lambda words: "".join(words).encode()),
    st.lists(
        st.tuples(
            st.one_of(
                _WORDS.map(lambda word: f'name="{word}"'),
                st.text(max_size=20).map(lambda text: text.encode(errors="replace").decode()),
            ),
            st.binary(max_size=20),
        ),
        max_size=5,
    ).map(lambda parts: multipart(*parts)),
)
_TYPES = st.one_of(
    st.sampled_from(["", URLENCODED, "multipart/form-data; boundary=x"]),
    st.text(max_size=20).map(lambda text: f"multipart/form-data; boundary={text}"),
    st.text(max_size=20).map(lambda text: f"{URLENCODED}; charset={text}"),
    st.text(max_size=40),
)


def outcome(content_type: str, body: bytes, query: str) -> HttpPost | str:
    """Give the Post, or the reason why it is none."""
    try:
        form = read_form(content_type, body, query)
        access_key_of(form)
        return read_http_post(form)
    except UnreadablePost as refusal:
        return refusal.reason


@given(_TYPES, _BODIES, st.text(max_size=40))
def test_whatever_arrives_is_a_post_or_a_reason(content_type: str, body: bytes, query: str) -> None:
    """Somebody could send what ends as an error of the server, and a stack trace."""
    came = outcome(content_type, body, query)

    if isinstance(came, str):
        assert came.endswith(".")
        assert came.isprintable()
    else:
        assert came.contact is None or came.contact.isdigit()
