"""One running local Keap: everything that its parts share, in one object."""

from dataclasses import dataclass, field

from aiohttp import web

from keap_client.sandbox.faults import Faults
from keap_client.sandbox.limits import Throttle
from keap_client.sandbox.quirks import Quirks
from keap_client.sandbox.record import Record
from keap_client.sandbox.state import Tenant

API = "/crm/rest/v2"
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
    expired_tokens: set[str] = field(default_factory=set, repr=False)
    """Tokens that it knows, but calls expired."""
    faults: Faults = field(default_factory=Faults)
    record: Record = field(default_factory=Record)
    throttle: Throttle = field(default_factory=Throttle)
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


SANDBOX = web.AppKey("sandbox", Sandbox)
