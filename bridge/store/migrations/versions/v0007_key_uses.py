"""When each access key was used last."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """A table more."""
    op.create_table(
        "key_uses",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("last_used_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_key_uses"),
    )
