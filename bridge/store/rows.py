"""Rows of the store read as the values that the rest of the bridge knows."""

from typing import Any

from sqlalchemy import Row

from bridge.delivery import Attempt, Caveat, Delivery, Step


def delivery_of(row: Row[*tuple[Any, ...]]) -> Delivery:
    """A row of ``deliveries`` with the ``due_at`` of its lane."""
    return Delivery(
        number=row.number,
        id=row.id,
        contact=row.contact,
        action=row.action,
        roles=tuple(row.roles),
        notify=row.notify,
        received_at=row.received_at,
        state=row.state,
        attempts=row.attempts,
        due_at=row.due_at,
        finished_at=row.finished_at,
        reason=row.reason,
        caveats=tuple(Caveat(code, subject) for code, subject in row.caveats),
        user_id=row.user_id,
        cause=row.cause,
        formerly=row.formerly,
        former_user=row.former_user,
        passes_brake=row.passes_brake,
        sync_run=row.sync_run,
    )


def caveats_as_json(caveats: tuple[Caveat, ...]) -> list[list[str]]:
    """What :func:`delivery_of` reads back."""
    return [[caveat.code, caveat.subject] for caveat in caveats]


def attempt_of(row: Row[*tuple[Any, ...]], steps: tuple[Step, ...]) -> Attempt:
    """A row of ``attempts`` with the id of its first delivery."""
    return Attempt(
        number=row.number,
        first=row.first_id,
        started_at=row.started_at,
        finished_at=row.finished_at,
        outcome=row.outcome or None,
        reason=row.reason,
        steps=steps,
        config_version=row.config_version,
    )
