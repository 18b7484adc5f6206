"""REST Hooks as Keap sends them: the handshake, the deliveries, and when it gives up.

https://developer.infusionsoft.com/docs/rest/ and the guide to REST hooks beside it. Unlike Keap,
which delivers 30 to 60 seconds after a change, it delivers when it is told to.
"""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

import aiohttp

from keap_client.sandbox.state import JsonObject, as_utc

HookStatus: TypeAlias = Literal["Unverified", "Verified", "Inactive"]

MOST_OBJECTS = 1000
"""In one delivery."""

EVENT_KEYS = tuple(
    f"{record}.{event}"
    for record, events in (
        ("appointment", ("add", "delete", "edit")),
        ("company", ("add", "delete", "edit")),
        ("contact", ("add", "delete", "edit", "redact")),
        ("contactGroup", ("add", "applied", "delete", "edit", "removed")),
        ("invoice", ("add", "delete", "edit")),
        ("order", ("add", "delete", "edit")),
    )
    for event in events
)

GONE = 410


@dataclass(slots=True)
class Hook:
    """One subscription."""

    key: str
    event_key: str
    url: str
    secret: str = field(repr=False)
    status: HookStatus = "Unverified"

    def as_json(self) -> JsonObject:
        """Give it as v1 answers it."""
        return {
            "key": self.key,
            "eventKey": self.event_key,
            "hookUrl": self.url,
            "status": self.status,
        }


@dataclass(slots=True)
class Hooks:
    """The subscriptions, and how deliveries go about."""

    hooks: dict[str, Hook] = field(default_factory=dict)
    group_shape: Literal["contact_details", "applied", "object_keys"] = "contact_details"
    """How the contacts of a ``contactGroup`` event are told: three shapes, all unverified."""
    attempts: int = 4
    gap: float = 0.01
    """Seconds between attempts: 30 to 60, 300 and 1800 at Keap."""
    patience: float = 30.0
    """Seconds within which the receiver answers."""
    handshakes: bool = True
    """Whether a new hook is verified at once; ``False``: only when it is asked for."""

    async def subscribe(self, event_key: str, url: str) -> Hook:
        """Make a hook, and shake hands."""
        key = secrets.token_hex(8)
        hook = self.hooks[key] = Hook(key, event_key, url, secrets.token_hex(16))
        if self.handshakes:
            await self.shake_hands(hook)
        return hook

    async def shake_hands(self, hook: Hook) -> bool:
        """Post the secret; a receiver that sends it back in the same header is the right one."""
        status, headers = await self._post(hook.url, {"X-Hook-Secret": hook.secret}, None)
        good = status == 200 and headers.get("x-hook-secret") == hook.secret  # noqa: PLR2004 - the one status that Keap takes here
        hook.status = "Verified" if good else "Unverified"
        return good

    async def deliver(
        self, event_key: str, contact_ids: Sequence[str], now: datetime, *, tag: str = "91"
    ) -> list[int | None]:
        """Tell every verified hook of an event; give the status of each attempt."""
        answered: list[int | None] = []
        for hook in list(self.hooks.values()):
            if hook.event_key == event_key and hook.status == "Verified":
                for start in range(0, len(contact_ids), MOST_OBJECTS):
                    some = contact_ids[start : start + MOST_OBJECTS]
                    body = self.body(event_key, some, now, tag=tag)
                    answered += await self._until_taken(hook, body)
        return answered

    def body(
        self, event_key: str, contact_ids: Sequence[str], now: datetime, *, tag: str = "91"
    ) -> JsonObject:
        """Give what a delivery holds."""
        kind, at = event_key.partition(".")[0], as_utc(now)
        if kind != "contactGroup" or self.group_shape == "object_keys":
            objects = [_object("contacts", each, at) for each in contact_ids]
        elif self.group_shape == "contact_details":
            details = [{"id": int(each), "timestamp": at} for each in contact_ids]
            objects = [_object("tags", tag, at) | {"contact_details": details}]
        else:
            objects = [{"tagId": int(tag), "applied": [int(each) for each in contact_ids]}]
        return {"event_key": event_key, "object_type": kind, "object_keys": objects}

    async def _until_taken(self, hook: Hook, body: JsonObject) -> list[int | None]:
        answered: list[int | None] = []
        for attempt in range(self.attempts):
            if attempt:
                await asyncio.sleep(self.gap)
            status, _ = await self._post(hook.url, {}, body)
            answered.append(status)
            if status is not None and 200 <= status < 400:  # noqa: PLR2004 - as Keap documents it
                return answered
            if status == GONE:
                break
        hook.status = "Inactive"
        return answered

    async def _post(
        self, url: str, headers: dict[str, str], body: JsonObject | None
    ) -> tuple[int | None, dict[str, str]]:
        timeout = aiohttp.ClientTimeout(total=self.patience)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            try:
                async with session.post(
                    url, json=body, headers=headers, timeout=timeout, allow_redirects=False
                ) as answer:
                    await answer.read()
                    told = {name.lower(): value for name, value in answer.headers.items()}
                    return answer.status, told
            except (aiohttp.ClientError, TimeoutError):
                return None, {}


def _object(records: str, identifier: str, at: str) -> JsonObject:
    api = f"https://api.infusionsoft.com/crm/rest/v1/{records}/{identifier}"
    return {"id": int(identifier), "apiUrl": api, "timestamp": at}
