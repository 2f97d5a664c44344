"""scores of pictures are found by their picture

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_scores_picture",
        "scores",
        ["media_sha256", "scorer", "version"],
        postgresql_where=sa.text("media_sha256 is not null and error is null"),
    )


def downgrade() -> None:
    op.drop_index("ix_scores_picture", "scores")
