"""One running local Keap: everything that its parts share, in one object."""

from dataclasses import dataclass, field

from aiohttp import web

from keap_client.sandbox.faults import Faults
from keap_client.sandbox.hooks import Hooks
from keap_client.sandbox.limits import Throttle
from keap_client.sandbox.oauth import OAuth
from keap_client.sandbox.quirks import Quirks
from keap_client.sandbox.record import Record
from keap_client.sandbox.state import Tenant

API = "/crm/rest/v2"
API_V1 = "/crm/rest/v1"
CONTROL = "/_sandbox"
TOKEN = "KeapAK-sandbox-0123456789abcdef"  # noqa: S105 - it opens nothing but a sandbox


@dataclass(slots=True)
class Sandbox:
    """A local Keap; tests read and change its parts while it runs."""

    tenant: Tenant
    quirks: Quirks = field(default_factory=Quirks)
    """Replace it as a whole, with :func:`dataclasses.replace`."""
    token: str = field(default=TOKEN, repr=False)
    """The token that it takes."""
    more_tokens: set[str] = field(default_factory=set, repr=False)
    """Further tokens that it takes, each with calls of its own."""
    oauth: OAuth = field(default_factory=OAuth)
    hooks: Hooks = field(default_factory=Hooks)
    expired_tokens: set[str] = field(default_factory=set, repr=False)
    """Tokens that it knows, but calls expired."""
    faults: Faults = field(default_factory=Faults)
    record: Record = field(default_factory=Record)
    throttle: Throttle = field(default_factory=Throttle)
    """The calls of :attr:`token`, and of OAuth's access tokens."""
    more_throttles: dict[str, Throttle] = field(default_factory=dict, repr=False)
    """Those of each of :attr:`more_tokens`, once it was used."""
    origin: str = ""
    """Scheme, host and port, once it listens."""

    @property
    def url(self) -> str:
        """The API's base URL, without a trailing slash: what a client is given."""
        return self.origin + API

    @property
    def control_url(self) -> str:
        """The base URL of what is no part of Keap: how another process steers the sandbox."""
        return self.origin + CONTROL

    def throttle_of(self, token: str | None) -> Throttle:
        """Give the count of the calls that are made with a token."""
        if token in self.more_tokens:
            return self.more_throttles.setdefault(token, Throttle())
        return self.throttle


SANDBOX = web.AppKey("sandbox", Sandbox)
