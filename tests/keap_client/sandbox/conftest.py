"""Two ways to ask the sandbox: Keap's own SDK, and plain HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import keap_core_v2_client as sdk
import pytest
import urllib3

from keap_client.sandbox import Sandbox


class OfficialSdk:
    """Keap's SDK pointed at a sandbox; it is synchronous, so each call runs in a thread."""

    def __init__(self, sandbox: Sandbox, token: str | None = None, retries: int = 0) -> None:
        """Take the sandbox's own token unless another is given.

        Left to itself, urllib3 asks four times, silently, when a 429 carries Retry-After.
        """
        configuration = sdk.Configuration(
            host=sandbox.url.removesuffix("/rest/v2"), access_token=token or sandbox.token
        )
        configuration.retries = urllib3.Retry(retries, redirect=0)
        self.client = sdk.ApiClient(configuration)
        self.contacts = sdk.ContactApi(self.client)
        self.tags = sdk.TagsApi(self.client)
        self.users = sdk.UsersApi(self.client)

    @staticmethod
    async def ask(method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Carry out one of the SDK's methods and give what it made of the answer."""
        named.setdefault("_request_timeout", 10)  # the SDK itself would wait for ever
        return await asyncio.to_thread(method, *arguments, **named)

    def close(self) -> None:
        """Close its connections."""
        self.client.rest_client.pool_manager.clear()


@dataclass(frozen=True)
class Answered:
    """An HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        """Give the body as JSON."""
        return json.loads(self.text)


@dataclass(frozen=True)
class Keap:
    """Plain HTTP to a sandbox."""

    session: aiohttp.ClientSession
    sandbox: Sandbox

    async def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        **request: Any,
    ) -> Answered:
        """Send a request with the sandbox's token, or with other headers in its place."""
        known = {"Authorization": f"Bearer {self.sandbox.token}"}
        url = self.sandbox.origin + path if path.startswith("/") else f"{self.sandbox.url}/{path}"
        async with self.session.request(
            method,
            url,
            headers=known if headers is None else headers,
            allow_redirects=False,
            **request,
        ) as answer:
            return Answered(answer.status, answer.headers, await answer.text())

    async def get(self, path: str, **query: str) -> Any:
        """Get JSON that is answered with 200."""
        answer = await self.ask("GET", path, params=query)
        assert answer.status == 200, answer.text
        return answer.json


@pytest.fixture
def official(sandbox: Sandbox) -> Iterator[OfficialSdk]:
    """Keap's SDK, pointed at the sandbox of this test."""
    made = OfficialSdk(sandbox)
    yield made
    made.close()


@pytest.fixture
async def keap(sandbox: Sandbox) -> AsyncIterator[Keap]:
    """Plain HTTP to the sandbox of this test."""
    async with aiohttp.ClientSession() as session:
        yield Keap(session, sandbox)
