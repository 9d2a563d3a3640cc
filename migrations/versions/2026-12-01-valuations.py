"""Valuation cases: requests, quotes, work sheets, reports. What was submitted, signed or handed in is only added to.

Revision ID: 2026_12_01_valuations
Revises: 2026_12_01_claim_files
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_01_valuations"
down_revision = "2026_12_01_claim_files"
branch_labels = None
depends_on = None

RULES = [
    """
    CREATE FUNCTION valuation_sheet_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (NEW.valuation_id, NEW.version, NEW.created_at) IS DISTINCT FROM (OLD.valuation_id, OLD.version, OLD.created_at)
        OR (OLD.status <> 'draft' AND (NEW.paper, NEW.outcome, NEW.sha256, NEW.authors, NEW.revision, NEW.submitted_by)
          IS DISTINCT FROM (OLD.paper, OLD.outcome, OLD.sha256, OLD.authors, OLD.revision, OLD.submitted_by)) THEN
        RAISE EXCEPTION 'work sheet % was submitted and cannot be edited', OLD.id USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION valuation_report_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (NEW.valuation_id, NEW.sheet_id, NEW.org_id, NEW.number, NEW.certificate_number, NEW.issued_at, NEW.files)
        IS DISTINCT FROM
        (OLD.valuation_id, OLD.sheet_id, OLD.org_id, OLD.number, OLD.certificate_number, OLD.issued_at, OLD.files)
        OR (OLD.delivered_at IS NOT NULL AND NEW.delivered_at IS DISTINCT FROM OLD.delivered_at) THEN
        RAISE EXCEPTION 'report % is made and cannot be edited', OLD.id USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    *(
        f"CREATE TRIGGER {t}_is_fixed BEFORE UPDATE ON {t} FOR EACH ROW EXECUTE FUNCTION {t}_is_fixed()"
        for t in ("valuation_sheet", "valuation_report")
    ),
    *(
        f"CREATE TRIGGER {t}_kept BEFORE DELETE ON {t} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for t in ("valuation", "valuation_quote", "valuation_sheet", "valuation_report", "valuation_complaint")
    ),
    *(
        f"CREATE TRIGGER {t}_append_only BEFORE UPDATE OR DELETE ON {t} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for t in ("valuation_document", "valuation_remark", "valuation_signature")
    ),
]


def upgrade() -> None:
    op.create_table(
        "valuation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("purpose_note", sa.Text(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("listing_version", sa.Integer(), nullable=False),
        sa.Column("owner_org_id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=True),
        sa.Column("requester_org_id", sa.Uuid(), nullable=False),
        sa.Column("provider_org_id", sa.Uuid(), nullable=True),
        sa.Column("previous_id", sa.Uuid(), nullable=True),
        sa.Column("asset", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("quotes_until", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("sheet_id", sa.Uuid(), nullable=True),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("low", sa.BigInteger(), nullable=True),
        sa.Column("high", sa.BigInteger(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asset_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("cleared", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('estimate','appraisal')", name=op.f("ck_valuation_kind")),
        sa.CheckConstraint("expires_on >= value_date", name=op.f("ck_valuation_validity")),
        sa.CheckConstraint("low <= value AND value <= high", name=op.f("ck_valuation_range")),
        sa.CheckConstraint("provider_org_id <> requester_org_id", name=op.f("ck_valuation_two_parties")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_valuation_deal_id")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_valuation_listing_id")),
        sa.ForeignKeyConstraint(["owner_org_id"], ["organisation.id"], name=op.f("fk_valuation_owner_org_id")),
        sa.ForeignKeyConstraint(["previous_id"], ["valuation.id"], name=op.f("fk_valuation_previous_id")),
        sa.ForeignKeyConstraint(["provider_org_id"], ["organisation.id"], name=op.f("fk_valuation_provider_org_id")),
        sa.ForeignKeyConstraint(["requester_org_id"], ["organisation.id"], name=op.f("fk_valuation_requester_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_valuation")),
        sa.UniqueConstraint("number", name=op.f("uq_valuation_number")),
    )
    op.create_index(
        "ix_valuation_due",
        "valuation",
        ["expires_on"],
        unique=False,
        postgresql_where=sa.text("status NOT IN ('expired','cancelled','lapsed')"),
    )
    op.create_index(op.f("ix_valuation_listing_id_id"), "valuation", ["listing_id", "id"], unique=False)
    op.create_index(op.f("ix_valuation_provider_org_id_id"), "valuation", ["provider_org_id", "id"], unique=False)
    op.create_index(op.f("ix_valuation_requester_org_id_id"), "valuation", ["requester_org_id", "id"], unique=False)
    op.create_table(
        "valuation_document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("valuation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("size > 0", name=op.f("ck_valuation_document_size")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_valuation_document_org_id")),
        sa.ForeignKeyConstraint(["valuation_id"], ["valuation.id"], name=op.f("fk_valuation_document_valuation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_valuation_document")),
    )
    op.create_index("uq_valuation_document_content", "valuation_document", ["valuation_id", "sha256"], unique=True)
    op.create_table(
        "valuation_member",
        sa.Column("valuation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("card_number", sa.Text(), nullable=True),
        sa.CheckConstraint("part IN ('appraiser','representative')", name=op.f("ck_valuation_member_part")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_valuation_member_person_id")),
        sa.ForeignKeyConstraint(["valuation_id"], ["valuation.id"], name=op.f("fk_valuation_member_valuation_id")),
        sa.PrimaryKeyConstraint("valuation_id", "person_id", "part", name=op.f("pk_valuation_member")),
    )
    op.create_index(
        "uq_valuation_representative",
        "valuation_member",
        ["valuation_id"],
        unique=True,
        postgresql_where=sa.text("part = 'representative'"),
    )
    op.create_table(
        "valuation_quote",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("valuation_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=True),
        sa.Column("days", sa.SmallInteger(), nullable=True),
        sa.Column("terms", sa.Text(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status NOT IN ('offered','accepted','declined') OR fee IS NOT NULL",
            name=op.f("ck_valuation_quote_offered"),
        ),
        sa.CheckConstraint("days BETWEEN 1 AND 365", name=op.f("ck_valuation_quote_days")),
        sa.CheckConstraint("fee >= 0", name=op.f("ck_valuation_quote_fee")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_valuation_quote_org_id")),
        sa.ForeignKeyConstraint(["valuation_id"], ["valuation.id"], name=op.f("fk_valuation_quote_valuation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_valuation_quote")),
    )
    op.create_index(op.f("ix_valuation_quote_org_id_id"), "valuation_quote", ["org_id", "id"], unique=False)
    op.create_index("uq_valuation_quote_org", "valuation_quote", ["valuation_id", "org_id"], unique=True)
    op.create_index(
        "uq_valuation_quote_won",
        "valuation_quote",
        ["valuation_id"],
        unique=True,
        postgresql_where=sa.text("status = 'accepted'"),
    )
    op.create_table(
        "valuation_sheet",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("valuation_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authors", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paper", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewer_id", sa.Uuid(), nullable=True),
        sa.Column("reviewer_name", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "reviewer_id IS NULL OR reviewer_id <> submitted_by", name=op.f("ck_valuation_sheet_second_person")
        ),
        sa.ForeignKeyConstraint(["valuation_id"], ["valuation.id"], name=op.f("fk_valuation_sheet_valuation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_valuation_sheet")),
    )
    op.create_index(
        "uq_valuation_sheet_live",
        "valuation_sheet",
        ["valuation_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('draft','submitted')"),
    )
    op.create_index("uq_valuation_sheet_version", "valuation_sheet", ["valuation_id", "version"], unique=True)
    op.create_table(
        "valuation_remark",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sheet_id", sa.Uuid(), nullable=False),
        sa.Column("calculation", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["sheet_id"], ["valuation_sheet.id"], name=op.f("fk_valuation_remark_sheet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_valuation_remark")),
    )
    op.create_index(op.f("ix_valuation_remark_sheet_id_id"), "valuation_remark", ["sheet_id", "id"], unique=False)
    op.create_table(
        "valuation_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("valuation_id", sa.Uuid(), nullable=False),
        sa.Column("sheet_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("certificate_number", sa.String(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("files", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_valuation_report_org_id")),
        sa.ForeignKeyConstraint(["sheet_id"], ["valuation_sheet.id"], name=op.f("fk_valuation_report_sheet_id")),
        sa.ForeignKeyConstraint(["valuation_id"], ["valuation.id"], name=op.f("fk_valuation_report_valuation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_valuation_report")),
    )
    op.create_index(
        op.f("ix_valuation_report_valuation_id_id"), "valuation_report", ["valuation_id", "id"], unique=False
    )
    op.create_index(
        "uq_valuation_report_certificate", "valuation_report", ["org_id", "certificate_number"], unique=True
    )
    op.create_index("uq_valuation_report_number", "valuation_report", ["org_id", "number"], unique=True)
    op.create_index("uq_valuation_report_sheet", "valuation_report", ["sheet_id"], unique=True)
    op.create_table(
        "valuation_complaint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("valuation_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["report_id"], ["valuation_report.id"], name=op.f("fk_valuation_complaint_report_id")),
        sa.ForeignKeyConstraint(["valuation_id"], ["valuation.id"], name=op.f("fk_valuation_complaint_valuation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_valuation_complaint")),
    )
    op.create_index(
        op.f("ix_valuation_complaint_valuation_id_id"), "valuation_complaint", ["valuation_id", "id"], unique=False
    )
    op.create_index(
        "uq_valuation_complaint_open",
        "valuation_complaint",
        ["valuation_id"],
        unique=True,
        postgresql_where=sa.text("status = 'filed'"),
    )
    op.create_table(
        "valuation_signature",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("card_number", sa.Text(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_valuation_signature_person_id")),
        sa.ForeignKeyConstraint(["report_id"], ["valuation_report.id"], name=op.f("fk_valuation_signature_report_id")),
        sa.PrimaryKeyConstraint("report_id", "person_id", "part", name=op.f("pk_valuation_signature")),
    )
    for rule in RULES:
        op.execute(rule)


def downgrade() -> None:
    op.drop_table("valuation_signature")
    op.drop_table("valuation_complaint")
    op.drop_table("valuation_report")
    op.drop_table("valuation_remark")
    op.drop_table("valuation_sheet")
    op.drop_table("valuation_quote")
    op.drop_table("valuation_member")
    op.drop_table("valuation_document")
    op.drop_table("valuation")
    op.execute("DROP FUNCTION valuation_sheet_is_fixed()")
    op.execute("DROP FUNCTION valuation_report_is_fixed()")
