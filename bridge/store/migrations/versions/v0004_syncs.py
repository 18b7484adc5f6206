"""Syncs: what they are to do, their contacts, and Posts before them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Two tables and two columns more; lanes are found by their rank first."""
    # Not as a batch, as in 0002.
    op.add_column("deliveries", sa.Column("sync_run", sa.BigInteger))
    of_sync = sa.text("sync_run IS NOT NULL")
    op.create_index(
        "deliveries_of_sync",
        "deliveries",
        ["sync_run", "state"],
        sqlite_where=of_sync,
        postgresql_where=of_sync,
    )
    op.add_column("lanes", sa.Column("rank", sa.Integer, nullable=False, server_default="0"))
    free = sa.text("attempt IS NULL")
    op.drop_index("lanes_due", "lanes")
    op.create_index(
        "lanes_due", "lanes", ["rank", "due_at"], sqlite_where=free, postgresql_where=free
    )
    op.create_table(
        "sync_runs",
        sa.Column("number", _number, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("roles", sa.JSON, nullable=False),
        sa.Column("max_changes", sa.Integer),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("finished_at", sa.BigInteger),
        sa.Column("cursor", sa.Text, nullable=False),
        sa.Column("all_read", sa.Boolean, nullable=False),
        sa.Column("found", sa.Integer, nullable=False),
        sa.Column("queued_to", sa.BigInteger, nullable=False),
        sa.Column("changed", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_sync_runs"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sync_contacts",
        sa.Column("number", _number, nullable=False),
        sa.Column("run", sa.BigInteger, nullable=False),
        sa.Column("contact", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_sync_contacts"),
        sa.UniqueConstraint("run", "contact", name="uq_sync_contacts_run"),
    )
