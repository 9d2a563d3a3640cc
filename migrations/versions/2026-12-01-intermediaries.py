"""Intermediaries and experts: profiles, services with fees, licences, and the ratings two organisations give each other.

Revision ID: 2026_12_01_intermediaries
Revises: 2026_12_01_participants
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_01_intermediaries"
down_revision = "2026_12_01_participants"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
# What was rated stays as it was sent; only what became of the words moves.
RULES = [
    """
    CREATE FUNCTION rating_sent_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (NEW.pair_id, NEW.rater_org_id, NEW.ratee_org_id, NEW.person_id, NEW.speed, NEW.clarity, NEW.integrity,
          NEW.result, NEW.words, NEW.sent_at)
         IS DISTINCT FROM
         (OLD.pair_id, OLD.rater_org_id, OLD.ratee_org_id, OLD.person_id, OLD.speed, OLD.clarity, OLD.integrity,
          OLD.result, OLD.words, OLD.sent_at) THEN
        RAISE EXCEPTION 'rating % was sent and cannot be edited', OLD.id USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER rating_sent_is_fixed BEFORE UPDATE ON rating FOR EACH ROW EXECUTE FUNCTION rating_sent_is_fixed()",
    "CREATE TRIGGER rating_kept BEFORE DELETE ON rating FOR EACH ROW EXECUTE FUNCTION refuse_change()",
]


def upgrade() -> None:
    op.create_table(
        "provider",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("sort_name", sa.Text(collation="C"), nullable=False),
        sa.Column("headline_vi", sa.Text(), nullable=True),
        sa.Column("headline_en", sa.Text(), nullable=True),
        sa.Column("story_vi", sa.Text(), nullable=True),
        sa.Column("story_en", sa.Text(), nullable=True),
        sa.Column("fields", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("ipc", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("regions", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("capacity", sa.SmallInteger(), nullable=False),
        sa.Column("availability", sa.String(), nullable=False),
        sa.Column("consented_at", AT, nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", AT, nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("edited_at", AT, nullable=False),
        sa.Column("reviewed_at", AT, nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(kind = 'expert') = (person_id IS NOT NULL)", name=op.f("ck_provider_person")),
        sa.CheckConstraint("availability IN ('open','limited','full')", name=op.f("ck_provider_availability")),
        sa.CheckConstraint("kind IN ('organisation','expert')", name=op.f("ck_provider_kind")),
        sa.CheckConstraint("capacity BETWEEN 1 AND 500", name=op.f("ck_provider_capacity")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_provider_org_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_provider_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider")),
    )
    op.create_index(op.f("ix_provider_status_status_at"), "provider", ["status", "status_at"])
    op.create_index(
        "uq_provider_org", "provider", ["org_id"], unique=True, postgresql_where=sa.text("kind = 'organisation'")
    )
    op.create_index(
        "uq_provider_person", "provider", ["person_id"], unique=True, postgresql_where=sa.text("kind = 'expert'")
    )
    op.create_table(
        "provider_licence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("services", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("declared_at", AT, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", AT, nullable=False),
        sa.Column("checked_at", AT, nullable=True),
        sa.Column("reminded", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint("status <> 'checked' OR checked_at IS NOT NULL", name=op.f("ck_provider_licence_checked")),
        sa.CheckConstraint("cardinality(services) > 0", name=op.f("ck_provider_licence_covers")),
        sa.CheckConstraint("expires_on >= issued_on", name=op.f("ck_provider_licence_dates")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_provider_licence_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_licence")),
    )
    op.create_index(
        "ix_provider_licence_due",
        "provider_licence",
        ["expires_on"],
        postgresql_where=sa.text("status IN ('declared','checked')"),
    )
    op.create_index(
        "uq_provider_licence_standing",
        "provider_licence",
        ["provider_id", "kind", "number"],
        unique=True,
        postgresql_where=sa.text("status IN ('declared','checked')"),
    )
    op.create_table(
        "provider_service",
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("fee_kind", sa.String(), nullable=False),
        sa.Column("amount_from", sa.BigInteger(), nullable=True),
        sa.Column("amount_to", sa.BigInteger(), nullable=True),
        sa.Column("percent_from", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("percent_to", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(fee_kind = 'percent') = (percent_from IS NOT NULL)", name=op.f("ck_provider_service_percent_of_kind")
        ),
        sa.CheckConstraint(
            "(fee_kind IN ('fixed','hourly')) = (amount_from IS NOT NULL)",
            name=op.f("ck_provider_service_amount_of_kind"),
        ),
        sa.CheckConstraint(
            "fee_kind IN ('agreed','fixed','hourly','percent')", name=op.f("ck_provider_service_fee_kind")
        ),
        sa.CheckConstraint(
            "service IN ('brokerage','valuation','price_appraisal','assessment','inspection','advice','promotion')",
            name=op.f("ck_provider_service_service"),
        ),
        sa.CheckConstraint("amount_from <= amount_to", name=op.f("ck_provider_service_amounts")),
        sa.CheckConstraint(
            "percent_from <= percent_to AND percent_to <= 100", name=op.f("ck_provider_service_percents")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_provider_service_provider_id")),
        sa.PrimaryKeyConstraint("provider_id", "service", name=op.f("pk_provider_service")),
    )
    op.create_table(
        "rating_pair",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("provider_org_id", sa.Uuid(), nullable=False),
        sa.Column("party_org_id", sa.Uuid(), nullable=False),
        sa.Column("capacity", sa.String(), nullable=False),
        sa.Column("party_side", sa.String(), nullable=False),
        sa.Column("opened_at", AT, nullable=False),
        sa.Column("closes_at", AT, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", AT, nullable=False),
        sa.CheckConstraint("provider_org_id <> party_org_id", name=op.f("ck_rating_pair_two_parties")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_rating_pair_deal_id")),
        sa.ForeignKeyConstraint(["party_org_id"], ["organisation.id"], name=op.f("fk_rating_pair_party_org_id")),
        sa.ForeignKeyConstraint(["provider_org_id"], ["organisation.id"], name=op.f("fk_rating_pair_provider_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_pair")),
    )
    op.create_index("ix_rating_pair_due", "rating_pair", ["closes_at"], postgresql_where=sa.text("status = 'open'"))
    op.create_index(op.f("ix_rating_pair_party_org_id"), "rating_pair", ["party_org_id"])
    op.create_index(op.f("ix_rating_pair_provider_org_id"), "rating_pair", ["provider_org_id"])
    op.create_index("uq_rating_pair_deal", "rating_pair", ["deal_id", "provider_org_id", "party_org_id"], unique=True)
    op.create_table(
        "rating",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pair_id", sa.Uuid(), nullable=False),
        sa.Column("rater_org_id", sa.Uuid(), nullable=False),
        sa.Column("ratee_org_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("speed", sa.SmallInteger(), nullable=False),
        sa.Column("clarity", sa.SmallInteger(), nullable=False),
        sa.Column("integrity", sa.SmallInteger(), nullable=False),
        sa.Column("result", sa.SmallInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("sent_at", AT, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", AT, nullable=False),
        sa.Column("reported_why", sa.Text(), nullable=True),
        sa.Column("hidden_why", sa.Text(), nullable=True),
        sa.CheckConstraint("clarity BETWEEN 1 AND 5", name=op.f("ck_rating_clarity")),
        sa.CheckConstraint("integrity BETWEEN 1 AND 5", name=op.f("ck_rating_integrity")),
        sa.CheckConstraint("rater_org_id <> ratee_org_id", name=op.f("ck_rating_two_parties")),
        sa.CheckConstraint("result BETWEEN 1 AND 5", name=op.f("ck_rating_result")),
        sa.CheckConstraint("speed BETWEEN 1 AND 5", name=op.f("ck_rating_speed")),
        sa.ForeignKeyConstraint(["pair_id"], ["rating_pair.id"], name=op.f("fk_rating_pair_id")),
        sa.ForeignKeyConstraint(["ratee_org_id"], ["organisation.id"], name=op.f("fk_rating_ratee_org_id")),
        sa.ForeignKeyConstraint(["rater_org_id"], ["organisation.id"], name=op.f("fk_rating_rater_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating")),
    )
    op.create_index(op.f("ix_rating_ratee_org_id"), "rating", ["ratee_org_id"])
    op.create_index("uq_rating_pair_rater", "rating", ["pair_id", "rater_org_id"], unique=True)

    for rule in RULES:
        op.execute(rule)


def downgrade() -> None:
    for table in ("rating", "rating_pair", "provider_service", "provider_licence", "provider"):
        op.drop_table(table)
    op.execute("DROP FUNCTION rating_sent_is_fixed()")
