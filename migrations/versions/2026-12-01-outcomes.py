"""Outcomes: questions to the parties of settled deals, and answers that are never changed.

Revision ID: 2026_12_01_outcomes
Revises: 2026_12_01_brokerage
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_outcomes"
down_revision = "2026_12_01_brokerage"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outcome_prompt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("days", sa.SmallInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("basis IN ('agreed','contracted','closed')", name=op.f("ck_outcome_prompt_basis")),
        sa.CheckConstraint("days IN (30, 90, 180)", name=op.f("ck_outcome_prompt_days")),
        sa.CheckConstraint("expires_on > due_on", name=op.f("ck_outcome_prompt_window")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_outcome_prompt_deal_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_outcome_prompt_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome_prompt")),
        sa.UniqueConstraint(
            "deal_id", "org_id", "basis", "days", name=op.f("uq_outcome_prompt_deal_id_org_id_basis_days")
        ),
    )
    op.create_index(
        "uq_outcome_prompt_open",
        "outcome_prompt",
        ["deal_id", "org_id"],
        unique=True,
        postgresql_where=sa.text("status = 'asked'"),
    )
    op.create_index(
        "ix_outcome_prompt_due", "outcome_prompt", ["expires_on"], postgresql_where=sa.text("status = 'asked'")
    )
    op.create_index(op.f("ix_outcome_prompt_org_id_asked_at"), "outcome_prompt", ["org_id", "asked_at"])
    op.create_table(
        "outcome_answer",
        sa.Column("prompt_id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("how", sa.Text(), nullable=True),
        sa.Column("used_on", sa.Date(), nullable=True),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("effect", sa.Text(), nullable=True),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("(kind = 'stopped') = (reason_code IS NOT NULL)", name=op.f("ck_outcome_answer_reason")),
        sa.CheckConstraint(
            "kind <> 'in_use' OR (used_on IS NOT NULL AND product IS NOT NULL)", name=op.f("ck_outcome_answer_use")
        ),
        sa.ForeignKeyConstraint(["prompt_id"], ["outcome_prompt.id"], name=op.f("fk_outcome_answer_prompt_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_outcome_answer_deal_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_outcome_answer_org_id")),
        sa.PrimaryKeyConstraint("prompt_id", name=op.f("pk_outcome_answer")),
    )
    op.create_index(op.f("ix_outcome_answer_deal_id_at"), "outcome_answer", ["deal_id", "at"])
    op.execute(
        "CREATE TRIGGER outcome_answer_kept BEFORE UPDATE OR DELETE ON outcome_answer"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("outcome_answer")
    op.drop_table("outcome_prompt")
