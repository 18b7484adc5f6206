"""The tables of the store, the same for every engine.

A change here comes with a migration in :mod:`bridge.store.migrations` and a new :data:`VERSION`.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    literal_column,
)

VERSION = "0006"
"""The schema that this program reads and writes: the last migration's number."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def as_number(moment: datetime) -> int:
    """Whole microseconds since 1970.

    Raises:
        ValueError: it has no time zone.
    """
    if moment.tzinfo is None:
        msg = "the store keeps moments with a time zone only"
        raise ValueError(msg)
    return (moment - _EPOCH) // _MICROSECOND


class Moment(TypeDecorator[datetime]):
    """An aware ``datetime``, kept as whole microseconds since 1970 in UTC.

    A ``datetime`` without a time zone is refused with ``ValueError``.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Microseconds since 1970."""
        del dialect
        if value is None:
            return None
        return as_number(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """An aware moment in UTC."""
        del dialect
        return None if value is None else _EPOCH + value * _MICROSECOND


# SQLite numbers rows by itself only where the type is spelt INTEGER; it holds 64 bits there.
_Number = BigInteger().with_variant(Integer, "sqlite")

WAITING = literal_column("'waiting'", String(10))
"""The state, spelt out: a partial index serves only a statement that repeats its condition."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("number", _Number, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("contact", String(40), nullable=False),
    Column("action", String(20), nullable=False),
    Column("roles", JSON, nullable=False),
    Column("notify", Boolean),
    Column("received_at", Moment, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("finished_at", Moment),
    Column("reason", Text, nullable=False),
    Column("caveats", JSON, nullable=False),
    Column("user_id", BigInteger),
    # What a held delivery waits for.
    Column("cause", String(20), nullable=False, server_default=""),
    # The contact that the Post named and the WordPress user that it had, where Keap no longer has
    # that contact and the delivery is carried out for another one.
    Column("formerly", String(40)),
    Column("former_user", BigInteger),
    # A person has let it go on although many roles have been taken away.
    Column("passes_brake", Boolean, nullable=False, server_default=false()),
    # The sync that asks for it; without a value: an HTTP Post does.
    Column("sync_run", BigInteger),
    # A number is never given twice, not even after the newest delivery was swept away.
    sqlite_autoincrement=True,
)
"""One row an HTTP Post kept, or a contact of a sync; ``number`` is the order of arrival."""

Index("deliveries_by_state", deliveries.c.state, deliveries.c.number)
# With the state among the columns SQLite prefers it to deliveries_by_state, and it covers.
Index(
    "deliveries_waiting",
    deliveries.c.contact,
    deliveries.c.state,
    deliveries.c.number,
    sqlite_where=deliveries.c.state == WAITING,
    postgresql_where=deliveries.c.state == WAITING,
)

# Posts, of which there are more, are not in it.
Index(
    "deliveries_of_sync",
    deliveries.c.sync_run,
    deliveries.c.state,
    sqlite_where=deliveries.c.sync_run.is_not(None),
    postgresql_where=deliveries.c.sync_run.is_not(None),
)

POST_WAITS, SYNC_WAITS = 0, 1
"""The ranks of lanes: one in which a Post waits goes before one in which only a sync's does."""

lanes = Table(
    "lanes",
    metadata,
    Column("contact", String(40), primary_key=True),
    # How many deliveries of the contact are not finished, at least one.
    Column("open", Integer, nullable=False),
    Column("due_at", Moment, nullable=False),
    # The attempt that holds the lane: nobody else works on this contact meanwhile.
    Column("attempt", BigInteger),
    # Until when a process that may have died keeps the lane; without a value: until it is freed.
    Column("lease_until", Moment),
    # Attempts that have failed in a row.
    Column("failures", Integer, nullable=False),
    Column("rank", Integer, nullable=False, server_default="0"),
)
"""One row a contact that has something to do: its order, schedule and lease."""

Index(
    "lanes_due",
    lanes.c.rank,
    lanes.c.due_at,
    sqlite_where=lanes.c.attempt.is_(None),
    postgresql_where=lanes.c.attempt.is_(None),
)
# Where one process alone has the store, no lane has a lease, and nothing is in this index.
Index(
    "lanes_leased",
    lanes.c.lease_until,
    sqlite_where=lanes.c.lease_until.is_not(None),
    postgresql_where=lanes.c.lease_until.is_not(None),
)

attempts = Table(
    "attempts",
    metadata,
    Column("number", _Number, primary_key=True),
    # The delivery by whose id WordPress recognises the work.
    Column("first", BigInteger, ForeignKey(deliveries.c.number), nullable=False, index=True),
    # The process that made the attempt.
    Column("owner", String(80), nullable=False),
    Column("config_version", String(80), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    # A state of a delivery, or "interrupted"; empty while it runs.
    Column("outcome", String(12), nullable=False),
    Column("reason", Text, nullable=False),
    # A lane that was lost is told from one that was taken again by the attempt's number.
    sqlite_autoincrement=True,
)
"""One row a try at a contact."""

carried = Table(
    "carried",
    metadata,
    Column("delivery", BigInteger, ForeignKey(deliveries.c.number), primary_key=True),
    Column("attempt", BigInteger, ForeignKey(attempts.c.number), primary_key=True, index=True),
    sqlite_with_rowid=False,
)
"""Which attempt carried which deliveries."""

steps = Table(
    "steps",
    metadata,
    Column("number", _Number, primary_key=True),
    Column("attempt", BigInteger, ForeignKey(attempts.c.number), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("name", String(40), nullable=False),
    Column("detail", Text, nullable=False),
)
"""What an attempt did, in order."""

links = Table(
    "links",
    metadata,
    Column("contact", String(40), primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("linked_at", Moment, nullable=False),
)
"""Which WordPress user stands for a contact."""

Index("links_by_user", links.c.user_id)

removals = Table(
    "removals",
    metadata,
    # The id of the delivery that stands for the attempt: tried again, it counts once.
    Column("delivery", String(40), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("roles", Integer, nullable=False),
)
"""How many roles were taken away when, as long as users.roles.brake looks back."""


sync_runs = Table(
    "sync_runs",
    metadata,
    Column("number", _Number, primary_key=True),
    Column("kind", String(10), nullable=False),
    # A tag's id, or what a list of contacts is known by.
    Column("subject", String(80), nullable=False),
    Column("action", String(20), nullable=False),
    Column("roles", JSON, nullable=False),
    Column("max_changes", Integer),
    Column("state", String(10), nullable=False),
    Column("reason", Text, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    # Where to go on reading the ids of its contacts.
    Column("cursor", Text, nullable=False),
    Column("all_read", Boolean, nullable=False),
    Column("found", Integer, nullable=False),
    # The last of its contacts that has a delivery.
    Column("queued_to", BigInteger, nullable=False),
    Column("changed", Integer, nullable=False),
    sqlite_autoincrement=True,
)
"""One row a sync: what it is to do, and how far it has come."""

sync_contacts = Table(
    "sync_contacts",
    metadata,
    Column("number", _Number, primary_key=True),
    Column("run", BigInteger, nullable=False),
    Column("contact", String(40), nullable=False),
    UniqueConstraint("run", "contact"),
)
"""The contacts of a sync that is not over, in the order in which they are done."""

paces = Table(
    "paces",
    metadata,
    Column("name", String(40), primary_key=True),
    # When the next call would leave if all left evenly; in the past after a pause.
    Column("next_at", Moment, nullable=False),
)
"""What several processes do together, no faster than somebody allows."""

alarms = Table(
    "alarms",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("told_at", Moment, nullable=False),
)
"""What people were told and is not over."""


grants = Table(
    "grants",
    metadata,
    # The application's name at Keap: another application has no part in what this one was given.
    Column("client", String(200), primary_key=True),
    # Encrypted by a key that the database does not have.
    Column("sealed", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
"""OAuth: what Keap gave to the bridge, its next refresh token above all."""
