"""edits are revisions, deletions leave a tombstone

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("posts", sa.Column("revision", sa.BigInteger(), server_default="1", nullable=False))
    op.add_column("posts", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("posts", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint("uq_posts_source_external_id", "posts")
    op.create_unique_constraint(
        op.f("uq_posts_source_external_id_revision"), "posts", ["source", "external_id", "revision"]
    )
    op.create_index(
        "ix_posts_deleted_at", "posts", ["deleted_at"], postgresql_where=sa.text("deleted_at is not null")
    )
    op.create_table(
        "tombstones",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstones")),
        sa.UniqueConstraint("ref", name=op.f("uq_tombstones_ref")),
    )
    op.create_index("ix_tombstones_expires_at", "tombstones", ["expires_at"])


def downgrade() -> None:
    op.drop_table("tombstones")
    op.drop_index("ix_posts_deleted_at", "posts")
    op.drop_constraint("uq_posts_source_external_id_revision", "posts")
    op.execute("delete from posts where revision > 1")
    op.create_unique_constraint(op.f("uq_posts_source_external_id"), "posts", ["source", "external_id"])
    for column in ("deleted_at", "edited_at", "revision"):
        op.drop_column("posts", column)
