"""Negotiation: scopes of grants, agreed terms, approvals on each side, memoranda.

Revision ID: 2026_12_01_offers
Revises: 2026_12_01_disclosure
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_01_offers"
down_revision = "2026_12_01_disclosure"
branch_labels = None
depends_on = None

# Contracting states of the European Patent Convention, as app.offers.overlap had them on this day.
EPC = "AL,AT,BE,BG,CH,CY,CZ,DE,DK,EE,ES,FI,FR,GB,GR,HR,HU,IE,IS,IT,LI,LT,LU,LV,MC,ME,MK,MT,NL,NO,PL,PT,RO,RS,SE,SI,SK,SM,TR"
# Offers sent before scopes were typed: the places they name, every field of use; an assignment is everywhere.
BACKFILL = f"""
    UPDATE offer SET scope_territory = CASE
      WHEN terms->>'mode' = 'assignment' OR coalesce(jsonb_array_length(terms->'territory'), 0) = 0
        OR terms->'territory' ? 'WO' THEN ARRAY['']
      ELSE (SELECT array_agg(DISTINCT place ORDER BY place) FROM (
        SELECT t AS place FROM jsonb_array_elements_text(terms->'territory') t WHERE t <> 'EP'
        UNION SELECT unnest(string_to_array('{EPC}', ',')) WHERE terms->'territory' ? 'EP') p)
      END
"""
FIXED = """
    CREATE OR REPLACE FUNCTION offer_sent_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (NEW.deal_id, NEW.listing_id, NEW.round, NEW.side, NEW.org_id, NEW.sent_at, NEW.valid_until, NEW.exclusive,
          NEW.terms, NEW.terms_hash, NEW.note{more_new})
         IS DISTINCT FROM
         (OLD.deal_id, OLD.listing_id, OLD.round, OLD.side, OLD.org_id, OLD.sent_at, OLD.valid_until, OLD.exclusive,
          OLD.terms, OLD.terms_hash, OLD.note{more_old}) THEN
        RAISE EXCEPTION 'offer % was sent and cannot be edited', OLD.id USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END $$
"""
MORE = ", {0}.scope_territory, {0}.scope_fields, {0}.person_id"
RULES = [
    # Two paths meet when one contains the other; codes of two classifications cannot be compared and are taken to meet.
    """
    CREATE FUNCTION paths_meet(a text, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
      SELECT a = '' OR b = '' OR a = b OR starts_with(a, b || '.') OR starts_with(b, a || '.')
    $$
    """,
    """
    CREATE FUNCTION scopes_meet(places_a text[], fields_a text[], places_b text[], fields_b text[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS $$
      SELECT EXISTS (SELECT FROM unnest(places_a) a, unnest(places_b) b WHERE paths_meet(a, b))
        AND EXISTS (SELECT FROM unnest(fields_a) a, unnest(fields_b) b
                    WHERE paths_meet(a, b) OR split_part(a, '.', 1) <> split_part(b, '.', 1))
    $$
    """,
    # An exclusion constraint would need an operator class of its own for "contains or is contained in". The lock of
    # the listing's row does what such an index does: two grants of one listing are looked at one after the other.
    """
    CREATE FUNCTION offer_grants_apart() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.status = 'accepted' AND NEW.binding THEN
        PERFORM 1 FROM listing WHERE id = NEW.listing_id FOR NO KEY UPDATE;
        IF EXISTS (SELECT FROM offer o WHERE o.listing_id = NEW.listing_id AND o.id <> NEW.id
                   AND o.status = 'accepted' AND o.binding AND (o.exclusive OR NEW.exclusive)
                   AND scopes_meet(o.scope_territory, o.scope_fields, NEW.scope_territory, NEW.scope_fields)) THEN
          RAISE EXCEPTION 'an exclusive grant of listing % meets another', NEW.listing_id
            USING ERRCODE = 'exclusion_violation';
        END IF;
      END IF;
      RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER offer_grants_apart AFTER INSERT OR UPDATE OF status, binding ON offer FOR EACH ROW EXECUTE FUNCTION offer_grants_apart()",
    """
    CREATE FUNCTION memorandum_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (NEW.deal_id, NEW.kind, NEW.side, NEW.org_id, NEW.person_id, NEW.proposed_at, NEW.summary, NEW.value,
          NEW.signed_on, NEW.sha256, NEW.file_name, NEW.storage_key)
         IS DISTINCT FROM
         (OLD.deal_id, OLD.kind, OLD.side, OLD.org_id, OLD.person_id, OLD.proposed_at, OLD.summary, OLD.value,
          OLD.signed_on, OLD.sha256, OLD.file_name, OLD.storage_key) THEN
        RAISE EXCEPTION 'memorandum % was proposed and cannot be edited', OLD.id USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER memorandum_is_fixed BEFORE UPDATE ON memorandum FOR EACH ROW EXECUTE FUNCTION memorandum_is_fixed()",
    "CREATE TRIGGER memorandum_kept BEFORE DELETE ON memorandum FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER approval_request_kept BEFORE DELETE ON approval_request FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    *(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for table in ("offer_mark", "offer_unlock", "approval_vote", "memorandum_outcome")
    ),
]
GONE = [
    "memorandum_is_fixed()",
    "offer_grants_apart()",
    "scopes_meet(text[], text[], text[], text[])",
    "paths_meet(text, text)",
]


def upgrade() -> None:
    op.create_table(
        "approval_rule",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("needed", sa.SmallInteger(), nullable=False),
        sa.Column("approvers", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("from_value", sa.BigInteger(), nullable=False),
        sa.Column("on_send", sa.Boolean(), nullable=False),
        sa.Column("on_accept", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("from_value >= 0", name=op.f("ck_approval_rule_from_value")),
        sa.CheckConstraint("needed BETWEEN 1 AND cardinality(approvers)", name=op.f("ck_approval_rule_needed")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_approval_rule_org_id")),
        sa.PrimaryKeyConstraint("org_id", name=op.f("pk_approval_rule")),
    )
    op.create_table(
        "memorandum",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("storage_key", sa.Text(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("term", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded", sa.SmallInteger(), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(kind = 'file') = (storage_key IS NOT NULL)", name=op.f("ck_memorandum_file")),
        sa.CheckConstraint("kind IN ('terms','file','text')", name=op.f("ck_memorandum_kind")),
        sa.CheckConstraint("side IN ('seller','buyer')", name=op.f("ck_memorandum_side")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_memorandum_deal_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_memorandum_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memorandum")),
    )
    op.create_index(op.f("ix_memorandum_deal_id"), "memorandum", ["deal_id"], unique=False)
    op.create_index(
        "ix_memorandum_expiry",
        "memorandum",
        ["expires_on"],
        unique=False,
        postgresql_where=sa.text("status IN ('confirmed','due')"),
    )
    op.create_index(
        "uq_memorandum_live",
        "memorandum",
        ["deal_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('proposed','confirmed','due')"),
    )
    op.create_table(
        "approval_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("command", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("needed", sa.SmallInteger(), nullable=False),
        sa.Column("approvers", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_by_name", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why_vi", sa.Text(), nullable=True),
        sa.Column("why_en", sa.Text(), nullable=True),
        sa.CheckConstraint("(act = 'accept') = (command IS NULL)", name=op.f("ck_approval_request_says")),
        sa.CheckConstraint("(act = 'send') = (offer_id IS NULL)", name=op.f("ck_approval_request_answers")),
        sa.CheckConstraint("act IN ('send','counter','accept')", name=op.f("ck_approval_request_act")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_approval_request_deal_id")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_approval_request_listing_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_approval_request_offer_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_approval_request_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_request")),
    )
    op.create_index(
        "ix_approval_request_due",
        "approval_request",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        op.f("ix_approval_request_org_id_status_at"), "approval_request", ["org_id", "status_at"], unique=False
    )
    op.create_index(
        "uq_approval_request_pending",
        "approval_request",
        ["deal_id", "org_id"],
        unique=True,
        postgresql_where=sa.text("status='pending'"),
    )
    op.create_table(
        "memorandum_outcome",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("memorandum_id", sa.Uuid(), nullable=False),
        sa.Column("term", sa.SmallInteger(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=True),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(kind = 'ended') = (reason_code IS NOT NULL)", name=op.f("ck_memorandum_outcome_reason")),
        sa.CheckConstraint(
            "(kind IN ('extended','in_progress')) = (until IS NOT NULL)", name=op.f("ck_memorandum_outcome_until")
        ),
        sa.CheckConstraint(
            "kind IN ('contract_signed','extended','ended','in_progress')", name=op.f("ck_memorandum_outcome_kind")
        ),
        sa.ForeignKeyConstraint(["memorandum_id"], ["memorandum.id"], name=op.f("fk_memorandum_outcome_memorandum_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memorandum_outcome")),
    )
    op.create_index(op.f("ix_memorandum_outcome_memorandum_id"), "memorandum_outcome", ["memorandum_id"], unique=False)
    op.create_table(
        "offer_mark",
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("term", sa.String(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_offer_mark_offer_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_offer_mark_org_id")),
        sa.PrimaryKeyConstraint("offer_id", "term", name=op.f("pk_offer_mark")),
    )
    op.create_table(
        "offer_unlock",
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("term", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_offer_unlock_offer_id")),
        sa.PrimaryKeyConstraint("offer_id", "term", name=op.f("pk_offer_unlock")),
    )
    op.create_table(
        "approval_vote",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("verdict IN ('approve','refuse')", name=op.f("ck_approval_vote_verdict")),
        sa.ForeignKeyConstraint(["request_id"], ["approval_request.id"], name=op.f("fk_approval_vote_request_id")),
        sa.PrimaryKeyConstraint("request_id", "person_id", name=op.f("pk_approval_vote")),
    )
    op.add_column(
        "offer", sa.Column("scope_territory", postgresql.ARRAY(sa.Text()), nullable=False, server_default='{""}')
    )
    op.add_column(
        "offer", sa.Column("scope_fields", postgresql.ARRAY(sa.Text()), nullable=False, server_default='{""}')
    )
    op.add_column("offer", sa.Column("reminded", sa.SmallInteger(), nullable=True))
    op.drop_index("uq_offer_exclusive", table_name="offer")
    op.create_index(
        "ix_offer_binding",
        "offer",
        ["listing_id"],
        unique=False,
        postgresql_where=sa.text("status = 'accepted' AND binding"),
    )
    op.execute(BACKFILL)
    for column in ("scope_territory", "scope_fields"):
        op.alter_column("offer", column, server_default=None)
    op.create_check_constraint(
        op.f("ck_offer_scope"), "offer", "cardinality(scope_territory) > 0 AND cardinality(scope_fields) > 0"
    )
    op.execute(FIXED.format(more_new=MORE.format("NEW"), more_old=MORE.format("OLD")))
    for rule in RULES:
        op.execute(rule)


def downgrade() -> None:
    op.execute("DROP TRIGGER offer_grants_apart ON offer")
    op.execute(FIXED.format(more_new="", more_old=""))
    op.drop_constraint(op.f("ck_offer_scope"), "offer", type_="check")
    op.drop_index("ix_offer_binding", table_name="offer", postgresql_where=sa.text("status = 'accepted' AND binding"))
    op.create_index(
        op.f("uq_offer_exclusive"),
        "offer",
        ["listing_id"],
        unique=True,
        postgresql_where=sa.text("status = 'accepted' AND exclusive AND binding"),
    )
    op.drop_column("offer", "reminded")
    op.drop_column("offer", "scope_fields")
    op.drop_column("offer", "scope_territory")
    op.drop_table("approval_vote")
    op.drop_table("offer_unlock")
    op.drop_table("offer_mark")
    op.drop_index(op.f("ix_memorandum_outcome_memorandum_id"), table_name="memorandum_outcome")
    op.drop_table("memorandum_outcome")
    op.drop_index(
        "uq_approval_request_pending", table_name="approval_request", postgresql_where=sa.text("status='pending'")
    )
    op.drop_index(op.f("ix_approval_request_org_id_status_at"), table_name="approval_request")
    op.drop_index(
        "ix_approval_request_due", table_name="approval_request", postgresql_where=sa.text("status = 'pending'")
    )
    op.drop_table("approval_request")
    op.drop_index(
        "uq_memorandum_live",
        table_name="memorandum",
        postgresql_where=sa.text("status IN ('proposed','confirmed','due')"),
    )
    op.drop_index(
        "ix_memorandum_expiry", table_name="memorandum", postgresql_where=sa.text("status IN ('confirmed','due')")
    )
    op.drop_index(op.f("ix_memorandum_deal_id"), table_name="memorandum")
    op.drop_table("memorandum")
    op.drop_table("approval_rule")
    for name in GONE:
        op.execute(f"DROP FUNCTION {name}")
