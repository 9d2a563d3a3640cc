"""Proposals: answers to needs. What was sent cannot be edited; consents and a listing are added once.

Revision ID: 2026_11_24_proposals
Revises: 2026_11_24_needs
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_24_proposals"
down_revision = "2026_11_24_needs"
branch_labels = None
depends_on = None

RULES = [
    """
    CREATE FUNCTION proposal_sent_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (NEW.reference, NEW.need_id, NEW.asker_org_id, NEW.org_id, NEW.sent_at, NEW.sealed, NEW.title, NEW.description,
          NEW.fit, NEW.pilot, NEW.mode, NEW.exclusivity, NEW.price_from, NEW.price_to, NEW.months, NEW.terms_note)
         IS DISTINCT FROM
         (OLD.reference, OLD.need_id, OLD.asker_org_id, OLD.org_id, OLD.sent_at, OLD.sealed, OLD.title, OLD.description,
          OLD.fit, OLD.pilot, OLD.mode, OLD.exclusivity, OLD.price_from, OLD.price_to, OLD.months, OLD.terms_note)
         OR (OLD.asker_consented_at IS NOT NULL AND NEW.asker_consented_at IS DISTINCT FROM OLD.asker_consented_at)
         OR (OLD.proposer_consented_at IS NOT NULL AND NEW.proposer_consented_at IS DISTINCT FROM OLD.proposer_consented_at)
         OR (OLD.revealed_at IS NOT NULL AND NEW.revealed_at IS DISTINCT FROM OLD.revealed_at)
         OR (OLD.listing_id IS NOT NULL AND NEW.listing_id IS DISTINCT FROM OLD.listing_id) THEN
        RAISE EXCEPTION 'proposal % was sent and cannot be edited', OLD.id USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER proposal_sent_is_fixed BEFORE UPDATE ON proposal FOR EACH ROW EXECUTE FUNCTION proposal_sent_is_fixed()",
    "CREATE TRIGGER proposal_kept BEFORE DELETE ON proposal FOR EACH ROW EXECUTE FUNCTION refuse_change()",
]


def upgrade() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("need_id", sa.Uuid(), nullable=False),
        sa.Column("asker_org_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("fit", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("pilot", sa.Text(), nullable=True),
        sa.Column("mode", sa.String(), nullable=True),
        sa.Column("exclusivity", sa.String(), nullable=True),
        sa.Column("price_from", sa.BigInteger(), nullable=True),
        sa.Column("price_to", sa.BigInteger(), nullable=True),
        sa.Column("months", sa.SmallInteger(), nullable=True),
        sa.Column("terms_note", sa.Text(), nullable=True),
        sa.Column("asker_consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposer_consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("deal_id", sa.Uuid(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(revealed_at IS NULL) = (asker_consented_at IS NULL OR proposer_consented_at IS NULL)",
            name=op.f("ck_proposal_mutual"),
        ),
        sa.CheckConstraint(
            "NOT sealed OR listing_id IS NULL OR revealed_at IS NOT NULL",
            name=op.f("ck_proposal_sealed_has_no_listing"),
        ),
        sa.CheckConstraint("org_id <> asker_org_id", name=op.f("ck_proposal_two_parties")),
        sa.CheckConstraint("price_from <= price_to", name=op.f("ck_proposal_price_order")),
        sa.ForeignKeyConstraint(["asker_org_id"], ["organisation.id"], name=op.f("fk_proposal_asker_org_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_proposal_deal_id")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_proposal_listing_id")),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name=op.f("fk_proposal_need_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_proposal_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.UniqueConstraint("reference", name=op.f("uq_proposal_reference")),
    )
    op.create_index(op.f("ix_proposal_need_id_sent_at"), "proposal", ["need_id", "sent_at"], unique=False)
    op.create_index(op.f("ix_proposal_org_id_sent_at"), "proposal", ["org_id", "sent_at"], unique=False)
    op.create_index(
        "uq_proposal_live",
        "proposal",
        ["need_id", "listing_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('sent','shortlisted')"),
    )
    op.create_index(
        "uq_proposal_winner", "proposal", ["need_id"], unique=True, postgresql_where=sa.text("status = 'accepted'")
    )
    for rule in RULES:
        op.execute(rule)


def downgrade() -> None:
    op.drop_table("proposal")
    op.execute("DROP FUNCTION proposal_sent_is_fixed()")
