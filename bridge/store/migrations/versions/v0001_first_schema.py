"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Deliveries, lanes, attempts and links."""
    op.create_table(
        "deliveries",
        sa.Column("number", _number, nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("contact", sa.String(40), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("roles", sa.JSON, nullable=False),
        sa.Column("notify", sa.Boolean),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("finished_at", sa.BigInteger),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("caveats", sa.JSON, nullable=False),
        sa.Column("user_id", sa.BigInteger),
        sa.PrimaryKeyConstraint("number", name="pk_deliveries"),
        sa.UniqueConstraint("id", name="uq_deliveries_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("deliveries_by_state", "deliveries", ["state", "number"])
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "deliveries_waiting",
        "deliveries",
        ["contact", "state", "number"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_table(
        "lanes",
        sa.Column("contact", sa.String(40), nullable=False),
        sa.Column("open", sa.Integer, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("attempt", sa.BigInteger),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("contact", name="pk_lanes"),
    )
    free = sa.text("attempt IS NULL")
    op.create_index("lanes_due", "lanes", ["due_at"], sqlite_where=free, postgresql_where=free)
    op.create_table(
        "attempts",
        sa.Column("number", _number, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("config_version", sa.String(80), nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("finished_at", sa.BigInteger),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_attempts"),
        sa.ForeignKeyConstraint(["first"], ["deliveries.number"], name="fk_attempts_first"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_attempts_first", "attempts", ["first"])
    op.create_table(
        "carried",
        sa.Column("delivery", sa.BigInteger, nullable=False),
        sa.Column("attempt", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("delivery", "attempt", name="pk_carried"),
        sa.ForeignKeyConstraint(["delivery"], ["deliveries.number"], name="fk_carried_delivery"),
        sa.ForeignKeyConstraint(["attempt"], ["attempts.number"], name="fk_carried_attempt"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_carried_attempt", "carried", ["attempt"])
    op.create_table(
        "steps",
        sa.Column("number", _number, nullable=False),
        sa.Column("attempt", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_steps"),
        sa.ForeignKeyConstraint(["attempt"], ["attempts.number"], name="fk_steps_attempt"),
    )
    op.create_index("ix_steps_attempt", "steps", ["attempt"])
    op.create_table(
        "links",
        sa.Column("contact", sa.String(40), nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("linked_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("contact", name="pk_links"),
    )
