"""The end of the address that Keap's hooks are sent to, by which they are known. Pure."""

import hmac
from hashlib import sha256

_LENGTH = 40
"""Hex digits: 160 bits."""


def hook_token(access_key: str) -> str:
    """Make the last part of the address out of an access key.

    Keap does not sign what it sends, so that the address itself has to be the secret. It is not
    the access key, since web servers write addresses into their logs: from there it opens the door
    for hooks, which can only ask for an update of a contact, and not the one for HTTP Posts.
    """
    digest = hmac.new(access_key.encode(errors="surrogatepass"), b"keap-bridge hooks", sha256)
    return digest.hexdigest()[:_LENGTH]
