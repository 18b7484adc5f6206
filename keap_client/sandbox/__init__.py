"""A local Keap: the API endpoints that the bridge uses, and the sender of HTTP Posts.

It is an account of Keap's behaviour of its own, and imports nothing of the client that it is there
to check.
"""

from keap_client.sandbox.demo import demo_tenant
from keap_client.sandbox.faults import Fault, Faults
from keap_client.sandbox.quirks import Limits, Quirks
from keap_client.sandbox.record import Record, Request
from keap_client.sandbox.running import running_sandbox
from keap_client.sandbox.sandbox import Sandbox
from keap_client.sandbox.sender import Attempt, HttpPostStep, Manner, send_http_post
from keap_client.sandbox.state import Contact, CustomField, Tag, Tenant, email_address

__all__ = [
    "Attempt",
    "Contact",
    "CustomField",
    "Fault",
    "Faults",
    "HttpPostStep",
    "Limits",
    "Manner",
    "Quirks",
    "Record",
    "Request",
    "Sandbox",
    "Tag",
    "Tenant",
    "demo_tenant",
    "email_address",
    "running_sandbox",
    "send_http_post",
]
