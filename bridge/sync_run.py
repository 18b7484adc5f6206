"""A sync: many contacts done as if a Post had come for each, Posts first. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bridge.delivery import Action, State

SyncKind = Literal["tag", "all", "linked", "list"]
SyncState = Literal["open", "stopped", "done", "ended"]
"""``stopped`` waits for a person, who may let it go on; ``ended`` by a person before its time."""


@dataclass(frozen=True, slots=True)
class SyncWish:
    """What a sync is to do; one that wishes the same goes on where the other was cut short."""

    kind: SyncKind
    """The contacts who have a tag, all contacts, those linked to a user, or those of a list."""
    subject: str = ""
    """The tag's id, or what the list is known by."""
    action: Action = "update"
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncRun:
    """A sync as the store has it."""

    number: int
    wish: SyncWish
    max_changes: int | None
    """It stops when so many users have been changed; ``None``: never."""
    state: SyncState
    reason: str
    """Why it stopped, or what it waits for: a sentence for a person."""
    started_at: datetime
    finished_at: datetime | None
    cursor: str
    """Where to go on reading the ids of its contacts; empty: from the beginning."""
    all_read: bool
    found: int
    """How many contacts it has so far."""
    changed: int
    """How many users it has changed or made."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a sync has come."""

    run: SyncRun
    states: Mapping[State, int]
    """How many of its deliveries are in each state."""
    untried: int
    """How many of those that wait have not had a whole attempt yet."""

    @property
    def finished(self) -> int:
        """How many contacts have had their turn, those to be tried again included."""
        return sum(self.states.values()) - self.untried - self.states.get("running", 0)

    @property
    def in_hand(self) -> int:
        """How many wait for their first attempt, or have one now."""
        return self.untried + self.states.get("running", 0)
