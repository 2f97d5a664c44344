"""pictures that are fetched later

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("post_media", sa.Column("later", sa.Text(), nullable=True))
    op.add_column("post_media", sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column(
        "post_media",
        sa.Column("next_try_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.create_index(
        "ix_post_media_next_try_at",
        "post_media",
        ["next_try_at"],
        postgresql_where=sa.text("later is not null"),
    )


def downgrade() -> None:
    op.drop_index("ix_post_media_next_try_at", "post_media")
    for column in ("next_try_at", "tries", "later"):
        op.drop_column("post_media", column)
