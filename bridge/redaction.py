"""Takes secrets out of a text, and shortens e-mail addresses in it. Pure."""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias
from urllib.parse import quote, quote_plus

Redaction: TypeAlias = Callable[[str], str]
"""Gives a text that may be shown."""

INSTEAD = "[secret]"

_SHORTEST = 4
"""Shorter texts turn up everywhere by chance; the configuration has no such secret."""

# RFC 5322, section 3.2.3 (atext and dots), plus letters of any script.
_LOCAL = r"[\w!#$%&'*+/=?^`{|}~.\-]"
_DOMAIN = r"[\w\[]"
# Each begins only where a run of such characters begins: time grows with the text, not its square.
_ADDRESS = re.compile(rf'(?P<local>"[^"\n]*"|(?<!{_LOCAL}){_LOCAL}++)(?P<at>@)(?={_DOMAIN})')
_QUOTED_ADDRESS = re.compile(rf"(?<!{_LOCAL})(?P<local>{_LOCAL}+?)(?P<at>%40)(?={_DOMAIN})")


def shorten_email(address: str) -> str:
    """Shorten an address to what tells two of them apart: ``a…@example.com``."""
    local, _, domain = address.rpartition("@")
    return f"{_first_sign(local)}…@{domain}"


def redact(text: str, secrets: Iterable[str]) -> str:
    """Take every secret out of a text, and shorten every e-mail address in it."""
    return redaction(secrets)(text)


def redaction(secrets: Iterable[str], *, show_emails: bool = False) -> Redaction:
    """Prepare the redaction of many texts.

    A secret is found as it is, as it stands in an address, in JSON or in Python's ``repr``, and in
    Base64; so give ``user:password`` too, for HTTP Basic authentication.
    """
    forms = {form for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret)}
    # The longest first: a secret inside a longer one would leave the rest of that standing.
    in_order = sorted(forms, key=lambda form: (-len(form), form))
    known = re.compile("|".join(map(re.escape, in_order))) if in_order else None
    shortest = min(map(len, forms), default=0)

    def redact_one(text: str) -> str:
        if known is not None and len(text) >= shortest:
            text = known.sub(INSTEAD, text)
        if show_emails or ("@" not in text and "%40" not in text):
            return text
        return _QUOTED_ADDRESS.sub(_shortened, _ADDRESS.sub(_shortened, text))

    return redact_one


def _forms(secret: str) -> Iterator[str]:
    yield secret
    for in_an_address in (quote(secret, safe=""), quote(secret), quote_plus(secret)):
        yield in_an_address
        yield re.sub("%[0-9A-F]{2}", lambda escape: escape[0].lower(), in_an_address)
    for in_json in (json.dumps(secret), json.dumps(secret, ensure_ascii=False)):
        yield in_json[1:-1]
    yield repr(secret)[1:-1]
    content = secret.encode()
    for in_base64 in (base64.b64encode(content), base64.urlsafe_b64encode(content)):
        yield in_base64.decode().rstrip("=")


def _shortened(match: re.Match[str]) -> str:
    return f"{_first_sign(match['local'])}…{match['at']}"


def _first_sign(local: str) -> str:
    return next((sign for sign in local if sign.isalnum()), "")
