"""Why deliveries are held; leases looked up; what several processes do at one pace."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """A column, an index and a table more."""
    # Not as a batch: that would copy the table, and every attempt leads to a row of it.
    op.add_column(
        "deliveries", sa.Column("cause", sa.String(20), nullable=False, server_default="")
    )
    leased = sa.text("lease_until IS NOT NULL")
    op.create_index(
        "lanes_leased", "lanes", ["lease_until"], sqlite_where=leased, postgresql_where=leased
    )
    op.create_table(
        "paces",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_paces"),
    )
