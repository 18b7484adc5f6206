"""The store as the page and the command line see it: read-only, beside a server that writes."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, get_args

from sqlalchemy import BigInteger, Engine, and_, func, select, type_coerce

from bridge.delivery import Action, Attempt, Delivery, State, Step
from bridge.store import grants, syncing
from bridge.store.arrivals import Resend, conditions, meant_by
from bridge.store.engines import database_at
from bridge.store.rows import attempt_of, delivery_of
from bridge.store.schema import attempts, carried, deliveries, lanes, links, steps
from bridge.store.upgrade import refuse_other_versions
from bridge.sync_run import Standing

NEWEST = 100_000
"""Deliveries that a question about recent times looks at, most."""

SECONDS_PER_HOUR = 3600
HOUR = SECONDS_PER_HOUR * 1_000_000
"""As the store counts: microseconds."""


class Reader:
    """Questions to a store; each connects for itself, so any thread may ask."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, where: str | Path) -> Self:
        """The questions to a store.

        Args:
            where: as in :meth:`bridge.store.Store.open`.

        Raises:
            StoreRefused: there is no store, it is not the bridge's, or its schema differs.
            StoreUnavailable: it cannot be read.
        """
        database = database_at(where)
        database.must_exist()
        engine = database.reading_engine()
        refuse_other_versions(engine)
        return cls(engine)

    def deliveries(
        self,
        state: State | None = None,
        contact: str | None = None,
        *,
        action: Action | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        before: int | None = None,
    ) -> list[Delivery]:
        """The newest deliveries first: those to which all that is given applies.

        Args:
            state: Those in this state.
            contact: Those of one contact.
            action: Those that ask for this.
            since: Those received at this time or later.
            until: Those received before this time.
            limit: At most so many.
            before: The number that an earlier page ended with.
        """
        said = Resend(state=state, contact=contact, action=action, since=since, until=until)
        wanted = _with_due.where(*conditions(said)).order_by(deliveries.c.number.desc())
        wanted = wanted.limit(limit)
        if before is not None:
            wanted = wanted.where(deliveries.c.number < before)
        with self._engine.connect() as connection:
            return [delivery_of(row) for row in connection.execute(wanted)]

    def delivery(self, delivery_id: str) -> Delivery | None:
        """The delivery with this id."""
        with self._engine.connect() as connection:
            row = connection.execute(_with_due.where(deliveries.c.id == delivery_id)).first()
        return None if row is None else delivery_of(row)

    def timeline(self, delivery_id: str) -> list[Attempt]:
        """The attempts that have carried a delivery, oldest first; none for an unknown id."""
        carriers = (
            select(carried.c.attempt)
            .join_from(carried, deliveries, deliveries.c.number == carried.c.delivery)
            .where(deliveries.c.id == delivery_id)
        )
        tried = (
            select(attempts, deliveries.c.id.label("first_id"))
            .join_from(attempts, deliveries, deliveries.c.number == attempts.c.first)
            .where(attempts.c.number.in_(carriers))
            .order_by(attempts.c.number)
        )
        done = select(steps).where(steps.c.attempt.in_(carriers)).order_by(steps.c.number)
        steps_of = defaultdict(list)
        # One transaction, so that both answers are of the same moment.
        with self._engine.begin() as connection:
            for row in connection.execute(done):
                steps_of[row.attempt].append(Step(row.at, row.name, row.detail))
            return [
                attempt_of(row, tuple(steps_of[row.number])) for row in connection.execute(tried)
            ]

    def meant_by(self, wanted: Resend) -> Mapping[State, int]:
        """How many deliveries, by state, a resend would send again; states without any left out."""
        counted = (
            select(deliveries.c.state, func.count())
            .where(meant_by(wanted))
            .group_by(deliveries.c.state)
        )
        with self._engine.connect() as connection:
            return dict(connection.execute(counted).all())

    def sync(self) -> Standing | None:
        """How far the newest sync has come; ``None``: there was none."""
        with self._engine.begin() as connection:
            return syncing.standing(connection)

    def linked(self, after: str, most: int) -> list[str]:
        """The contacts that are linked to a user, from after one on."""
        with self._engine.connect() as connection:
            return syncing.linked(connection, after, most)

    def users_of(self, contacts: Collection[str]) -> Mapping[str, int]:
        """The WordPress users that are linked to contacts."""
        linked = select(links.c.contact, links.c.user_id).where(links.c.contact.in_(contacts))
        with self._engine.connect() as connection:
            return dict(connection.execute(linked).all())

    def user_of(self, contact: str) -> int | None:
        """The WordPress user that is linked to a contact."""
        linked = select(links.c.user_id).where(links.c.contact == contact)
        with self._engine.connect() as connection:
            return connection.execute(linked).scalar()

    def sealed_grant(self, client: str) -> str | None:
        """What Keap gave last to an OAuth application, sealed; ``None``: nothing yet."""
        with self._engine.connect() as connection:
            return grants.sealed_grant(connection, client)

    def counts(self) -> Mapping[State, int]:
        """How many deliveries are in each state, states without any included."""
        counted = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
        with self._engine.connect() as connection:
            found: dict[str, int] = dict(connection.execute(counted).all())
        return {state: found.get(state, 0) for state in get_args(State)}

    def oldest_waiting(self) -> datetime | None:
        """When the oldest Post that waits was received; ``None``: none waits."""
        oldest = (
            select(deliveries.c.received_at)
            .where(deliveries.c.state == "waiting", deliveries.c.sync_run.is_(None))
            .order_by(deliveries.c.number)
            .limit(1)
        )
        with self._engine.connect() as connection:
            return connection.execute(oldest).scalar()

    def failed_since(self, since: datetime) -> int:
        """How many deliveries have ended as failed since then."""
        failed = (
            select(func.count())
            .select_from(deliveries)
            .where(deliveries.c.state == "failed", deliveries.c.finished_at >= since)
        )
        with self._engine.connect() as connection:
            return connection.execute(failed).scalar_one()

    def moments_since(self, since: datetime) -> list[datetime]:
        """When the newest Posts came, :data:`NEWEST` at most, none earlier than this."""
        moments = (
            select(deliveries.c.received_at).order_by(deliveries.c.number.desc()).limit(NEWEST)
        )
        with self._engine.connect() as connection:
            return [moment for moment in connection.scalars(moments) if moment >= since]

    def counts_since(self, since: datetime) -> Mapping[State, int]:
        """How many of the newest deliveries, received since then, are in each state."""
        newest = (
            select(deliveries.c.state, deliveries.c.received_at)
            .order_by(deliveries.c.number.desc())
            .limit(NEWEST)
            .subquery()
        )
        counted = (
            select(newest.c.state, func.count())
            .where(newest.c.received_at >= since)
            .group_by(newest.c.state)
        )
        with self._engine.connect() as connection:
            found: dict[str, int] = dict(connection.execute(counted).all())
        return {state: found[state] for state in get_args(State) if state in found}

    def posts_per_hour(self, since: datetime) -> Mapping[datetime, int]:
        """How many Posts came in each hour (UTC) since then, by the hour's beginning.

        Only the newest :data:`NEWEST` are looked at: whoever gets more in that time knows.
        """
        newest = (
            select(deliveries.c.received_at, deliveries.c.sync_run)
            .order_by(deliveries.c.number.desc())
            .limit(NEWEST)
            .subquery()
        )
        counted = (
            select(hour := type_coerce(newest.c.received_at, BigInteger) // HOUR, func.count())
            .where(newest.c.received_at >= since, newest.c.sync_run.is_(None))
            .group_by(hour)
        )
        with self._engine.connect() as connection:
            return {
                datetime.fromtimestamp(number * SECONDS_PER_HOUR, UTC): count
                for number, count in connection.execute(counted)
            }


_with_due = select(deliveries, lanes.c.due_at).outerjoin(
    lanes, and_(lanes.c.contact == deliveries.c.contact, deliveries.c.state == "waiting")
)
