"""Open the exchange: accounts, listings, deals, offers, audit, outbox, index.

Revision ID: 2026_11_24_open
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.platform import outbox

revision = "2026_11_24_open"
down_revision = None
branch_labels = None
depends_on = None

# What the tables cannot say by themselves: the audit chain's function, append-only tables, shares that add up,
# offers that cannot be edited once sent.
RULES = [
    """
    CREATE FUNCTION audit_append(entries text[]) RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE n bigint; h bytea; e text;
    BEGIN
      SELECT seq, hash INTO STRICT n, h FROM audit_head WHERE chain = 1 FOR UPDATE;
      FOREACH e IN ARRAY entries LOOP
        n := n + 1;
        h := sha256(h || convert_to(n::text || '|' || e, 'UTF8'));
        INSERT INTO audit_entry (seq, entry, hash) VALUES (n, e, h);
      END LOOP;
      UPDATE audit_head SET seq = n, hash = h WHERE chain = 1;
      RETURN n;
    END $$
    """,
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$
    """,
    "CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER state_change_append_only BEFORE UPDATE OR DELETE ON state_change FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "INSERT INTO audit_head (chain, seq, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'))",
    """
    CREATE FUNCTION listing_owner_whole() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE subject uuid := coalesce(NEW.listing_id, OLD.listing_id); total numeric;
    BEGIN
      SELECT sum(share) INTO total FROM listing_owner WHERE listing_id = subject;
      IF total IS NOT NULL AND total <> 100.00 THEN
        RAISE EXCEPTION 'owners of listing % hold % %%, not 100', subject, total USING ERRCODE = 'check_violation';
      END IF;
      RETURN NULL;
    END $$
    """,
    "CREATE CONSTRAINT TRIGGER listing_owner_whole AFTER INSERT OR UPDATE OR DELETE ON listing_owner DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION listing_owner_whole()",
    "CREATE TRIGGER listing_version_append_only BEFORE UPDATE OR DELETE ON listing_version FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER deal_transaction_append_only BEFORE UPDATE OR DELETE ON deal_transaction FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    """
    CREATE FUNCTION offer_sent_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (NEW.deal_id, NEW.listing_id, NEW.round, NEW.side, NEW.org_id, NEW.sent_at, NEW.valid_until, NEW.exclusive,
          NEW.terms, NEW.terms_hash, NEW.note)
         IS DISTINCT FROM
         (OLD.deal_id, OLD.listing_id, OLD.round, OLD.side, OLD.org_id, OLD.sent_at, OLD.valid_until, OLD.exclusive,
          OLD.terms, OLD.terms_hash, OLD.note) THEN
        RAISE EXCEPTION 'offer % was sent and cannot be edited', OLD.id USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER offer_sent_is_fixed BEFORE UPDATE ON offer FOR EACH ROW EXECUTE FUNCTION offer_sent_is_fixed()",
    "CREATE TRIGGER offer_kept BEFORE DELETE ON offer FOR EACH ROW EXECUTE FUNCTION refuse_change()",
]
FUNCTIONS = ["audit_append(text[])", "listing_owner_whole()", "offer_sent_is_fixed()", "refuse_change()"]

# The index, a disposable projection, as it was on this day; its row in search_index comes with the first write.
INDEX = [
    "CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public",
    "CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public",
    "CREATE OR REPLACE FUNCTION public.f_unaccent(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT lower(public.unaccent('public.unaccent'::regdictionary, normalize($1, NFC))) $$",
    "CREATE OR REPLACE AGGREGATE public.search_bits_cat(bit varying) (SFUNC = bitcat, STYPE = bit varying)",
    "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_ts_dict WHERE dictname = 'en_stem' AND dictnamespace = 'public'::regnamespace) THEN CREATE TEXT SEARCH DICTIONARY public.en_stem (TEMPLATE = pg_catalog.snowball, Language = english); END IF; END $$",
    "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_ts_config WHERE cfgname = 'vi' AND cfgnamespace = 'public'::regnamespace) THEN CREATE TEXT SEARCH CONFIGURATION public.vi (COPY = pg_catalog.simple); ALTER TEXT SEARCH CONFIGURATION public.vi ALTER MAPPING FOR asciiword, word, numword, asciihword, hword, numhword, hword_asciipart, hword_part, hword_numpart WITH public.unaccent, pg_catalog.simple; END IF; END $$",
    "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_ts_config WHERE cfgname = 'en' AND cfgnamespace = 'public'::regnamespace) THEN CREATE TEXT SEARCH CONFIGURATION public.en (COPY = pg_catalog.simple); ALTER TEXT SEARCH CONFIGURATION public.en ALTER MAPPING FOR asciiword, word, numword, asciihword, hword, numhword, hword_asciipart, hword_part, hword_numpart WITH public.unaccent, public.en_stem; END IF; END $$",
    """
    CREATE TABLE IF NOT EXISTS search_index (
        name VARCHAR NOT NULL,
        slot VARCHAR(1) NOT NULL,
        settings VARCHAR NOT NULL,
        built_at TIMESTAMP WITH TIME ZONE,
        building UUID,
        building_since TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_search_index PRIMARY KEY (name)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS search_removed (
        name VARCHAR NOT NULL,
        id UUID NOT NULL,
        CONSTRAINT pk_search_removed PRIMARY KEY (name, id)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS search_listings_a (
        ord INTEGER NOT NULL,
        id UUID NOT NULL,
        newest BIGINT NOT NULL,
        fresh BIGINT NOT NULL,
        trl BIGINT NOT NULL,
        price_low BIGINT NOT NULL,
        price_high BIGINT NOT NULL,
        title_key TEXT COLLATE "C" NOT NULL,
        head TSVECTOR NOT NULL,
        tsv TSVECTOR NOT NULL,
        facets TEXT[] NOT NULL,
        phrases TEXT[] NOT NULL,
        shown JSONB NOT NULL,
        CONSTRAINT pk_search_listings_a PRIMARY KEY (ord)
    )
    """,
    "CREATE INDEX IF NOT EXISTS ix_search_listings_a_head ON search_listings_a USING gin (head)",
    "CREATE INDEX IF NOT EXISTS ix_search_listings_a_newest ON search_listings_a (newest, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_listings_a_price_high ON search_listings_a (price_high, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_listings_a_price_low ON search_listings_a (price_low, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_listings_a_price_range ON search_listings_a (price_low, price_high) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_listings_a_title_key ON search_listings_a (title_key, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_listings_a_trl ON search_listings_a (trl, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_listings_a_tsv ON search_listings_a USING gin (tsv)",
    "CREATE UNIQUE INDEX IF NOT EXISTS uq_search_listings_a_id ON search_listings_a (id)",
    """
    CREATE TABLE IF NOT EXISTS search_listings_bits_a (
        facet TEXT COLLATE "C" NOT NULL,
        value TEXT COLLATE "C" NOT NULL,
        seg INTEGER NOT NULL,
        bits BIT(8192) NOT NULL,
        CONSTRAINT pk_search_listings_bits_a PRIMARY KEY (facet, value, seg)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS search_listings_phrases_a (
        phrase TEXT COLLATE "C" NOT NULL,
        folded TEXT COLLATE "C" NOT NULL,
        docs INTEGER NOT NULL,
        CONSTRAINT pk_search_listings_phrases_a PRIMARY KEY (phrase)
    )
    """,
    "CREATE INDEX IF NOT EXISTS ix_search_listings_phrases_a_folded ON search_listings_phrases_a (folded)",
    "CREATE INDEX IF NOT EXISTS ix_search_listings_phrases_a_trgm ON search_listings_phrases_a USING gin (folded gin_trgm_ops)",
    """
    CREATE TABLE IF NOT EXISTS search_listings_b (
        ord INTEGER NOT NULL,
        id UUID NOT NULL,
        newest BIGINT NOT NULL,
        fresh BIGINT NOT NULL,
        trl BIGINT NOT NULL,
        price_low BIGINT NOT NULL,
        price_high BIGINT NOT NULL,
        title_key TEXT COLLATE "C" NOT NULL,
        head TSVECTOR NOT NULL,
        tsv TSVECTOR NOT NULL,
        facets TEXT[] NOT NULL,
        phrases TEXT[] NOT NULL,
        shown JSONB NOT NULL,
        CONSTRAINT pk_search_listings_b PRIMARY KEY (ord)
    )
    """,
    "CREATE INDEX IF NOT EXISTS ix_search_listings_b_head ON search_listings_b USING gin (head)",
    "CREATE INDEX IF NOT EXISTS ix_search_listings_b_newest ON search_listings_b (newest, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_listings_b_price_high ON search_listings_b (price_high, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_listings_b_price_low ON search_listings_b (price_low, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_listings_b_price_range ON search_listings_b (price_low, price_high) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_listings_b_title_key ON search_listings_b (title_key, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_listings_b_trl ON search_listings_b (trl, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_listings_b_tsv ON search_listings_b USING gin (tsv)",
    "CREATE UNIQUE INDEX IF NOT EXISTS uq_search_listings_b_id ON search_listings_b (id)",
    """
    CREATE TABLE IF NOT EXISTS search_listings_bits_b (
        facet TEXT COLLATE "C" NOT NULL,
        value TEXT COLLATE "C" NOT NULL,
        seg INTEGER NOT NULL,
        bits BIT(8192) NOT NULL,
        CONSTRAINT pk_search_listings_bits_b PRIMARY KEY (facet, value, seg)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS search_listings_phrases_b (
        phrase TEXT COLLATE "C" NOT NULL,
        folded TEXT COLLATE "C" NOT NULL,
        docs INTEGER NOT NULL,
        CONSTRAINT pk_search_listings_phrases_b PRIMARY KEY (phrase)
    )
    """,
    "CREATE INDEX IF NOT EXISTS ix_search_listings_phrases_b_folded ON search_listings_phrases_b (folded)",
    "CREATE INDEX IF NOT EXISTS ix_search_listings_phrases_b_trgm ON search_listings_phrases_b USING gin (folded gin_trgm_ops)",
    """
    CREATE TABLE IF NOT EXISTS search_organisations_a (
        ord INTEGER NOT NULL,
        id UUID NOT NULL,
        newest BIGINT NOT NULL,
        fresh BIGINT NOT NULL,
        listings BIGINT NOT NULL,
        title_key TEXT COLLATE "C" NOT NULL,
        head TSVECTOR NOT NULL,
        tsv TSVECTOR NOT NULL,
        facets TEXT[] NOT NULL,
        phrases TEXT[] NOT NULL,
        shown JSONB NOT NULL,
        CONSTRAINT pk_search_organisations_a PRIMARY KEY (ord)
    )
    """,
    "CREATE INDEX IF NOT EXISTS ix_search_organisations_a_head ON search_organisations_a USING gin (head)",
    "CREATE INDEX IF NOT EXISTS ix_search_organisations_a_listings ON search_organisations_a (listings, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_organisations_a_newest ON search_organisations_a (newest, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_organisations_a_title_key ON search_organisations_a (title_key, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_organisations_a_tsv ON search_organisations_a USING gin (tsv)",
    "CREATE UNIQUE INDEX IF NOT EXISTS uq_search_organisations_a_id ON search_organisations_a (id)",
    """
    CREATE TABLE IF NOT EXISTS search_organisations_bits_a (
        facet TEXT COLLATE "C" NOT NULL,
        value TEXT COLLATE "C" NOT NULL,
        seg INTEGER NOT NULL,
        bits BIT(8192) NOT NULL,
        CONSTRAINT pk_search_organisations_bits_a PRIMARY KEY (facet, value, seg)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS search_organisations_phrases_a (
        phrase TEXT COLLATE "C" NOT NULL,
        folded TEXT COLLATE "C" NOT NULL,
        docs INTEGER NOT NULL,
        CONSTRAINT pk_search_organisations_phrases_a PRIMARY KEY (phrase)
    )
    """,
    "CREATE INDEX IF NOT EXISTS ix_search_organisations_phrases_a_folded ON search_organisations_phrases_a (folded)",
    "CREATE INDEX IF NOT EXISTS ix_search_organisations_phrases_a_trgm ON search_organisations_phrases_a USING gin (folded gin_trgm_ops)",
    """
    CREATE TABLE IF NOT EXISTS search_organisations_b (
        ord INTEGER NOT NULL,
        id UUID NOT NULL,
        newest BIGINT NOT NULL,
        fresh BIGINT NOT NULL,
        listings BIGINT NOT NULL,
        title_key TEXT COLLATE "C" NOT NULL,
        head TSVECTOR NOT NULL,
        tsv TSVECTOR NOT NULL,
        facets TEXT[] NOT NULL,
        phrases TEXT[] NOT NULL,
        shown JSONB NOT NULL,
        CONSTRAINT pk_search_organisations_b PRIMARY KEY (ord)
    )
    """,
    "CREATE INDEX IF NOT EXISTS ix_search_organisations_b_head ON search_organisations_b USING gin (head)",
    "CREATE INDEX IF NOT EXISTS ix_search_organisations_b_listings ON search_organisations_b (listings, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_organisations_b_newest ON search_organisations_b (newest, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_organisations_b_title_key ON search_organisations_b (title_key, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_organisations_b_tsv ON search_organisations_b USING gin (tsv)",
    "CREATE UNIQUE INDEX IF NOT EXISTS uq_search_organisations_b_id ON search_organisations_b (id)",
    """
    CREATE TABLE IF NOT EXISTS search_organisations_bits_b (
        facet TEXT COLLATE "C" NOT NULL,
        value TEXT COLLATE "C" NOT NULL,
        seg INTEGER NOT NULL,
        bits BIT(8192) NOT NULL,
        CONSTRAINT pk_search_organisations_bits_b PRIMARY KEY (facet, value, seg)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS search_organisations_phrases_b (
        phrase TEXT COLLATE "C" NOT NULL,
        folded TEXT COLLATE "C" NOT NULL,
        docs INTEGER NOT NULL,
        CONSTRAINT pk_search_organisations_phrases_b PRIMARY KEY (phrase)
    )
    """,
    "CREATE INDEX IF NOT EXISTS ix_search_organisations_phrases_b_folded ON search_organisations_phrases_b (folded)",
    "CREATE INDEX IF NOT EXISTS ix_search_organisations_phrases_b_trgm ON search_organisations_phrases_b USING gin (folded gin_trgm_ops)",
    "ALTER TABLE search_listings_a ALTER COLUMN head SET STORAGE PLAIN",
    "ALTER TABLE search_listings_a ALTER COLUMN title_key SET STORAGE MAIN",
    "ALTER TABLE search_listings_a SET (toast_tuple_target = 256)",
    "ALTER TABLE search_listings_bits_a ALTER COLUMN bits SET STORAGE MAIN",
    "ALTER TABLE search_listings_bits_a SET (toast_tuple_target = 128, fillfactor = 70)",
    "ALTER TABLE search_listings_b ALTER COLUMN head SET STORAGE PLAIN",
    "ALTER TABLE search_listings_b ALTER COLUMN title_key SET STORAGE MAIN",
    "ALTER TABLE search_listings_b SET (toast_tuple_target = 256)",
    "ALTER TABLE search_listings_bits_b ALTER COLUMN bits SET STORAGE MAIN",
    "ALTER TABLE search_listings_bits_b SET (toast_tuple_target = 128, fillfactor = 70)",
    "ALTER TABLE search_organisations_a ALTER COLUMN head SET STORAGE PLAIN",
    "ALTER TABLE search_organisations_a ALTER COLUMN title_key SET STORAGE MAIN",
    "ALTER TABLE search_organisations_a SET (toast_tuple_target = 256)",
    "ALTER TABLE search_organisations_bits_a ALTER COLUMN bits SET STORAGE MAIN",
    "ALTER TABLE search_organisations_bits_a SET (toast_tuple_target = 128, fillfactor = 70)",
    "ALTER TABLE search_organisations_b ALTER COLUMN head SET STORAGE PLAIN",
    "ALTER TABLE search_organisations_b ALTER COLUMN title_key SET STORAGE MAIN",
    "ALTER TABLE search_organisations_b SET (toast_tuple_target = 256)",
    "ALTER TABLE search_organisations_bits_b ALTER COLUMN bits SET STORAGE MAIN",
    "ALTER TABLE search_organisations_bits_b SET (toast_tuple_target = 128, fillfactor = 70)",
]

INDEX_DROP = [
    *(
        f"DROP TABLE search_{index}{kind}_{slot}"
        for index in ("listings", "organisations")
        for kind in ("", "_bits", "_phrases")
        for slot in ("a", "b")
    ),
    "DROP TABLE search_removed",
    "DROP TABLE search_index",
    "DROP TEXT SEARCH CONFIGURATION public.vi",
    "DROP TEXT SEARCH CONFIGURATION public.en",
    "DROP TEXT SEARCH DICTIONARY public.en_stem",
    "DROP AGGREGATE public.search_bits_cat(bit varying)",
    "DROP FUNCTION public.f_unaccent(text)",
]


def upgrade() -> None:
    _run(INDEX)
    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("action", sa.Text(), sa.Computed("(entry::jsonb ->> 'action')", persisted=True), nullable=False),
        sa.Column(
            "subject_type", sa.Text(), sa.Computed("(entry::jsonb ->> 'subject_type')", persisted=True), nullable=False
        ),
        sa.Column(
            "subject_id", sa.Text(), sa.Computed("(entry::jsonb ->> 'subject_id')", persisted=True), nullable=True
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_action_seq"), "audit_entry", ["action", "seq"], unique=False)
    op.create_index(op.f("ix_audit_entry_subject_id_seq"), "audit_entry", ["subject_id", "seq"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("chain", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("chain = 1", name=op.f("ck_audit_head_single")),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "notification",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_notification")),
    )
    op.create_index(op.f("ix_notification_subject_id"), "notification", ["subject_id"], unique=False)
    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name_vi", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("sort_name", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("province", sa.SmallInteger(), nullable=True),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("tax_code", sa.String(), nullable=True),
        sa.Column("about_vi", sa.Text(), nullable=True),
        sa.Column("about_en", sa.Text(), nullable=True),
        sa.Column("website", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('university','institute','company','cooperative','hospital','agency','individual','intermediary','operator','department')",
            name=op.f("ck_organisation_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_organisation_source_source_id")),
    )
    op.create_index(
        op.f("ix_organisation_sort_name_id"),
        "organisation",
        ["sort_name", "id"],
        unique=False,
        postgresql_ops={"sort_name": "text_ops"},
    )
    op.create_index(
        "uq_organisation_tax_code",
        "organisation",
        ["tax_code"],
        unique=True,
        postgresql_where=sa.text("tax_code IS NOT NULL"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index("uq_person_email", "person", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "rate_counter",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("window", sa.BigInteger(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "window", name=op.f("pk_rate_counter")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "state_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("org_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_state_change")),
    )
    op.create_index(op.f("ix_state_change_subject_id_id"), "state_change", ["subject_id", "id"], unique=False)
    op.create_index(op.f("ix_state_change_workflow_at"), "state_change", ["workflow", "at"], unique=False)
    op.create_table(
        "api_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=True),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_api_key_org_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_api_key_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_key_token_hash")),
    )
    op.create_index(op.f("ix_api_key_person_id"), "api_key", ["person_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["invited_by"], ["person.id"], name=op.f("fk_invitation_invited_by")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_invitation_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
    )
    op.create_index(op.f("ix_invitation_org_id"), "invitation", ["org_id"], unique=False)
    op.create_table(
        "listing",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reviewed_version", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completeness", sa.SmallInteger(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("source_url", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.String(), nullable=True),
        sa.Column("lang", sa.String(), nullable=False),
        sa.Column("title_vi", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=True),
        sa.Column("summary_vi", sa.Text(), nullable=True),
        sa.Column("summary_en", sa.Text(), nullable=True),
        sa.Column("field", sa.String(), nullable=True),
        sa.Column("priority", sa.String(), nullable=True),
        sa.Column("ipc", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("keywords", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("trl", sa.SmallInteger(), nullable=True),
        sa.Column("province", sa.SmallInteger(), nullable=True),
        sa.Column("funding", sa.String(), nullable=True),
        sa.Column("task_code", sa.String(), nullable=True),
        sa.Column("tiers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("story", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("registered", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ip_kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("protection_until", sa.Date(), nullable=True),
        sa.Column("modes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("price_policy", sa.String(), nullable=True),
        sa.Column("price_from", sa.BigInteger(), nullable=True),
        sa.Column("price_to", sa.BigInteger(), nullable=True),
        sa.Column("royalty_percent", sa.Numeric(precision=6, scale=3), nullable=True),
        sa.CheckConstraint("price_from <= price_to", name=op.f("ck_listing_price_order")),
        sa.CheckConstraint("trl BETWEEN 1 AND 9", name=op.f("ck_listing_trl")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_listing_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing")),
        sa.UniqueConstraint("number", name=op.f("uq_listing_number")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_listing_source_source_id")),
    )
    op.create_index(op.f("ix_listing_org_id_id"), "listing", ["org_id", "id"], unique=False)
    op.create_index(
        op.f("ix_listing_published_at_id"),
        "listing",
        ["published_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('published','reserved','transferred')"),
    )
    op.create_index(
        "ix_listing_queue",
        "listing",
        ["status_at"],
        unique=False,
        postgresql_where=sa.text("status = 'submitted' OR (status = 'published' AND reviewed_version < version)"),
    )
    op.create_table(
        "membership",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('owner','manager','member','viewer')", name=op.f("ck_membership_role")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_membership_org_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.PrimaryKeyConstraint("person_id", "org_id", name=op.f("pk_membership")),
    )
    op.create_index(op.f("ix_membership_org_id"), "membership", ["org_id"], unique=False)
    op.create_table(
        "password_reset",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_password_reset_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_reset")),
    )
    op.create_index(op.f("ix_password_reset_person_id"), "password_reset", ["person_id"], unique=False)
    op.create_table(
        "staff_duty",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("duty", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("duty IN ('operator','department','admin')", name=op.f("ck_staff_duty_duty")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_staff_duty_person_id")),
        sa.PrimaryKeyConstraint("person_id", "duty", name=op.f("pk_staff_duty")),
    )
    op.create_table(
        "user_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_user_session_org_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_user_session_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_session_token_hash")),
    )
    op.create_index(op.f("ix_user_session_expires_at"), "user_session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_user_session_person_id"), "user_session", ["person_id"], unique=False)
    op.create_table(
        "deal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("seller_org_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_org_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("intended_use", sa.Text(), nullable=True),
        sa.Column("turn", sa.String(), nullable=True),
        sa.Column("turn_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("turn_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evidence_level", sa.SmallInteger(), nullable=False),
        sa.Column("holds_listing", sa.Boolean(), nullable=False),
        sa.Column("agreed_offer_id", sa.Uuid(), nullable=True),
        sa.Column("agreed_value", sa.BigInteger(), nullable=True),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("turn IN ('seller','buyer')", name=op.f("ck_deal_turn")),
        sa.CheckConstraint("evidence_level BETWEEN 0 AND 5", name=op.f("ck_deal_evidence")),
        sa.CheckConstraint("seller_org_id <> buyer_org_id", name=op.f("ck_deal_two_parties")),
        sa.ForeignKeyConstraint(["buyer_org_id"], ["organisation.id"], name=op.f("fk_deal_buyer_org_id")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_deal_listing_id")),
        sa.ForeignKeyConstraint(["seller_org_id"], ["organisation.id"], name=op.f("fk_deal_seller_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal")),
        sa.UniqueConstraint("number", name=op.f("uq_deal_number")),
    )
    op.create_index(op.f("ix_deal_buyer_org_id_status_at"), "deal", ["buyer_org_id", "status_at"], unique=False)
    op.create_index(op.f("ix_deal_opened_at"), "deal", ["opened_at"], unique=False)
    op.create_index(op.f("ix_deal_seller_org_id_status_at"), "deal", ["seller_org_id", "status_at"], unique=False)
    op.create_index(
        "uq_deal_live",
        "deal",
        ["listing_id", "buyer_org_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('interested','negotiating','agreed')"),
    )
    op.create_table(
        "listing_confidential",
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_listing_confidential_listing_id")),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_listing_confidential")),
    )
    op.create_table(
        "listing_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_listing_file_listing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_file")),
    )
    op.create_index(op.f("ix_listing_file_listing_id"), "listing_file", ["listing_id"], unique=False)
    op.create_table(
        "listing_offer",
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("exclusivity", sa.String(), nullable=False),
        sa.Column("sublicence", sa.Boolean(), nullable=False),
        sa.Column("territory", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("field_of_use_vi", sa.Text(), nullable=True),
        sa.Column("field_of_use_en", sa.Text(), nullable=True),
        sa.Column("term_years", sa.SmallInteger(), nullable=True),
        sa.Column("price_policy", sa.String(), nullable=False),
        sa.Column("price_from", sa.BigInteger(), nullable=True),
        sa.Column("price_to", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("royalty_percent", sa.Numeric(precision=6, scale=3), nullable=True),
        sa.Column("royalty_base", sa.String(), nullable=True),
        sa.Column("training_days", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint("price_from <= price_to", name=op.f("ck_listing_offer_price_order")),
        sa.CheckConstraint("royalty_percent BETWEEN 0 AND 100", name=op.f("ck_listing_offer_royalty")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_listing_offer_listing_id")),
        sa.PrimaryKeyConstraint("listing_id", "position", name=op.f("pk_listing_offer")),
    )
    op.create_table(
        "listing_owner",
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("share", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("consented", sa.Boolean(), nullable=False),
        sa.CheckConstraint("share > 0 AND share <= 100", name=op.f("ck_listing_owner_share")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_listing_owner_listing_id")),
        sa.PrimaryKeyConstraint("listing_id", "position", name=op.f("pk_listing_owner")),
    )
    op.create_table(
        "listing_review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("advantages", sa.SmallInteger(), nullable=False),
        sa.Column("clarity", sa.SmallInteger(), nullable=False),
        sa.Column("cooperation", sa.SmallInteger(), nullable=False),
        sa.Column("language", sa.SmallInteger(), nullable=False),
        sa.Column("screening", sa.String(), nullable=False),
        sa.Column("list_version", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_listing_review_listing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_review")),
    )
    op.create_index(op.f("ix_listing_review_listing_id_at"), "listing_review", ["listing_id", "at"], unique=False)
    op.create_table(
        "listing_right",
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title_vi", sa.Text(), nullable=True),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("application_no", sa.String(), nullable=True),
        sa.Column("registration_no", sa.String(), nullable=True),
        sa.Column("filed", sa.Date(), nullable=True),
        sa.Column("granted", sa.Date(), nullable=True),
        sa.Column("expires", sa.Date(), nullable=True),
        sa.CheckConstraint("expires > filed", name=op.f("ck_listing_right_dates")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_listing_right_listing_id")),
        sa.PrimaryKeyConstraint("listing_id", "position", name=op.f("pk_listing_right")),
    )
    op.create_index(op.f("ix_listing_right_application_no"), "listing_right", ["application_no"], unique=False)
    op.create_index(op.f("ix_listing_right_registration_no"), "listing_right", ["registration_no"], unique=False)
    op.create_table(
        "listing_version",
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("changed", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_listing_version_listing_id")),
        sa.PrimaryKeyConstraint("listing_id", "version", name=op.f("pk_listing_version")),
    )
    op.create_table(
        "deal_evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("media_type", sa.String(), nullable=True),
        sa.Column("storage_key", sa.Text(), nullable=True),
        sa.Column("disputed_why", sa.Text(), nullable=True),
        sa.CheckConstraint("level BETWEEN 0 AND 5", name=op.f("ck_deal_evidence_level")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_deal_evidence_deal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_evidence")),
    )
    op.create_index(op.f("ix_deal_evidence_deal_id"), "deal_evidence", ["deal_id"], unique=False)
    op.create_index(
        "uq_deal_evidence_open",
        "deal_evidence",
        ["deal_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'contract' AND status IN ('reported', 'confirmed')"),
    )
    op.create_table(
        "offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("binding", sa.Boolean(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("terms_hash", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("side IN ('seller','buyer')", name=op.f("ck_offer_side")),
        sa.CheckConstraint("valid_until > sent_at", name=op.f("ck_offer_validity")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_offer_deal_id")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_offer_listing_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_offer_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("deal_id", "round", name=op.f("uq_offer_deal_id_round")),
    )
    op.create_index(
        "ix_offer_due", "offer", ["valid_until"], unique=False, postgresql_where=sa.text("status IN ('open','frozen')")
    )
    op.create_index(
        op.f("ix_offer_listing_id"),
        "offer",
        ["listing_id"],
        unique=False,
        postgresql_where=sa.text("status IN ('open','frozen')"),
    )
    op.create_index(
        "uq_offer_accepted", "offer", ["deal_id"], unique=True, postgresql_where=sa.text("status = 'accepted'")
    )
    op.create_index(
        "uq_offer_exclusive",
        "offer",
        ["listing_id"],
        unique=True,
        postgresql_where=sa.text("status = 'accepted' AND exclusive AND binding"),
    )
    op.create_index(
        "uq_offer_open", "offer", ["deal_id"], unique=True, postgresql_where=sa.text("status IN ('open','frozen')")
    )
    op.create_table(
        "deal_transaction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(kind = 'completion') = (reverses_id IS NULL)", name=op.f("ck_deal_transaction_reversal")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_deal_transaction_deal_id")),
        sa.ForeignKeyConstraint(["evidence_id"], ["deal_evidence.id"], name=op.f("fk_deal_transaction_evidence_id")),
        sa.ForeignKeyConstraint(["reverses_id"], ["deal_transaction.id"], name=op.f("fk_deal_transaction_reverses_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_transaction")),
    )
    op.create_index(
        "uq_deal_transaction_completion",
        "deal_transaction",
        ["evidence_id"],
        unique=True,
        postgresql_where=sa.text("kind='completion'"),
    )
    op.create_index("uq_deal_transaction_reversal", "deal_transaction", ["reverses_id"], unique=True)
    _run(RULES)
    # The queue's schema comes from its installed, pinned package.
    _run([outbox.schema_sql()])


def _run(statements: list[str]) -> None:
    for statement in statements:
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def downgrade() -> None:
    op.drop_index("uq_deal_transaction_reversal", table_name="deal_transaction")
    op.drop_index(
        "uq_deal_transaction_completion", table_name="deal_transaction", postgresql_where=sa.text("kind='completion'")
    )
    op.drop_table("deal_transaction")
    op.drop_index("uq_offer_open", table_name="offer", postgresql_where=sa.text("status IN ('open','frozen')"))
    op.drop_index(
        "uq_offer_exclusive",
        table_name="offer",
        postgresql_where=sa.text("status = 'accepted' AND exclusive AND binding"),
    )
    op.drop_index("uq_offer_accepted", table_name="offer", postgresql_where=sa.text("status = 'accepted'"))
    op.drop_index(
        op.f("ix_offer_listing_id"), table_name="offer", postgresql_where=sa.text("status IN ('open','frozen')")
    )
    op.drop_index("ix_offer_due", table_name="offer", postgresql_where=sa.text("status IN ('open','frozen')"))
    op.drop_table("offer")
    op.drop_index(
        "uq_deal_evidence_open",
        table_name="deal_evidence",
        postgresql_where=sa.text("kind = 'contract' AND status IN ('reported', 'confirmed')"),
    )
    op.drop_index(op.f("ix_deal_evidence_deal_id"), table_name="deal_evidence")
    op.drop_table("deal_evidence")
    op.drop_table("listing_version")
    op.drop_index(op.f("ix_listing_right_registration_no"), table_name="listing_right")
    op.drop_index(op.f("ix_listing_right_application_no"), table_name="listing_right")
    op.drop_table("listing_right")
    op.drop_index(op.f("ix_listing_review_listing_id_at"), table_name="listing_review")
    op.drop_table("listing_review")
    op.drop_table("listing_owner")
    op.drop_table("listing_offer")
    op.drop_index(op.f("ix_listing_file_listing_id"), table_name="listing_file")
    op.drop_table("listing_file")
    op.drop_table("listing_confidential")
    op.drop_index(
        "uq_deal_live", table_name="deal", postgresql_where=sa.text("status IN ('interested','negotiating','agreed')")
    )
    op.drop_index(op.f("ix_deal_seller_org_id_status_at"), table_name="deal")
    op.drop_index(op.f("ix_deal_opened_at"), table_name="deal")
    op.drop_index(op.f("ix_deal_buyer_org_id_status_at"), table_name="deal")
    op.drop_table("deal")
    op.drop_index(op.f("ix_user_session_person_id"), table_name="user_session")
    op.drop_index(op.f("ix_user_session_expires_at"), table_name="user_session")
    op.drop_table("user_session")
    op.drop_table("staff_duty")
    op.drop_index(op.f("ix_password_reset_person_id"), table_name="password_reset")
    op.drop_table("password_reset")
    op.drop_index(op.f("ix_membership_org_id"), table_name="membership")
    op.drop_table("membership")
    op.drop_index(
        "ix_listing_queue",
        table_name="listing",
        postgresql_where=sa.text("status = 'submitted' OR (status = 'published' AND reviewed_version < version)"),
    )
    op.drop_index(
        op.f("ix_listing_published_at_id"),
        table_name="listing",
        postgresql_where=sa.text("status IN ('published','reserved','transferred')"),
    )
    op.drop_index(op.f("ix_listing_org_id_id"), table_name="listing")
    op.drop_table("listing")
    op.drop_index(op.f("ix_invitation_org_id"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_index(op.f("ix_api_key_person_id"), table_name="api_key")
    op.drop_table("api_key")
    op.drop_index(op.f("ix_state_change_workflow_at"), table_name="state_change")
    op.drop_index(op.f("ix_state_change_subject_id_id"), table_name="state_change")
    op.drop_table("state_change")
    op.drop_table("rate_counter")
    op.drop_index("uq_person_email", table_name="person")
    op.drop_table("person")
    op.drop_index(
        "uq_organisation_tax_code", table_name="organisation", postgresql_where=sa.text("tax_code IS NOT NULL")
    )
    op.drop_index(
        op.f("ix_organisation_sort_name_id"), table_name="organisation", postgresql_ops={"sort_name": "text_ops"}
    )
    op.drop_table("organisation")
    op.drop_index(op.f("ix_notification_subject_id"), table_name="notification")
    op.drop_table("notification")
    op.drop_table("audit_head")
    op.drop_index(op.f("ix_audit_entry_subject_id_seq"), table_name="audit_entry")
    op.drop_index(op.f("ix_audit_entry_action_seq"), table_name="audit_entry")
    op.drop_table("audit_entry")
    _run([f"DROP FUNCTION {name}" for name in FUNCTIONS])
    _run(INDEX_DROP)
    _run(outbox.drop_sql())
