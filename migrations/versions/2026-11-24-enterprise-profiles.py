"""Enterprise profiles by the questionnaire of Circular 17/2019, campaigns of the Department, figures shown of a sector.

Revision ID: 2026_11_24_profiles
Revises: 2026_11_24_proposals
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_24_profiles"
down_revision = "2026_11_24_proposals"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
SECTION = "section ~ '^[A-V]$'"
DIVISION = "division ~ '^[0-9]{2}$'"


def upgrade() -> None:
    op.create_table(
        "enterprise_profile",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("section", sa.String(), nullable=True),
        sa.Column("division", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", AT, nullable=False),
        sa.Column("declaration", sa.Integer(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.CheckConstraint(SECTION, name=op.f("ck_enterprise_profile_section")),
        sa.CheckConstraint(DIVISION, name=op.f("ck_enterprise_profile_division")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_enterprise_profile_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enterprise_profile")),
        sa.UniqueConstraint("org_id", "year", name=op.f("uq_enterprise_profile_org_id_year")),
    )
    op.create_index(op.f("ix_enterprise_profile_year_section"), "enterprise_profile", ["year", "section"])
    op.create_table(
        "profile_answer",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("criterion", sa.String(), nullable=False),
        sa.Column("number", sa.Numeric(20, 2), nullable=True),
        sa.Column("option", sa.String(), nullable=True),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("num_nonnulls(number, option) = 1", name=op.f("ck_profile_answer_one_value")),
        sa.ForeignKeyConstraint(["profile_id"], ["enterprise_profile.id"], name=op.f("fk_profile_answer_profile_id")),
        sa.PrimaryKeyConstraint("profile_id", "criterion", name=op.f("pk_profile_answer")),
    )
    op.create_table(
        "profile_campaign",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("division", sa.String(), nullable=True),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", AT, nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.CheckConstraint(SECTION, name=op.f("ck_profile_campaign_section")),
        sa.CheckConstraint(DIVISION, name=op.f("ck_profile_campaign_division")),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_profile_campaign_dates")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_campaign")),
    )
    standing = sa.text("status <> 'withdrawn'")
    op.create_index("uq_profile_campaign_year", "profile_campaign", ["year"], unique=True, postgresql_where=standing)
    op.create_table(
        "profile_invitation",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("invited_at", AT, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["profile_campaign.id"], name=op.f("fk_profile_invitation_campaign_id")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_profile_invitation_org_id")),
        sa.PrimaryKeyConstraint("campaign_id", "org_id", name=op.f("pk_profile_invitation")),
    )
    op.create_index(op.f("ix_profile_invitation_org_id"), "profile_invitation", ["org_id"])
    op.create_table(
        "profile_comparison",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("cohort", postgresql.JSONB(), nullable=False),
        sa.Column("low", sa.Numeric(20, 4), nullable=True),
        sa.Column("median", sa.Numeric(20, 4), nullable=False),
        sa.Column("high", sa.Numeric(20, 4), nullable=True),
        sa.Column("shown_at", AT, nullable=False),
        sa.CheckConstraint("members >= 5", name=op.f("ck_profile_comparison_crowd")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["profile_campaign.id"], name=op.f("fk_profile_comparison_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_comparison")),
    )
    op.create_index(
        op.f("ix_profile_comparison_campaign_id_measure_shown_at"),
        "profile_comparison",
        ["campaign_id", "measure", "shown_at"],
    )


def downgrade() -> None:
    op.drop_table("profile_comparison")
    op.drop_table("profile_invitation")
    op.drop_table("profile_campaign")
    op.drop_table("profile_answer")
    op.drop_table("enterprise_profile")
