"""The name/value pairs of a request, however they were sent; none of them is judged. Pure."""

# Each reason stands where it is found, so that the rules read straight down.
# ruff: noqa: EM101, EM102, TRY003

import codecs
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import parse_qsl

# The library ships no type information.
from multipart import (  # type: ignore[import-untyped]
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from keap_client.errors import KeapError

_CHARSETS = {"utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252"}


class UnreadablePost(KeapError):
    """This is no HTTP Post that can be carried out; the text says what to change in Keap."""

    def __init__(self, reason: str) -> None:
        """Take a full sentence, which names fields but never shows what could be personal."""
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Form:
    """The name/value pairs of a request as text, in order, none of them judged yet."""

    pairs: tuple[tuple[str, str], ...] = field(repr=False)


def read_form(content_type: str, body: bytes, query: str = "", *, most_fields: int = 200) -> Form:
    """Read the pairs of a request, and judge none of them.

    What does not decode in the declared charset (UTF-8 if none is declared) is read as
    Windows-1252, since Keap does not say what it sends.

    Args:
        content_type: The header as it came; empty: as a urlencoded form, for Keap documents none.
        body: At most as long as the receiver allows.
        query: The raw query string, where values in it are accepted.
        most_fields: How many pairs body and query may have together.

    Raises:
        UnreadablePost: It is neither form nor JSON object, or has too many fields.
    """
    media_type, options = _media_type(content_type)
    if media_type in {"", "application/x-www-form-urlencoded"}:
        _count(body.count(b"&") + 1, most_fields)
        pairs = _urlencoded(body, _charset(options.get("charset", "")))
    elif media_type == "multipart/form-data":
        pairs = _multipart(options.get("boundary", ""), body, most_fields)
    elif media_type == "application/json":
        pairs = _json(body, most_fields)
    else:
        raise UnreadablePost(
            "The request is not a form: send application/x-www-form-urlencoded (as Keap's HTTP"
            " Post does), multipart/form-data or a JSON object."
        )
    if query:
        _count(query.count("&") + 1 + len(pairs), most_fields)
        pairs += _urlencoded(query.encode(errors="surrogatepass"), "utf-8")
    return Form(tuple(pairs))


def _urlencoded(data: bytes, charset: str) -> list[tuple[str, str]]:
    if data.isascii() and b"%" not in data:  # as most are: every charset reads it alike
        return _unescaped(data.decode("ascii"))
    # Latin-1 there and back keeps every byte, escaped or not; one sender uses one charset.
    texts = parse_qsl(data.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in texts]
    charset = _readable_in(b"\n".join(text for pair in pairs for text in pair), charset)
    return [(name.decode(charset), value.decode(charset)) for name, value in pairs]


def _unescaped(text: str) -> list[tuple[str, str]]:
    """Do as ``parse_qsl`` does where nothing is escaped, in a fifth of its time."""
    pairs = (pair.partition("=") for pair in text.replace("+", " ").split("&") if pair)
    return [(name, value) for name, _, value in pairs]


def _multipart(boundary: str, body: bytes, most_fields: int) -> list[tuple[str, str]]:
    try:
        return list(_parts(boundary, body, most_fields))
    except ValueError:  # all of the library's errors, and what it does not guard against
        raise UnreadablePost(
            f"The multipart body cannot be read: it is damaged, or has more than {most_fields}"
            " fields."
        ) from None


def _parts(boundary: str, body: bytes, most_fields: int) -> Iterator[tuple[str, str]]:
    segment: MultipartSegment | None = None
    value = b""
    with PushMultipartParser(boundary, len(body), max_segment_count=most_fields) as parser:
        for event in parser.parse(body):
            if isinstance(event, MultipartSegment):
                segment, value = event, b""
                if segment.filename is not None:
                    raise UnreadablePost("The request holds a file: send text fields only.")
            elif event is not None:
                value += event
            elif segment is not None:
                yield segment.name, value.decode(_readable_in(value, _charset(segment.charset)))


def _json(body: bytes, most_fields: int) -> list[tuple[str, str]]:
    """Read an object's texts, numbers, true and false: what services between Keap and us send."""
    try:
        # As pairs, so that a name given twice is seen; lists stay lists.
        members = json.loads(body, object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        members = None
    if not isinstance(members, tuple):
        raise UnreadablePost("The JSON cannot be read: send one object of names and values.")
    _count(len(members), most_fields)
    return [
        (name, value if isinstance(value, str) else json.dumps(value))
        for name, value in members
        if isinstance(value, str | int | float)
    ]


@lru_cache(maxsize=64)  # a sender's is always the same
def _media_type(content_type: str) -> tuple[str, Mapping[str, str]]:
    media_type, options = parse_options_header(content_type)
    return media_type, options


def _charset(declared: str | None) -> str:
    """Give Python's name of a declared charset, UTF-8 for none."""
    try:
        name = codecs.lookup((declared or "utf-8").strip()).name
    except (LookupError, ValueError):
        name = ""
    if name not in _CHARSETS:
        raise UnreadablePost("The request's charset is not supported: send UTF-8.")
    return name


def _readable_in(data: bytes, charset: str) -> str:
    for candidate in (charset, "cp1252"):
        try:
            data.decode(candidate)
        except UnicodeDecodeError:
            continue
        return candidate
    return "latin-1"  # which gives every byte a meaning: what is needed is ASCII anyway


def _count(fields: int, most: int) -> None:
    if fields > most:
        raise UnreadablePost(f"The request has more than {most} fields.")
