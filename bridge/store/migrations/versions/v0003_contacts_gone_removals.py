"""Deliveries whose contact is gone from Keap; links by user; how many roles were taken away."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Three columns, an index and a table more."""
    op.add_column("deliveries", sa.Column("formerly", sa.String(40)))
    op.add_column("deliveries", sa.Column("former_user", sa.BigInteger))
    op.add_column(
        "deliveries",
        sa.Column("passes_brake", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_index("links_by_user", "links", ["user_id"])
    op.create_table(
        "removals",
        sa.Column("delivery", sa.String(40), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("roles", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("delivery", name="pk_removals"),
    )
