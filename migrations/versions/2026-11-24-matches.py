"""Matches of needs and listings, what each side says of them, what was told, and the weights of the score.

Revision ID: 2026_11_24_matches
Revises: 2026_11_24_profiles
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_24_matches"
down_revision = "2026_11_24_profiles"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "match_run",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("weights_version", sa.Integer(), nullable=False),
        sa.Column("candidates", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("seen", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('need', 'listing')", name=op.f("ck_match_run_kind")),
        sa.PrimaryKeyConstraint("kind", "subject_id", name=op.f("pk_match_run")),
    )
    op.create_table(
        "match_weights",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shares", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_weights")),
        sa.UniqueConstraint("version", name=op.f("uq_match_weights_version")),
    )
    op.create_index(
        "uq_match_weights_in_force",
        "match_weights",
        ["status"],
        unique=True,
        postgresql_where=sa.text("status = 'in_force'"),
    )
    op.create_table(
        "match_digest",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_match_digest_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_digest")),
    )
    op.create_index(op.f("ix_match_digest_org_id"), "match_digest", ["org_id"], unique=False)
    op.create_table(
        "match",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("need_id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("asker_org_id", sa.Uuid(), nullable=False),
        sa.Column("owner_org_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("weights_version", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("violates", sa.Boolean(), nullable=False),
        sa.Column("components", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("criteria", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("shared_score", sa.Double(), nullable=False),
        sa.Column("shared_confidence", sa.Double(), nullable=False),
        sa.Column("shared_violates", sa.Boolean(), nullable=False),
        sa.Column("shared_criteria", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("asker_org_id <> owner_org_id", name=op.f("ck_match_two_sides")),
        sa.ForeignKeyConstraint(["asker_org_id"], ["organisation.id"], name=op.f("fk_match_asker_org_id")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_match_listing_id")),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name=op.f("fk_match_need_id")),
        sa.ForeignKeyConstraint(["owner_org_id"], ["organisation.id"], name=op.f("fk_match_owner_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match")),
        sa.UniqueConstraint("need_id", "listing_id", name=op.f("uq_match_need_id_listing_id")),
    )
    op.create_index(
        "ix_match_of_asker", "match", ["asker_org_id"], unique=False, postgresql_where=sa.text("status = 'current'")
    )
    op.create_index(
        "ix_match_of_listing",
        "match",
        ["listing_id", "shared_score"],
        unique=False,
        postgresql_where=sa.text("status = 'current'"),
    )
    op.create_index(
        "ix_match_of_need", "match", ["need_id", "score"], unique=False, postgresql_where=sa.text("status = 'current'")
    )
    op.create_index(
        "ix_match_of_owner", "match", ["owner_org_id"], unique=False, postgresql_where=sa.text("status = 'current'")
    )
    op.create_table(
        "match_side",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(status = 'dismissed') = (reason_code IS NOT NULL)", name=op.f("ck_match_side_reason")),
        sa.CheckConstraint("side IN ('asker', 'owner')", name=op.f("ck_match_side_side")),
        sa.ForeignKeyConstraint(["match_id"], ["match.id"], name=op.f("fk_match_side_match_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_match_side_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_side")),
        sa.UniqueConstraint("match_id", "side", name=op.f("uq_match_side_match_id_side")),
    )
    op.create_index(op.f("ix_match_side_org_id_status"), "match_side", ["org_id", "status"], unique=False)
    op.create_table(
        "match_told",
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("digest_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["digest_id"], ["match_digest.id"], name=op.f("fk_match_told_digest_id")),
        sa.ForeignKeyConstraint(["match_id"], ["match.id"], name=op.f("fk_match_told_match_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_match_told_org_id")),
        sa.PrimaryKeyConstraint("match_id", "org_id", name=op.f("pk_match_told")),
    )
    op.create_index(op.f("ix_match_told_digest_id"), "match_told", ["digest_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_match_told_digest_id"), table_name="match_told")
    op.drop_table("match_told")
    op.drop_index(op.f("ix_match_side_org_id_status"), table_name="match_side")
    op.drop_table("match_side")
    op.drop_index("ix_match_of_owner", table_name="match", postgresql_where=sa.text("status = 'current'"))
    op.drop_index("ix_match_of_need", table_name="match", postgresql_where=sa.text("status = 'current'"))
    op.drop_index("ix_match_of_listing", table_name="match", postgresql_where=sa.text("status = 'current'"))
    op.drop_index("ix_match_of_asker", table_name="match", postgresql_where=sa.text("status = 'current'"))
    op.drop_table("match")
    op.drop_index(op.f("ix_match_digest_org_id"), table_name="match_digest")
    op.drop_table("match_digest")
    op.drop_index(
        "uq_match_weights_in_force", table_name="match_weights", postgresql_where=sa.text("status = 'in_force'")
    )
    op.drop_table("match_weights")
    op.drop_table("match_run")
