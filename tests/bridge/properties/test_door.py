"""Whatever is sent to the door, it answers; and what it keeps is a Post with the right key."""

from urllib.parse import quote_plus

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bridge.test_receive import KEY, Door, door  # noqa: F401 - a fixture

NAMES = ["contactId", "wpf_action", "access_key", "role", "send_notification", "_charset_", "x"]
VALUES = [
    KEY,
    KEY[:-1],
    "1001",
    "add",
    "update_tags",
    "true",
    "~Contact.Id~",
    "gold,silver",
    "utf-16",
]

pairs = st.lists(
    st.tuples(
        st.sampled_from(NAMES) | st.text(max_size=12),
        st.sampled_from(VALUES) | st.text(max_size=12),
    ),
    max_size=6,
)
good = st.just([("access_key", KEY), ("contactId", "7"), ("wpf_action", "add")])


def urlencoded(several: list[tuple[str, str]]) -> bytes:
    """Write a form; halves of surrogate pairs become question marks."""

    def safe(text: str) -> str:
        return quote_plus(text, errors="replace")

    return "&".join(f"{safe(name)}={safe(value)}" for name, value in several).encode()


def multipart(several: list[tuple[str, str]]) -> bytes:
    """Write a form in parts, with names as they come: quotes and line ends too."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in several
    ]
    return "".join([*parts, "--x--\r\n"]).encode(errors="replace")


together = st.tuples(good, pairs).map(lambda both: both[0] + both[1])
bodies = st.one_of(
    st.binary(max_size=200),
    (together | pairs).map(urlencoded),
    (together | pairs).map(multipart),
    st.tuples(together.map(urlencoded), st.binary(max_size=20)).map(b"".join),
)
characters = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
types = st.one_of(
    st.sampled_from(
        ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json"]
    ),
    st.text(characters, max_size=20).map("application/x-www-form-urlencoded; charset={}".format),
    st.text(characters, max_size=20).map("multipart/form-data; boundary={}".format),
    st.text(characters, max_size=30),
)


@settings(
    max_examples=200,
    deadline=None,
    # The door has no state but what it has kept, which each example looks at by itself.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(content_type=types, body=bodies)
async def test_whatever_is_sent_is_answered(
    door: Door,  # noqa: F811 - the fixture
    content_type: str,
    body: bytes,
) -> None:
    """Somebody could send what ends as an error of the server, or gets in without the key."""
    door.shelf.kept.clear()
    answered = await door.send(data=body, headers={"Content-Type": content_type})

    assert answered.status in {200, 400, 403}
    assert answered.body["success"] == (answered.status == 200)
    if answered.status == 200:
        assert KEY.encode() in body
    else:
        assert answered.body["error"].endswith(".")
        assert door.shelf.kept == []
    for kept in door.shelf.kept:
        assert kept.contact.isdigit()
        assert kept.action in {"add", "update", "update_tags"}
