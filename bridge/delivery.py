"""A delivery: one HTTP Post kept, and everything that happens to it. Pure values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Action = Literal["add", "update", "update_tags"]
State = Literal["waiting", "running", "done", "ignored", "held", "failed"]
"""``held`` waits for a person; ``failed`` cannot work; both are final until somebody resends."""

Cause = Literal["keap", "wordpress", "configuration", "contact", "brake", ""]
"""What a held delivery waits for: an end that refuses everything, the configuration, something
about this contact alone, or a person's look at the roles that are taken away; empty: not held, or
held by a version that did not say."""


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """What an accepted HTTP Post asks for, before it is kept."""

    id: str
    """Unique for ever, also across stores (a ULID): WordPress recognises its own work by it."""
    contact: str
    """The Keap contact's id: digits."""
    action: Action
    received_at: datetime
    roles: tuple[str, ...] = ()
    """The roles that the Post names; empty: none."""
    notify: bool | None = None
    """``send_notification`` as posted; ``None``: not given."""


@dataclass(frozen=True, slots=True)
class Caveat:
    """Something that a delivery asked for and did not get, while the rest was done."""

    code: str
    subject: str = ""
    """What it is about; never personal data."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A kept delivery as the store shows it."""

    number: int
    """Its place in the order of arrival."""
    id: str
    contact: str
    action: Action
    roles: tuple[str, ...]
    notify: bool | None
    received_at: datetime
    state: State
    attempts: int
    """How many attempts have carried it so far."""
    due_at: datetime | None
    """When the next attempt may begin; ``None`` unless waiting."""
    finished_at: datetime | None
    reason: str
    """Why it waits, is held, failed or was ignored: a sentence for a person."""
    caveats: tuple[Caveat, ...]
    user_id: int | None
    """The WordPress user that it ended with."""
    cause: Cause = ""
    formerly: str | None = None
    """The contact that the Post named, where Keap no longer has it; ``contact`` is another one."""
    former_user: int | None = None
    """The WordPress user whom that contact had."""
    passes_brake: bool = False
    """Whether a person has let it take roles away, however many have been taken."""
    sync_run: int | None = None
    """The sync that asks for it; ``None``: an HTTP Post does."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that an attempt did, with its time: a line of a delivery's timeline."""

    at: datetime
    name: str
    """Past tense: ``contact_read``, ``user_created``, ``password_returned`` …"""
    detail: str = ""
    """For a person to read; no personal data."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a contact, as the store shows it in the timeline of a delivery that it carried."""

    number: int
    first: str
    """The id of the delivery that stands for it in WordPress."""
    started_at: datetime
    finished_at: datetime | None
    outcome: State | Literal["interrupted"] | None
    """``None`` while it runs; ``interrupted``: the process ended first."""
    reason: str
    steps: tuple[Step, ...]
    """In the order in which they were done."""
    config_version: str = ""
    """The configuration under which it was begun."""


@dataclass(frozen=True, slots=True)
class Work:
    """All waiting deliveries of one contact, taken together for one attempt."""

    contact: str
    deliveries: tuple[Delivery, ...]
    """In order of arrival, at least one. The first one's id stands for the attempt in WordPress:
    it stays the first until it is finished, so that a later attempt recognises the work."""
    user_id: int | None
    """The WordPress user that the store has linked to the contact."""
    failures: int
    """How many attempts at this contact have failed in a row."""
    steps: tuple[str, ...]
    """Names of the steps that earlier attempts at the first delivery have recorded, in order."""
    attempt: int
    """The attempt's number: the store takes its steps and verdict only while it holds the lane."""

    @property
    def behind(self) -> bool:
        """Whether only syncs ask for it, so that Posts go first."""
        return all(delivery.sync_run is not None for delivery in self.deliveries)


@dataclass(frozen=True, slots=True)
class Successor:
    """The contact whom deliveries go to, since Keap no longer has the one that they named."""

    contact: str
    user_id: int
    """The WordPress user whom the contact that is gone had."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an attempt ended, for every delivery that it carried."""

    state: Literal["done", "ignored", "held", "failed", "waiting"]
    """``waiting``: to be tried again at ``due_at``."""
    reason: str = ""
    caveats: tuple[Caveat, ...] = ()
    user_id: int | None = None
    due_at: datetime | None = None
    give_up: frozenset[str] = frozenset()
    """With ``waiting``: ids of deliveries that have had their last attempt and end as failed."""
    successor: Successor | None = None
    """With ``waiting``: the deliveries go on in this contact's lane, as soon as that is idle."""
    cause: Cause = ""
    """With ``held``: what it waits for."""
    changed: bool = False
    """Whether WordPress's user is another than before, or new."""
