"""when a source was last read, apart from when it failed

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column(
        "checkpoints", "updated_at", new_column_name="read_at", nullable=True, server_default=None
    )
    # Where the last reading failed, it is the time of that.
    op.execute("update checkpoints set read_at = null where failure is not null")


def downgrade() -> None:
    op.execute("update checkpoints set read_at = now() where read_at is null")
    op.alter_column(
        "checkpoints",
        "read_at",
        new_column_name="updated_at",
        nullable=False,
        server_default=sa.text("now()"),
    )
