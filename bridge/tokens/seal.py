"""A grant as the store may have it: encrypted, by a key that is nowhere in the store.

The key comes out of ``keap.oauth.client_secret`` (HKDF, RFC 5869), which every host that may use
the grant has anyway. Whoever has a copy of the database alone can do nothing with it.
"""

import base64

from bridge.tokens.grant import Grant
from keap_client.errors import NotAuthorised
from keap_client.oauth import OAuthClient


def seal(grant: Grant, client: OAuthClient) -> str:
    """Encrypt a grant for the store."""
    # Imported here, as below: only OAuth needs the library, and loading it takes a while.
    from cryptography.fernet import Fernet  # noqa: PLC0415

    return Fernet(_key(client)).encrypt(grant.to_json().encode()).decode()


def unseal(sealed: str, client: OAuthClient) -> Grant:
    """Read what :func:`seal` wrote.

    Raises:
        NotAuthorised: It was sealed for another client secret, or is damaged.
    """
    from cryptography.fernet import Fernet, InvalidToken  # noqa: PLC0415 - as above

    try:
        return Grant.from_json(Fernet(_key(client)).decrypt(sealed.encode()).decode())
    except InvalidToken:
        raise NotAuthorised(unreadable=True) from None


def _key(client: OAuthClient) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415 - as above

    derived = HKDF(
        algorithm=SHA256(), length=32, salt=client.client_id.encode(), info=b"keap-bridge grant 1"
    ).derive(client.client_secret.encode())
    return base64.urlsafe_b64encode(derived)
