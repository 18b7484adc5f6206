"""A real WordPress for a measurement, and the documents and users that are made in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from bridge.demo.wordpress import Account, RunningWordPress, default_cache, own_folder, start
from tests.wordpress import SUITES

COMPANION = "/wp-json/keap-bridge/v1/users"
CORE = "/wp-json/wp/v2/users"


@asynccontextmanager
async def wordpress(version: str) -> AsyncIterator[RunningWordPress]:
    """Run a WordPress of this version with the companion until the block ends."""
    runs = own_folder(default_cache() / "runs")
    folder = await asyncio.to_thread(runs.__enter__)
    try:
        yield await asyncio.to_thread(start, folder / version, suite=SUITES[version])
    finally:
        await asyncio.to_thread(runs.__exit__, None, None, None)


async def ask(client: aiohttp.ClientSession, url: str, account: Account, body: Any) -> Any:
    """POST JSON as an account; give the JSON answered.

    Raises:
        RuntimeError: The answer is no success.
    """
    signed = aiohttp.BasicAuth(account.login, account.application_password)
    async with client.post(url, json=body, auth=signed) as answer:
        if not answer.ok:
            message = f"{url} answered {answer.status}: {(await answer.text())[:200]}"
            raise RuntimeError(message)
        return await answer.json()


def document(contact: str, name: str) -> dict[str, Any]:
    """Give what the bridge sends to the companion for a new contact."""
    email = f"{name}@example.com"
    return {
        "dry_run": False,
        "documents": [
            {
                "delivery": f"bench-{name}",
                "contact": contact,
                "email": email,
                "user_id": None,
                "when_linked_to_another_contact": "refuse",
                "contact_id_meta": "infusionsoft_contact_id",
                "new_user": {
                    "logins": [email],
                    "password": "Kf3-9c1d27b5e4086a1c4e",
                    "nicename": name,
                    "nickname": name,
                    "display_name": f"Ann {name}",
                },
                "fresh_password": True,
                "fields": {"first_name": "Ann", "last_name": name, "user_email": email},
                "meta": {"infusionsoft_tags": []},
                "roles": {"give": ["subscriber"], "among": ["subscriber"], "mode": "replace"},
                "notification": "link",
            }
        ],
    }
