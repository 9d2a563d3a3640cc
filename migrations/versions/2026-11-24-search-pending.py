"""What a search server beside the database has still to be told.

Revision ID: 2026_11_24_pending
Revises: 2026_11_24_searches
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import CreateSequence, DropSequence

revision = "2026_11_24_pending"
down_revision = "2026_11_24_searches"
branch_labels = None
depends_on = None

MARKS = sa.Sequence("search_mark")


def upgrade() -> None:
    op.execute(CreateSequence(MARKS))
    op.create_table(
        "search_pending",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mark", sa.BigInteger(), server_default=MARKS.next_value(), nullable=False),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", "id", name=op.f("pk_search_pending")),
    )
    op.create_index("ix_search_pending_mark", "search_pending", ["name", "mark"])
    op.create_table(
        "search_build",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_search_build")),
    )
    op.create_table(
        "search_written",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("name", "id", name=op.f("pk_search_written")),
    )


def downgrade() -> None:
    op.drop_table("search_written")
    op.drop_table("search_build")
    op.drop_table("search_pending")
    op.execute(DropSequence(MARKS))
