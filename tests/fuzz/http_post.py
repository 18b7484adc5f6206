"""The reader of HTTP Posts, fed with anything: it gives a Post or a reason, and nothing else.

python -m pip install atheris
python -m tests.fuzz.http_post -runs=1000000 -max_len=4096
"""

import sys

import atheris

with atheris.instrument_imports():
    import multipart  # type: ignore[import-untyped]  # noqa: F401 - its coverage guides too

    from keap_client import form as forms
    from keap_client import http_post

TYPES = (
    "",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=ISO-8859-1",
    "multipart/form-data; boundary=x",
    "application/json",
)


def one_input(data: bytes) -> None:
    """Read one input as a request, all the way that a receiver goes."""
    given = atheris.FuzzedDataProvider(data)
    if given.ConsumeBool():
        content_type = given.PickValueInList(list(TYPES))
    else:
        content_type = given.ConsumeUnicode(64)
    query = given.ConsumeUnicode(64) if given.ConsumeBool() else ""
    body = given.ConsumeBytes(given.remaining_bytes())
    try:
        form = forms.read_form(content_type, body, query)
        key = http_post.access_key_of(form)
        post = http_post.read_http_post(form)
    except forms.UnreadablePost as reason:
        judge_reason(reason)
    else:
        judge_post(key, post)


def judge_reason(reason: forms.UnreadablePost) -> None:
    """A reason is a printable sentence of a bounded length."""
    text = str(reason)
    assert text.endswith("."), text
    assert text.isprintable(), text
    assert len(text) < 300, text


def judge_post(key: str | None, post: http_post.HttpPost) -> None:
    """What was read is within the bounds that everything behind relies on."""
    assert key is None or key == key.strip() != ""
    assert post.action in ("add", "update", "update_tags", "test")
    assert (post.contact is not None) or post.action == "test"
    if post.contact is not None:
        assert post.contact.isascii()
        assert post.contact.isdigit()
        assert post.contact[0] != "0"
        assert len(post.contact) <= 18
    assert len(set(post.roles)) == len(post.roles)
    assert all(role == role.strip() != "" for role in post.roles)
    assert all(role.isprintable() for role in post.roles)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
