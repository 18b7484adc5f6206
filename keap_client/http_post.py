"""An incoming HTTP Post of a Keap campaign → :class:`HttpPost`, or the reason why not. Pure.

The receiver reads in three steps, so that nothing is looked at before the key has been compared:

    form = read_form(content_type, body)
    key = access_key_of(form)
    post = read_http_post(form)

Names and values are those that WP Fusion's receiver takes (its documentation calls them
"Infusionsoft HTTP Posts"), with the contact's id under the names that other receivers know, too:
https://docs.imember360.com/webhooks/i4w_sync_user
A legacy action of Keap's posts the whole contact: fields with other names are ignored.
"""

# Each reason stands where it is found, so that the rules read straight down.
# ruff: noqa: EM101, EM102, TRY003

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeAlias, cast
from urllib.parse import parse_qsl

# The library ships no type information.
from multipart import (  # type: ignore[import-untyped]
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from keap_client.errors import KeapError

PostAction = Literal["add", "update", "update_tags", "test"]

CONTACT_NAMES = ("contactId", "contact_id", "ContactId", "contactID", "Id", "Contact0Id")
"""Where a contact's id may stand, most common first. Several may be sent if they agree."""
ACTION_NAMES = ("wpf_action", "action")
"""Where the action may stand; the second is looked at only where the first is not given."""

_ACTIONS = ("add", "update", "update_tags", "test")
_TRUE = ("true", "1", "yes", "on")
_FALSE = ("false", "0", "no", "off", "")
# A merge field that Keap could not fill in, as its editor's own test sends them.
_UNMERGED = re.compile(r"~[A-Za-z]+\.[A-Za-z0-9_]+~")
_CHARSETS = {"utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252"}
_Given: TypeAlias = Mapping[str, AbstractSet[str]]
_LONGEST_ID = 18
_LONGEST_WORD = 40
_LONGEST_ROLES = 500


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


@dataclass(frozen=True, slots=True)
class HttpPost:
    """What an HTTP Post asks for."""

    action: PostAction
    contact: str | None
    """The contact's id: digits, no leading zeros; ``None`` only where the action is ``test``."""
    roles: tuple[str, ...]
    """WordPress roles by slug or name, as posted, each once; empty: none were named."""
    send_notification: bool | None
    """``None``: not given, or a merge field that was not filled in."""


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


def access_key_of(form: Form) -> str | None:
    """Give the access key to compare; ``None`` if there is none, or two that differ."""
    keys = {value.strip() for name, value in form.pairs if name == "access_key"}
    return keys.pop() or None if len(keys) == 1 else None


def read_http_post(form: Form) -> HttpPost:
    """Read what a form, whose access key is right, asks for.

    Raises:
        UnreadablePost: Something needed is missing, not understood, or given twice in two ways.
    """
    given = _given(form)
    action = _action(given)
    contact = _contact(given)
    if contact is None and action != "test":
        raise UnreadablePost(
            "The contact's id is missing: add a field named contactId with the value ~Contact.Id~"
            " to the HTTP Post in Keap."
        )
    return HttpPost(action, contact, _roles(given), _send_notification(form, given))


def _action(given: _Given) -> PostAction:
    word = next((word for name in ACTION_NAMES if (word := _value(given, name))), None)
    if word is None:
        raise UnreadablePost(
            "The action is missing: add a field named wpf_action with the value add, update or"
            " update_tags to the HTTP Post in Keap."
        )
    if word.lower() not in _ACTIONS:
        shown = "".join(sign for sign in word[:_LONGEST_WORD] if sign.isprintable())
        raise UnreadablePost(
            f'The action "{shown}" is not known: wpf_action must be add, update, update_tags or'
            " test."
        )
    return cast("PostAction", word.lower())


def _contact(given: _Given) -> str | None:
    found = {name: value for name in CONTACT_NAMES if (value := _value(given, name))}
    # Without leading zeros: everything of one contact must meet under one id.
    contacts = {_contact_id(name, value) for name, value in found.items()}
    if len(contacts) > 1:
        raise UnreadablePost(
            f"The fields {' and '.join(found)} name different contacts: keep only contactId with"
            " the value ~Contact.Id~."
        )
    return contacts.pop() if contacts else None


def _contact_id(name: str, text: str) -> str:
    digits = text.lstrip("0")
    if not (text.isascii() and text.isdigit() and digits and len(digits) <= _LONGEST_ID):
        raise UnreadablePost(
            f"The field {name} is not a contact's id (a whole number): its value in Keap should be"
            " ~Contact.Id~."
        )
    return digits


def _roles(given: _Given) -> tuple[str, ...]:
    text = _value(given, "role") or ""
    if len(text) > _LONGEST_ROLES or not text.isprintable():
        raise UnreadablePost(
            "The field role is not a list of WordPress roles: give their names, separated by"
            f" commas, in at most {_LONGEST_ROLES} characters."
        )
    roles = (role.strip() for role in text.split(","))
    return tuple(dict.fromkeys(role for role in roles if role and not _UNMERGED.fullmatch(role)))


def _send_notification(form: Form, given: _Given) -> bool | None:
    # Given and empty means no here, as it does to WP Fusion; only an unfilled merge field is none.
    name = "send_notification"
    word = _value(given, name)
    if word is None:
        empty = any(each == name and not value.strip() for each, value in form.pairs)
        return False if empty else None
    if word.lower() in _TRUE:
        return True
    if word.lower() in _FALSE:
        return False
    raise UnreadablePost("The field send_notification must be true or false.")


def _given(form: Form) -> _Given:
    """Give the different values under each name, without empty ones and unfilled merge fields."""
    given: dict[str, set[str]] = {}
    for name, text in form.pairs:
        value = text.strip()
        if value and not _UNMERGED.fullmatch(value):
            given.setdefault(name, set()).add(value)
    return given


def _value(given: _Given, name: str) -> str | None:
    """Give the one value under a name; ``None`` where missing, empty, or an unfilled merge."""
    values = given.get(name)
    if values is None:
        return None
    if len(values) > 1:
        raise UnreadablePost(
            f"The field {name} is given more than once, with different values: keep one of them."
        )
    return next(iter(values))


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
