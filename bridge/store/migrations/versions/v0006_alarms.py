"""What people were told."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """A table more."""
    op.create_table(
        "alarms",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("told_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_alarms"),
    )
