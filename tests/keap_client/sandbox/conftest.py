"""Keap's own SDK as a second opinion: its requests and its strict models are not ours."""

import asyncio
from collections.abc import Callable
from typing import Any

import keap_core_v2_client as sdk
import pytest
import urllib3

from keap_client.sandbox import Sandbox


class OfficialSdk:
    """Keap's SDK pointed at a sandbox; it is synchronous, so each call runs in a thread."""

    def __init__(self, sandbox: Sandbox, token: str | None = None) -> None:
        """Take the sandbox's own token unless another is given."""
        configuration = sdk.Configuration(
            host=sandbox.url.removesuffix("/rest/v2"), access_token=token or sandbox.token
        )
        # Without this urllib3 asks four times, silently, when a 429 carries Retry-After.
        configuration.retries = urllib3.Retry(0, redirect=0)
        client = sdk.ApiClient(configuration)
        self.contacts = sdk.ContactApi(client)
        self.tags = sdk.TagsApi(client)
        self.users = sdk.UsersApi(client)

    @staticmethod
    async def ask(method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Carry out one of the SDK's methods and give what it made of the answer."""
        named.setdefault("_request_timeout", 10)  # the SDK itself would wait for ever
        return await asyncio.to_thread(method, *arguments, **named)


@pytest.fixture
def official(sandbox: Sandbox) -> OfficialSdk:
    """Keap's SDK, pointed at the sandbox of this test."""
    return OfficialSdk(sandbox)
