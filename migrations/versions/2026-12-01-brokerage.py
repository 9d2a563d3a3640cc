"""Mandates of brokers, sealed introductions, claims on them with decisions, statements of commission.

Revision ID: 2026_12_01_brokerage
Revises: 2026_12_01_independence
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_01_brokerage"
down_revision = "2026_12_01_independence"
branch_labels = None
depends_on = None


# What was signed, sealed, decided or stated stands as it is; what it says about the parties never changes either.
APPEND_ONLY = ("mandate_version", "mandate_signature", "introduction_seal", "introduction_claim_decision", "commission")
KEPT = ("mandate", "introduction", "introduction_claim")
RULES = [
    *(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for table in APPEND_ONLY
    ),
    *(
        f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for table in KEPT
    ),
    """
    CREATE FUNCTION introduction_sealed_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (NEW.reference, NEW.mandate_id, NEW.side, NEW.broker_org_id, NEW.client_org_id, NEW.counterparty_org_id,
          NEW.listing_id, NEW.need_id, NEW.message, NEW.sealed_at, NEW.window_until)
         IS DISTINCT FROM
         (OLD.reference, OLD.mandate_id, OLD.side, OLD.broker_org_id, OLD.client_org_id, OLD.counterparty_org_id,
          OLD.listing_id, OLD.need_id, OLD.message, OLD.sealed_at, OLD.window_until) THEN
        RAISE EXCEPTION 'introduction % is sealed', OLD.id USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER introduction_sealed_is_fixed BEFORE UPDATE ON introduction"
    " FOR EACH ROW EXECUTE FUNCTION introduction_sealed_is_fixed()",
    """
    CREATE FUNCTION introduction_claim_said_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (NEW.introduction_id, NEW.against_id, NEW.broker_org_id, NEW.respondent_org_id, NEW.reason, NEW.evidence,
          NEW.opened_at)
         IS DISTINCT FROM
         (OLD.introduction_id, OLD.against_id, OLD.broker_org_id, OLD.respondent_org_id, OLD.reason, OLD.evidence,
          OLD.opened_at)
         OR (OLD.answer IS NOT NULL AND NEW.answer IS DISTINCT FROM OLD.answer)
         OR (OLD.appeal_reason IS NOT NULL AND NEW.appeal_reason IS DISTINCT FROM OLD.appeal_reason) THEN
        RAISE EXCEPTION 'claim % cannot be edited', OLD.id USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER introduction_claim_said_is_fixed BEFORE UPDATE ON introduction_claim"
    " FOR EACH ROW EXECUTE FUNCTION introduction_claim_said_is_fixed()",
]
FUNCTIONS = ("introduction_sealed_is_fixed", "introduction_claim_said_is_fixed")
TABLES = (
    "introduction_claim_decision", "introduction_seal", "introduction_claim", "commission", "attribution",
    "mandate_version", "mandate_signature", "introduction", "mandate",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "mandate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("client_org_id", sa.Uuid(), nullable=False),
        sa.Column("broker_org_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_code", sa.String(), nullable=True),
        sa.Column("notice_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notice_org_id", sa.Uuid(), nullable=True),
        sa.Column("ending_asked_by", sa.Uuid(), nullable=True),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(status = 'ended') = (end_code IS NOT NULL)", name=op.f("ck_mandate_ended_why")),
        sa.CheckConstraint("side IN ('seller','buyer')", name=op.f("ck_mandate_side")),
        sa.CheckConstraint("client_org_id <> broker_org_id", name=op.f("ck_mandate_two_parties")),
        sa.ForeignKeyConstraint(["broker_org_id"], ["organisation.id"], name=op.f("fk_mandate_broker_org_id")),
        sa.ForeignKeyConstraint(["client_org_id"], ["organisation.id"], name=op.f("fk_mandate_client_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate")),
        sa.UniqueConstraint("number", name=op.f("uq_mandate_number")),
    )
    op.create_index(op.f("ix_mandate_broker_org_id_status"), "mandate", ["broker_org_id", "status"], unique=False)
    op.create_index(
        op.f("ix_mandate_client_org_id_side_status"), "mandate", ["client_org_id", "side", "status"], unique=False
    )
    op.create_index(
        "ix_mandate_due", "mandate", ["ends_on"], unique=False, postgresql_where=sa.text("status = 'active'")
    )
    op.create_table(
        "introduction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("broker_org_id", sa.Uuid(), nullable=False),
        sa.Column("client_org_id", sa.Uuid(), nullable=False),
        sa.Column("counterparty_org_id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=True),
        sa.Column("need_id", sa.Uuid(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(listing_id IS NULL) <> (need_id IS NULL)", name=op.f("ck_introduction_one_subject")),
        sa.CheckConstraint("client_org_id <> counterparty_org_id", name=op.f("ck_introduction_two_parties")),
        sa.ForeignKeyConstraint(["broker_org_id"], ["organisation.id"], name=op.f("fk_introduction_broker_org_id")),
        sa.ForeignKeyConstraint(["client_org_id"], ["organisation.id"], name=op.f("fk_introduction_client_org_id")),
        sa.ForeignKeyConstraint(
            ["counterparty_org_id"], ["organisation.id"], name=op.f("fk_introduction_counterparty_org_id")
        ),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_introduction_listing_id")),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandate.id"], name=op.f("fk_introduction_mandate_id")),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name=op.f("fk_introduction_need_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_introduction")),
        sa.UniqueConstraint("reference", name=op.f("uq_introduction_reference")),
    )
    op.create_index(
        op.f("ix_introduction_broker_org_id_sealed_at"), "introduction", ["broker_org_id", "sealed_at"], unique=False
    )
    op.create_index(
        op.f("ix_introduction_client_org_id_counterparty_org_id"),
        "introduction",
        ["client_org_id", "counterparty_org_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_introduction_counterparty_org_id_status"),
        "introduction",
        ["counterparty_org_id", "status"],
        unique=False,
    )
    op.create_index(
        "uq_introduction_live",
        "introduction",
        ["mandate_id", "listing_id", "need_id", "counterparty_org_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('sealed','accepted','connected')"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "mandate_signature",
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandate.id"], name=op.f("fk_mandate_signature_mandate_id")),
        sa.PrimaryKeyConstraint("mandate_id", "version", "org_id", name=op.f("pk_mandate_signature")),
    )
    op.create_table(
        "mandate_version",
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandate.id"], name=op.f("fk_mandate_version_mandate_id")),
        sa.PrimaryKeyConstraint("mandate_id", "version", name=op.f("pk_mandate_version")),
    )
    op.create_table(
        "attribution",
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("introduction_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("broker_org_id", sa.Uuid(), nullable=False),
        sa.Column("basis_points", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.CheckConstraint("basis_points BETWEEN 1 AND 10000", name=op.f("ck_attribution_share")),
        sa.ForeignKeyConstraint(["broker_org_id"], ["organisation.id"], name=op.f("fk_attribution_broker_org_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_attribution_deal_id")),
        sa.ForeignKeyConstraint(["introduction_id"], ["introduction.id"], name=op.f("fk_attribution_introduction_id")),
        sa.PrimaryKeyConstraint("deal_id", "introduction_id", name=op.f("pk_attribution")),
    )
    op.create_index(op.f("ix_attribution_broker_org_id"), "attribution", ["broker_org_id"], unique=False)
    op.create_index(op.f("ix_attribution_introduction_id"), "attribution", ["introduction_id"], unique=False)
    op.create_table(
        "commission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("introduction_id", sa.Uuid(), nullable=False),
        sa.Column("broker_org_id", sa.Uuid(), nullable=False),
        sa.Column("client_org_id", sa.Uuid(), nullable=False),
        sa.Column("statement", sa.SmallInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("reckoned", sa.BigInteger(), nullable=False),
        sa.Column("basis_points", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("cap_percent", sa.Numeric(precision=6, scale=3), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount >= 0 AND amount <= reckoned", name=op.f("ck_commission_amounts")),
        sa.ForeignKeyConstraint(["broker_org_id"], ["organisation.id"], name=op.f("fk_commission_broker_org_id")),
        sa.ForeignKeyConstraint(["client_org_id"], ["organisation.id"], name=op.f("fk_commission_client_org_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_commission_deal_id")),
        sa.ForeignKeyConstraint(["introduction_id"], ["introduction.id"], name=op.f("fk_commission_introduction_id")),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandate.id"], name=op.f("fk_commission_mandate_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commission")),
        sa.UniqueConstraint(
            "deal_id", "mandate_id", "statement", name=op.f("uq_commission_deal_id_mandate_id_statement")
        ),
    )
    op.create_index(op.f("ix_commission_broker_org_id_at"), "commission", ["broker_org_id", "at"], unique=False)
    op.create_index(op.f("ix_commission_mandate_id"), "commission", ["mandate_id"], unique=False)
    op.create_table(
        "introduction_claim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("introduction_id", sa.Uuid(), nullable=False),
        sa.Column("against_id", sa.Uuid(), nullable=True),
        sa.Column("broker_org_id", sa.Uuid(), nullable=False),
        sa.Column("respondent_org_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appeal_org_id", sa.Uuid(), nullable=True),
        sa.Column("appeal_reason", sa.Text(), nullable=True),
        sa.Column("appealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["against_id"], ["introduction.id"], name=op.f("fk_introduction_claim_against_id")),
        sa.ForeignKeyConstraint(
            ["broker_org_id"], ["organisation.id"], name=op.f("fk_introduction_claim_broker_org_id")
        ),
        sa.ForeignKeyConstraint(
            ["introduction_id"], ["introduction.id"], name=op.f("fk_introduction_claim_introduction_id")
        ),
        sa.ForeignKeyConstraint(
            ["respondent_org_id"], ["organisation.id"], name=op.f("fk_introduction_claim_respondent_org_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_introduction_claim")),
        sa.UniqueConstraint("number", name=op.f("uq_introduction_claim_number")),
    )
    op.create_index(op.f("ix_introduction_claim_against_id"), "introduction_claim", ["against_id"], unique=False)
    op.create_index(
        op.f("ix_introduction_claim_status_opened_at"), "introduction_claim", ["status", "opened_at"], unique=False
    )
    op.create_index(
        "uq_introduction_claim_live",
        "introduction_claim",
        ["introduction_id"],
        unique=True,
        postgresql_where=sa.text("status <> 'withdrawn'"),
    )
    op.create_table(
        "introduction_seal",
        sa.Column("introduction_id", sa.Uuid(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["introduction_id"], ["introduction.id"], name=op.f("fk_introduction_seal_introduction_id")
        ),
        sa.PrimaryKeyConstraint("introduction_id", name=op.f("pk_introduction_seal")),
        sa.UniqueConstraint("seal", name=op.f("uq_introduction_seal_seal")),
    )
    op.create_table(
        "introduction_claim_decision",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("claimant_percent", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'shared') = (claimant_percent IS NOT NULL)", name=op.f("ck_introduction_claim_decision_shared")
        ),
        sa.CheckConstraint(
            "outcome IN ('uphold','reject','shared')", name=op.f("ck_introduction_claim_decision_outcome")
        ),
        sa.CheckConstraint(
            "claimant_percent > 0 AND claimant_percent < 100", name=op.f("ck_introduction_claim_decision_percent")
        ),
        sa.CheckConstraint("level IN (1, 2)", name=op.f("ck_introduction_claim_decision_level")),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["introduction_claim.id"], name=op.f("fk_introduction_claim_decision_claim_id")
        ),
        sa.PrimaryKeyConstraint("claim_id", "level", name=op.f("pk_introduction_claim_decision")),
        sa.UniqueConstraint("claim_id", "person_id", name=op.f("uq_introduction_claim_decision_claim_id_person_id")),
    )
    for rule in RULES:
        op.execute(rule)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}()")
