"""Independence: declared interests that are only ever ended, findings about deals, the parties' consents.

Revision ID: 2026_12_01_independence
Revises: 2026_12_01_intermediaries
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_01_independence"
down_revision = "2026_12_01_intermediaries"
branch_labels = None
depends_on = None

RULES = [
    """
    CREATE FUNCTION interest_declared_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (NEW.kind, NEW.org_id, NEW.person_id, NEW.other_org_id, NEW.other_name, NEW.member_id, NEW.listing_id,
          NEW.deal_id, NEW.percent, NEW.since, NEW.note, NEW.made_at, NEW.made_by, NEW.made_by_name)
         IS DISTINCT FROM
         (OLD.kind, OLD.org_id, OLD.person_id, OLD.other_org_id, OLD.other_name, OLD.member_id, OLD.listing_id,
          OLD.deal_id, OLD.percent, OLD.since, OLD.note, OLD.made_at, OLD.made_by, OLD.made_by_name)
         OR OLD.ended_at IS NOT NULL THEN
        RAISE EXCEPTION 'declaration % is kept as it was made; it may be ended once', OLD.id
          USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER interest_declared_is_fixed BEFORE UPDATE ON interest_declaration"
    " FOR EACH ROW EXECUTE FUNCTION interest_declared_is_fixed()",
    "CREATE TRIGGER interest_declaration_kept BEFORE DELETE ON interest_declaration"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER conflict_finding_kept BEFORE DELETE ON conflict_finding"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER conflict_consent_kept BEFORE UPDATE OR DELETE ON conflict_consent"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
]


def upgrade() -> None:
    op.create_table(
        "interest_declaration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("other_org_id", sa.Uuid(), nullable=True),
        sa.Column("other_name", sa.Text(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("listing_id", sa.Uuid(), nullable=True),
        sa.Column("deal_id", sa.Uuid(), nullable=True),
        sa.Column("percent", sa.Numeric(5, 2), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_by_name", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(org_id IS NULL) <> (person_id IS NULL)", name=op.f("ck_interest_declaration_one_declarer")
        ),
        sa.CheckConstraint("org_id <> other_org_id", name=op.f("ck_interest_declaration_two_organisations")),
        sa.CheckConstraint("until >= since", name=op.f("ck_interest_declaration_days")),
        sa.CheckConstraint("percent > 0 AND percent <= 100", name=op.f("ck_interest_declaration_percent")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_interest_declaration_ended")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_interest_declaration_org_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_interest_declaration_person_id")),
        sa.ForeignKeyConstraint(
            ["other_org_id"], ["organisation.id"], name=op.f("fk_interest_declaration_other_org_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["person.id"], name=op.f("fk_interest_declaration_member_id")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_interest_declaration_listing_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_interest_declaration_deal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_declaration")),
    )
    for column in ("org_id", "person_id", "other_org_id"):
        op.create_index(op.f(f"ix_interest_declaration_{column}"), "interest_declaration", [column])
    for column in ("listing_id", "deal_id"):
        op.create_index(
            op.f(f"ix_interest_declaration_{column}"),
            "interest_declaration",
            [column],
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )
    op.create_table(
        "conflict_finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("capacity", sa.String(), nullable=False),
        sa.Column("other_org_id", sa.Uuid(), nullable=True),
        sa.Column("other_capacity", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("certain", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("path", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_conflict_finding_deal_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_conflict_finding_org_id")),
        sa.ForeignKeyConstraint(["other_org_id"], ["organisation.id"], name=op.f("fk_conflict_finding_other_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_finding")),
        sa.UniqueConstraint("deal_id", "key", name=op.f("uq_conflict_finding_deal_id_key")),
    )
    op.create_index(op.f("ix_conflict_finding_org_id"), "conflict_finding", ["org_id"])
    op.create_index(
        "ix_conflict_finding_queue", "conflict_finding", ["opened_at"], postgresql_where=sa.text("status = 'open'")
    )
    op.create_table(
        "conflict_consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["finding_id"], ["conflict_finding.id"], name=op.f("fk_conflict_consent_finding_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_conflict_consent_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_consent")),
        sa.UniqueConstraint("finding_id", "org_id", name=op.f("uq_conflict_consent_finding_id_org_id")),
    )
    for rule in RULES:
        op.execute(rule)


def downgrade() -> None:
    op.drop_table("conflict_consent")
    op.drop_table("conflict_finding")
    op.drop_table("interest_declaration")
    op.execute("DROP FUNCTION interest_declared_is_fixed()")
