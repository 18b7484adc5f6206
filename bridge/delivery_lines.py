"""Deliveries and their timelines, as lines for people and as JSON for programs. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bridge.delivery import Attempt, Cause, Delivery
from bridge.explanations import explain

BY_ITSELF = "goes on by itself within minutes once that is mended; at once: keap-bridge resend {id}"
AT_A_RELOAD = "goes on when config.yaml is saved with that mended, or the bridge is started again"
AT_A_START = "goes on when the bridge is started again, once that is mended"
WHEN_RESENT = "once that is mended: keap-bridge resend {id}"
IF_RIGHT = "if that is right: keap-bridge resend {id}"

HELD: dict[Cause, str] = {
    "keap": BY_ITSELF,
    "wordpress": BY_ITSELF,
    "configuration": AT_A_RELOAD,
    "contact": WHEN_RESENT,
    "brake": IF_RIGHT,
    "": AT_A_START,
}
"""How a held delivery goes on, by what it waits for."""


def line_of(delivery: Delivery) -> str:
    """Give a delivery as one line: when, id, contact, action, state, source, attempts, user."""
    user = f"  user {delivery.user_id}" if delivery.user_id else ""
    sync = "" if delivery.sync_run is None else "  sync"
    tries = f"  {delivery.attempts} attempts" if delivery.attempts > 1 else ""
    return (
        f"{_at(delivery.received_at)}  {delivery.id}  contact {delivery.contact:<6}"
        f"  {delivery.action:<11}  {delivery.state}{sync}{tries}{user}"
    )


def notes_on(delivery: Delivery) -> list[str]:
    """Give what to know beyond the state: the reason, warnings, how it goes on."""
    notes = [delivery.reason] if delivery.reason else []
    if delivery.state == "waiting" and delivery.due_at is not None and delivery.attempts:
        notes.append(f"next attempt {_at(delivery.due_at)}")
    if advice := advice_on(delivery):
        notes.append(advice)
    return [*notes, *(f"warning: {explain(caveat)}" for caveat in delivery.caveats)]


def advice_on(delivery: Delivery) -> str:
    """Say how a delivery that waits for a person, or cannot work, goes on; empty for others."""
    if delivery.state == "held":
        return HELD[delivery.cause].format(id=delivery.id)
    if delivery.state == "failed":
        return WHEN_RESENT.format(id=delivery.id)
    return ""


def timeline_of(delivery: Delivery, attempts: Sequence[Attempt]) -> list[str]:
    """Give everything that happened to a delivery, a line each; times are this machine's."""
    begun = "received and kept" if delivery.sync_run is None else "put in line by a sync"
    lines = [line_of(delivery), f"  {_at(delivery.received_at)}  {begun}"]
    for attempt in attempts:
        under = f" under configuration {attempt.config_version}" if attempt.config_version else ""
        lines.append(f"  {_at(attempt.started_at)}  attempt{under}")
        for step in attempt.steps:
            detail = f": {step.detail}" if step.detail else ""
            lines.append(f"    {_time(step.at)}  {step.name.replace('_', ' ')}{detail}")
        if attempt.finished_at is not None:
            lines.append(f"    {_time(attempt.finished_at)}  {attempt.outcome}")
    return [*lines, *(f"  {note}" for note in notes_on(delivery))]


def _at(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _time(moment: datetime) -> str:
    return moment.astimezone().strftime("%H:%M:%S.%f")[:-3]


def plain(delivery: Delivery) -> dict[str, Any]:
    """Give a delivery as what JSON can hold."""
    return {
        "id": delivery.id,
        "contact": delivery.contact,
        "action": delivery.action,
        "roles": delivery.roles,
        "send_notification": delivery.notify,
        "sync": delivery.sync_run,
        "state": delivery.state,
        "reason": delivery.reason,
        "waits_for": delivery.cause or None,
        "warnings": [
            {"code": caveat.code, "subject": caveat.subject, "sentence": explain(caveat)}
            for caveat in delivery.caveats
        ],
        "user_id": delivery.user_id,
        "attempts": delivery.attempts,
        "received_at": _iso(delivery.received_at),
        "due_at": _iso(delivery.due_at),
        "finished_at": _iso(delivery.finished_at),
    }


def plain_attempt(attempt: Attempt) -> dict[str, Any]:
    """Give an attempt as what JSON can hold."""
    return {
        "attempt": attempt.number,
        "first_delivery": attempt.first,
        "started_at": _iso(attempt.started_at),
        "finished_at": _iso(attempt.finished_at),
        "outcome": attempt.outcome,
        "reason": attempt.reason,
        "config_version": attempt.config_version,
        "steps": [
            {"at": _iso(step.at), "name": step.name, "detail": step.detail}
            for step in attempt.steps
        ],
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds")
