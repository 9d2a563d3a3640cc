"""Files as evidence of claims on introductions: only added to.

Revision ID: 2026_12_01_claim_files
Revises: 2026_12_01_desk
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_claim_files"
down_revision = "2026_12_01_desk"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "introduction_claim_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["introduction_claim.id"], name=op.f("fk_introduction_claim_file_claim_id")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_introduction_claim_file_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_introduction_claim_file")),
        sa.UniqueConstraint(
            "claim_id", "org_id", "position", name=op.f("uq_introduction_claim_file_claim_id_org_id_position")
        ),
    )
    op.execute(
        "CREATE TRIGGER introduction_claim_file_append_only BEFORE UPDATE OR DELETE ON introduction_claim_file"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("introduction_claim_file")
