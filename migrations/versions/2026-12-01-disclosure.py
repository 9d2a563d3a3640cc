"""Agreements, data rooms, questions in them, and the log of every look.

Revision ID: 2026_12_01_disclosure
Revises: 2026_12_01_outcomes
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_disclosure"
down_revision = "2026_12_01_outcomes"
branch_labels = None
depends_on = None

# A text that was proposed, a template that was published, a question and its published answer never change.
RULES = [
    """
    CREATE FUNCTION nda_text_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (NEW.deal_id, NEW.version, NEW.template_id, NEW.purpose, NEW.term_months, NEW.body, NEW.sha256, NEW.org_id,
          NEW.proposed_by, NEW.proposed_at)
         IS DISTINCT FROM
         (OLD.deal_id, OLD.version, OLD.template_id, OLD.purpose, OLD.term_months, OLD.body, OLD.sha256, OLD.org_id,
          OLD.proposed_by, OLD.proposed_at) THEN
        RAISE EXCEPTION 'agreement % was proposed and cannot be edited', OLD.id USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER nda_fixed BEFORE UPDATE ON nda FOR EACH ROW EXECUTE FUNCTION nda_text_is_fixed()",
    """
    CREATE FUNCTION nda_template_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF OLD.status <> 'draft' AND (NEW.kind, NEW.version, NEW.body_vi, NEW.body_en, NEW.checked_by)
         IS DISTINCT FROM (OLD.kind, OLD.version, OLD.body_vi, OLD.body_en, OLD.checked_by) THEN
        RAISE EXCEPTION 'template % was published and cannot be edited', OLD.id USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER nda_template_fixed BEFORE UPDATE ON nda_template FOR EACH ROW EXECUTE FUNCTION nda_template_is_fixed()",
    """
    CREATE FUNCTION room_question_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF OLD.status = 'published' OR (NEW.listing_id, NEW.deal_id, NEW.document_id, NEW.org_id, NEW.person_id,
          NEW.person_name, NEW.asked_at, NEW.question)
         IS DISTINCT FROM
         (OLD.listing_id, OLD.deal_id, OLD.document_id, OLD.org_id, OLD.person_id, OLD.person_name, OLD.asked_at,
          OLD.question) THEN
        RAISE EXCEPTION 'question % cannot be edited', OLD.id USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER room_question_fixed BEFORE UPDATE ON room_question FOR EACH ROW EXECUTE FUNCTION room_question_is_fixed()",
    *(
        f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for name in ("nda_signature", "room_version", "room_log")
    ),
]
FUNCTIONS = ("nda_text_is_fixed()", "nda_template_is_fixed()", "room_question_is_fixed()")


def upgrade() -> None:
    op.create_table(
        "nda_template",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body_vi", sa.Text(), nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("checked_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('one_way','mutual')", name=op.f("ck_nda_template_kind")),
        sa.CheckConstraint("version > 0", name=op.f("ck_nda_template_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nda_template")),
        sa.UniqueConstraint("kind", "version", name=op.f("uq_nda_template_kind_version")),
    )
    op.create_table(
        "room_folder",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_room_folder_listing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_folder")),
    )
    op.create_index(op.f("ix_room_folder_listing_id"), "room_folder", ["listing_id"], unique=False)
    op.create_table(
        "nda",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("term_months", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_force_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(status IN ('in_force','expired','terminated')) = (in_force_at IS NOT NULL)", name=op.f("ck_nda_force")
        ),
        sa.CheckConstraint("(in_force_at IS NULL) = (expires_at IS NULL)", name=op.f("ck_nda_expiry")),
        sa.CheckConstraint("term_months BETWEEN 1 AND 120", name=op.f("ck_nda_term")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_nda_deal_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_nda_org_id")),
        sa.ForeignKeyConstraint(["template_id"], ["nda_template.id"], name=op.f("fk_nda_template_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nda")),
        sa.UniqueConstraint("deal_id", "version", name=op.f("uq_nda_deal_id_version")),
    )
    op.create_index("ix_nda_due", "nda", ["expires_at"], unique=False, postgresql_where=sa.text("status = 'in_force'"))
    op.create_index(
        "uq_nda_live",
        "nda",
        ["deal_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('proposed','signed_one','in_force')"),
    )
    op.create_table(
        "room_document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("folder_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("stage", sa.SmallInteger(), nullable=False),
        sa.Column("download", sa.String(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("download IN ('none','stamped','original')", name=op.f("ck_room_document_download")),
        sa.CheckConstraint("stage BETWEEN 1 AND 5", name=op.f("ck_room_document_stage")),
        sa.ForeignKeyConstraint(["folder_id"], ["room_folder.id"], name=op.f("fk_room_document_folder_id")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_room_document_listing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_document")),
    )
    op.create_index(op.f("ix_room_document_listing_id"), "room_document", ["listing_id"], unique=False)
    op.create_table(
        "room_inspection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_room_inspection_deal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_inspection")),
    )
    op.create_index(
        op.f("ix_room_inspection_deal_id_person_id"), "room_inspection", ["deal_id", "person_id"], unique=False
    )
    op.create_table(
        "room_seen",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_room_seen_deal_id")),
        sa.PrimaryKeyConstraint("person_id", "deal_id", name=op.f("pk_room_seen")),
    )
    op.create_table(
        "nda_signature",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("nda_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("capacity", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("org_name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("typed_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint("kind IN ('party','adherence')", name=op.f("ck_nda_signature_kind")),
        sa.ForeignKeyConstraint(["nda_id"], ["nda.id"], name=op.f("fk_nda_signature_nda_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_nda_signature_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nda_signature")),
        sa.UniqueConstraint("nda_id", "org_id", name=op.f("uq_nda_signature_nda_id_org_id")),
    )
    op.create_table(
        "room_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.SmallInteger(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_why", sa.String(), nullable=True),
        sa.CheckConstraint("num_nonnulls(stage, document_id) = 1", name=op.f("ck_room_grant_one_thing")),
        sa.CheckConstraint("stage BETWEEN 1 AND 5", name=op.f("ck_room_grant_stage")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_room_grant_deal_id")),
        sa.ForeignKeyConstraint(["document_id"], ["room_document.id"], name=op.f("fk_room_grant_document_id")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_room_grant_listing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_grant")),
    )
    op.create_index(
        "uq_room_grant_document",
        "room_grant",
        ["deal_id", "document_id"],
        unique=True,
        postgresql_where=sa.text("document_id IS NOT NULL AND revoked_at IS NULL"),
    )
    op.create_index(
        "uq_room_grant_stage",
        "room_grant",
        ["deal_id"],
        unique=True,
        postgresql_where=sa.text("stage > 0 AND revoked_at IS NULL"),
    )
    op.create_table(
        "room_question",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("published_question", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'published') = (published_at IS NOT NULL)", name=op.f("ck_room_question_published")
        ),
        sa.CheckConstraint("status = 'asked' OR answer IS NOT NULL", name=op.f("ck_room_question_answered")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_room_question_deal_id")),
        sa.ForeignKeyConstraint(["document_id"], ["room_document.id"], name=op.f("fk_room_question_document_id")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_room_question_listing_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_room_question_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_question")),
    )
    op.create_index(op.f("ix_room_question_deal_id"), "room_question", ["deal_id"], unique=False)
    op.create_index(
        op.f("ix_room_question_listing_id_asked_at"), "room_question", ["listing_id", "asked_at"], unique=False
    )
    op.create_table(
        "room_version",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("pages", sa.SmallInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["room_document.id"], name=op.f("fk_room_version_document_id")),
        sa.PrimaryKeyConstraint("document_id", "version", name=op.f("pk_room_version")),
    )
    op.create_table(
        "room_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=True),
        sa.Column("org_name", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.SmallInteger(), nullable=True),
        sa.Column("page", sa.SmallInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_room_log_deal_id")),
        sa.ForeignKeyConstraint(
            ["document_id", "version"],
            ["room_version.document_id", "room_version.version"],
            name=op.f("fk_room_log_document_id_version"),
        ),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_room_log_listing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_log")),
    )
    op.create_index(op.f("ix_room_log_deal_id_id"), "room_log", ["deal_id", "id"], unique=False)
    op.create_index(op.f("ix_room_log_listing_id_id"), "room_log", ["listing_id", "id"], unique=False)
    for rule in RULES:
        op.execute(rule)


def downgrade() -> None:
    op.drop_index(op.f("ix_room_log_listing_id_id"), table_name="room_log")
    op.drop_index(op.f("ix_room_log_deal_id_id"), table_name="room_log")
    op.drop_table("room_log")
    op.drop_table("room_version")
    op.drop_index(op.f("ix_room_question_listing_id_asked_at"), table_name="room_question")
    op.drop_index(op.f("ix_room_question_deal_id"), table_name="room_question")
    op.drop_table("room_question")
    op.drop_index(
        "uq_room_grant_stage", table_name="room_grant", postgresql_where=sa.text("stage > 0 AND revoked_at IS NULL")
    )
    op.drop_index(
        "uq_room_grant_document",
        table_name="room_grant",
        postgresql_where=sa.text("document_id IS NOT NULL AND revoked_at IS NULL"),
    )
    op.drop_table("room_grant")
    op.drop_table("nda_signature")
    op.drop_table("room_seen")
    op.drop_index(op.f("ix_room_inspection_deal_id_person_id"), table_name="room_inspection")
    op.drop_table("room_inspection")
    op.drop_index(op.f("ix_room_document_listing_id"), table_name="room_document")
    op.drop_table("room_document")
    op.drop_index(
        "uq_nda_live", table_name="nda", postgresql_where=sa.text("status IN ('proposed','signed_one','in_force')")
    )
    op.drop_index("ix_nda_due", table_name="nda", postgresql_where=sa.text("status = 'in_force'"))
    op.drop_table("nda")
    op.drop_index(op.f("ix_room_folder_listing_id"), table_name="room_folder")
    op.drop_table("room_folder")
    op.drop_table("nda_template")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
