"""Rounds: announcements, sealed bids and English auctions. What was announced is fixed, what was bid is only added to.

Revision ID: 2026_12_01_rounds
Revises: 2026_12_01_offers
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_01_rounds"
down_revision = "2026_12_01_offers"
branch_labels = None
depends_on = None

FIXED = (
    "kind, listing_id, org_id, about, terms, registration_until, opens_at, announced_at, deposit, quorum, start_price, steps,"
    " snipe_minutes, extend_minutes, extensions_max, intended_org_id, intended_price, reserve_sealed, reserve_basis, public_key"
)
RULES = [
    f"""
    CREATE FUNCTION public_round_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF OLD.status <> 'draft' AND (
          ({", ".join("NEW." + c.strip() for c in FIXED.split(","))})
          IS DISTINCT FROM ({", ".join("OLD." + c.strip() for c in FIXED.split(","))})
          OR NEW.ends_at < OLD.ends_at OR (NEW.ends_at <> OLD.ends_at AND OLD.status <> 'open')
          OR (NEW.reserve IS DISTINCT FROM OLD.reserve AND NOT (OLD.reserve IS NULL AND OLD.kind = 'sealed'))
          OR NEW.seq < OLD.seq OR NEW.price < OLD.price) THEN
        RAISE EXCEPTION 'round % was announced and cannot be edited', OLD.id USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER public_round_is_fixed BEFORE UPDATE ON public_round FOR EACH ROW EXECUTE FUNCTION public_round_is_fixed()",
    "CREATE TRIGGER public_round_kept BEFORE DELETE ON public_round FOR EACH ROW EXECUTE FUNCTION refuse_change()",
] + [
    f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    for table in ("sealed_envelope", "opened_envelope", "round_bid", "round_price")
]


def upgrade() -> None:
    op.create_table(
        "officer_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("locked", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("passes", sa.Integer(), nullable=False),
        sa.Column("memory", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_officer_key_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_key")),
    )
    op.create_index(
        "uq_officer_key_used", "officer_key", ["person_id"], unique=True, postgresql_where=sa.text("retired_at IS NULL")
    )
    op.create_table(
        "public_round",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("registration_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deposit", sa.BigInteger(), nullable=False),
        sa.Column("quorum", sa.SmallInteger(), nullable=False),
        sa.Column("interest", sa.SmallInteger(), nullable=True),
        sa.Column("start_price", sa.BigInteger(), nullable=True),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("snipe_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("extend_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("extensions_max", sa.SmallInteger(), nullable=True),
        sa.Column("extensions", sa.SmallInteger(), nullable=False),
        sa.Column("intended_org_id", sa.Uuid(), nullable=True),
        sa.Column("intended_price", sa.BigInteger(), nullable=True),
        sa.Column("reserve", sa.BigInteger(), nullable=True),
        sa.Column("reserve_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reserve_basis", sa.Text(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("leader_id", sa.Uuid(), nullable=True),
        sa.Column("leader_max", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("winner_id", sa.Uuid(), nullable=True),
        sa.Column("result_price", sa.BigInteger(), nullable=True),
        sa.Column("deal_id", sa.Uuid(), nullable=True),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(status = 'awarded') = (deal_id IS NOT NULL)", name=op.f("ck_public_round_awarded")),
        sa.CheckConstraint(
            "kind <> 'sealed' OR reserve IS NULL OR status IN ('opened','awarded','unsold','cancelled')",
            name=op.f("ck_public_round_sealed_reserve"),
        ),
        sa.CheckConstraint(
            "kind <> 'sealed' OR status IN ('draft','cancelled') OR public_key IS NOT NULL",
            name=op.f("ck_public_round_key"),
        ),
        sa.CheckConstraint("kind IN ('announcement','sealed','english')", name=op.f("ck_public_round_kind")),
        sa.CheckConstraint("deposit >= 0 AND start_price >= 0 AND reserve >= 0", name=op.f("ck_public_round_amounts")),
        sa.CheckConstraint("leader_max >= price", name=op.f("ck_public_round_leader")),
        sa.CheckConstraint("quorum BETWEEN 2 AND 50", name=op.f("ck_public_round_quorum")),
        sa.CheckConstraint(
            "registration_until <= opens_at AND opens_at < ends_at", name=op.f("ck_public_round_schedule")
        ),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_public_round_deal_id")),
        sa.ForeignKeyConstraint(["intended_org_id"], ["organisation.id"], name=op.f("fk_public_round_intended_org_id")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_public_round_listing_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_public_round_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_round")),
        sa.UniqueConstraint("number", name=op.f("uq_public_round_number")),
    )
    op.create_index(op.f("ix_public_round_org_id"), "public_round", ["org_id"], unique=False)
    op.create_index(op.f("ix_public_round_status_opens_at"), "public_round", ["status", "opens_at"], unique=False)
    op.create_index(
        "uq_public_round_live",
        "public_round",
        ["listing_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('announced','open','closed','opened')"),
    )
    op.create_table(
        "round_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("number", sa.SmallInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("status <> 'approved' OR number IS NOT NULL", name=op.f("ck_round_entry_numbered")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_round_entry_org_id")),
        sa.ForeignKeyConstraint(["round_id"], ["public_round.id"], name=op.f("fk_round_entry_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_entry")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_round_entry_round_id_number")),
    )
    op.create_index(op.f("ix_round_entry_org_id"), "round_entry", ["org_id"], unique=False)
    op.create_index(
        "uq_round_entry_live",
        "round_entry",
        ["round_id", "org_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('applied','approved')"),
    )
    op.create_table(
        "round_key_turn",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("share", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["from_id"], ["person.id"], name=op.f("fk_round_key_turn_from_id")),
        sa.ForeignKeyConstraint(["round_id"], ["public_round.id"], name=op.f("fk_round_key_turn_round_id")),
        sa.ForeignKeyConstraint(["to_id"], ["person.id"], name=op.f("fk_round_key_turn_to_id")),
        sa.PrimaryKeyConstraint("round_id", "from_id", "to_id", name=op.f("pk_round_key_turn")),
    )
    op.create_table(
        "round_objection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_round_objection_org_id")),
        sa.ForeignKeyConstraint(["round_id"], ["public_round.id"], name=op.f("fk_round_objection_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_objection")),
    )
    op.create_index(op.f("ix_round_objection_round_id"), "round_objection", ["round_id"], unique=False)
    op.create_table(
        "round_officer",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("share", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["key_id"], ["officer_key.id"], name=op.f("fk_round_officer_key_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_round_officer_person_id")),
        sa.ForeignKeyConstraint(["round_id"], ["public_round.id"], name=op.f("fk_round_officer_round_id")),
        sa.PrimaryKeyConstraint("round_id", "person_id", name=op.f("pk_round_officer")),
    )
    op.create_table(
        "sealed_envelope",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.CheckConstraint("octet_length(ciphertext) = 560", name=op.f("ck_sealed_envelope_size")),
        sa.ForeignKeyConstraint(["round_id"], ["public_round.id"], name=op.f("fk_sealed_envelope_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_envelope")),
        sa.UniqueConstraint("sha256", name=op.f("uq_sealed_envelope_sha256")),
    )
    op.create_index(op.f("ix_sealed_envelope_round_id"), "sealed_envelope", ["round_id"], unique=False)
    op.create_table(
        "opened_envelope",
        sa.Column("envelope_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        sa.CheckConstraint(
            "standing IN ('counts','replaced','withdrawn','invalid')", name=op.f("ck_opened_envelope_standing")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["round_entry.id"], name=op.f("fk_opened_envelope_entry_id")),
        sa.ForeignKeyConstraint(["envelope_id"], ["sealed_envelope.id"], name=op.f("fk_opened_envelope_envelope_id")),
        sa.ForeignKeyConstraint(["round_id"], ["public_round.id"], name=op.f("fk_opened_envelope_round_id")),
        sa.PrimaryKeyConstraint("envelope_id", name=op.f("pk_opened_envelope")),
    )
    op.create_index(op.f("ix_opened_envelope_round_id"), "opened_envelope", ["round_id"], unique=False)
    op.create_table(
        "round_bid",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("maximum", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("outcome IN ('leading','outbid','raised')", name=op.f("ck_round_bid_outcome")),
        sa.CheckConstraint("maximum >= amount", name=op.f("ck_round_bid_maximum")),
        sa.ForeignKeyConstraint(["entry_id"], ["round_entry.id"], name=op.f("fk_round_bid_entry_id")),
        sa.ForeignKeyConstraint(["round_id"], ["public_round.id"], name=op.f("fk_round_bid_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_bid")),
        sa.UniqueConstraint("round_id", "entry_id", "key", name=op.f("uq_round_bid_round_id_entry_id_key")),
    )
    op.create_table(
        "round_deposit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_round_deposit_amount")),
        sa.ForeignKeyConstraint(["entry_id"], ["round_entry.id"], name=op.f("fk_round_deposit_entry_id")),
        sa.ForeignKeyConstraint(["round_id"], ["public_round.id"], name=op.f("fk_round_deposit_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_deposit")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_round_deposit_entry_id")),
    )
    op.create_index(op.f("ix_round_deposit_round_id"), "round_deposit", ["round_id"], unique=False)
    op.create_table(
        "round_price",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["round_entry.id"], name=op.f("fk_round_price_entry_id")),
        sa.ForeignKeyConstraint(["round_id"], ["public_round.id"], name=op.f("fk_round_price_round_id")),
        sa.PrimaryKeyConstraint("round_id", "seq", name=op.f("pk_round_price")),
        sa.UniqueConstraint("round_id", "price", name=op.f("uq_round_price_round_id_price")),
    )
    for rule in RULES:
        op.execute(rule)


def downgrade() -> None:
    op.drop_table("round_price")
    op.drop_table("round_deposit")
    op.drop_table("round_bid")
    op.drop_table("opened_envelope")
    op.drop_table("sealed_envelope")
    op.drop_table("round_officer")
    op.drop_table("round_objection")
    op.drop_table("round_key_turn")
    op.drop_table("round_entry")
    op.drop_table("public_round")
    op.drop_table("officer_key")
    op.execute("DROP FUNCTION public_round_is_fixed()")
