"""fingerprints of pictures

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("media", sa.Column("pdq", postgresql.BIT(256), nullable=True))


def downgrade() -> None:
    op.drop_column("media", "pdq")
