"""Needs: their tables by tier, who was let in, and their index.

Revision ID: 2026_11_24_needs
Revises: 2026_11_24_pending
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_24_needs"
down_revision = "2026_11_24_pending"
branch_labels = None
depends_on = None

# The index, a disposable projection, as it was on this day; its row in search_index comes with the first write.
INDEX = [
    """
    CREATE TABLE IF NOT EXISTS search_needs_a (
        ord INTEGER NOT NULL,
        id UUID NOT NULL,
        newest BIGINT NOT NULL,
        fresh BIGINT NOT NULL,
        deadline_day BIGINT NOT NULL,
        title_key TEXT COLLATE "C" NOT NULL,
        head TSVECTOR NOT NULL,
        tsv TSVECTOR NOT NULL,
        facets TEXT[] NOT NULL,
        phrases TEXT[] NOT NULL,
        shown JSONB NOT NULL,
        CONSTRAINT pk_search_needs_a PRIMARY KEY (ord)
    )
    """,
    "CREATE INDEX IF NOT EXISTS ix_search_needs_a_deadline_day ON search_needs_a (deadline_day, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_needs_a_deadline_range ON search_needs_a (deadline_day, deadline_day) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_needs_a_head ON search_needs_a USING gin (head)",
    "CREATE INDEX IF NOT EXISTS ix_search_needs_a_newest ON search_needs_a (newest, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_needs_a_title_key ON search_needs_a (title_key, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_needs_a_tsv ON search_needs_a USING gin (tsv)",
    "CREATE UNIQUE INDEX IF NOT EXISTS uq_search_needs_a_id ON search_needs_a (id)",
    """
    CREATE TABLE IF NOT EXISTS search_needs_bits_a (
        facet TEXT COLLATE "C" NOT NULL,
        value TEXT COLLATE "C" NOT NULL,
        seg INTEGER NOT NULL,
        bits BIT(8192) NOT NULL,
        CONSTRAINT pk_search_needs_bits_a PRIMARY KEY (facet, value, seg)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS search_needs_phrases_a (
        phrase TEXT COLLATE "C" NOT NULL,
        folded TEXT COLLATE "C" NOT NULL,
        docs INTEGER NOT NULL,
        CONSTRAINT pk_search_needs_phrases_a PRIMARY KEY (phrase)
    )
    """,
    "CREATE INDEX IF NOT EXISTS ix_search_needs_phrases_a_folded ON search_needs_phrases_a (folded)",
    "CREATE INDEX IF NOT EXISTS ix_search_needs_phrases_a_trgm ON search_needs_phrases_a USING gin (folded gin_trgm_ops)",
    """
    CREATE TABLE IF NOT EXISTS search_needs_b (
        ord INTEGER NOT NULL,
        id UUID NOT NULL,
        newest BIGINT NOT NULL,
        fresh BIGINT NOT NULL,
        deadline_day BIGINT NOT NULL,
        title_key TEXT COLLATE "C" NOT NULL,
        head TSVECTOR NOT NULL,
        tsv TSVECTOR NOT NULL,
        facets TEXT[] NOT NULL,
        phrases TEXT[] NOT NULL,
        shown JSONB NOT NULL,
        CONSTRAINT pk_search_needs_b PRIMARY KEY (ord)
    )
    """,
    "CREATE INDEX IF NOT EXISTS ix_search_needs_b_deadline_day ON search_needs_b (deadline_day, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_needs_b_deadline_range ON search_needs_b (deadline_day, deadline_day) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_needs_b_head ON search_needs_b USING gin (head)",
    "CREATE INDEX IF NOT EXISTS ix_search_needs_b_newest ON search_needs_b (newest, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_needs_b_title_key ON search_needs_b (title_key, id) INCLUDE (ord)",
    "CREATE INDEX IF NOT EXISTS ix_search_needs_b_tsv ON search_needs_b USING gin (tsv)",
    "CREATE UNIQUE INDEX IF NOT EXISTS uq_search_needs_b_id ON search_needs_b (id)",
    """
    CREATE TABLE IF NOT EXISTS search_needs_bits_b (
        facet TEXT COLLATE "C" NOT NULL,
        value TEXT COLLATE "C" NOT NULL,
        seg INTEGER NOT NULL,
        bits BIT(8192) NOT NULL,
        CONSTRAINT pk_search_needs_bits_b PRIMARY KEY (facet, value, seg)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS search_needs_phrases_b (
        phrase TEXT COLLATE "C" NOT NULL,
        folded TEXT COLLATE "C" NOT NULL,
        docs INTEGER NOT NULL,
        CONSTRAINT pk_search_needs_phrases_b PRIMARY KEY (phrase)
    )
    """,
    "CREATE INDEX IF NOT EXISTS ix_search_needs_phrases_b_folded ON search_needs_phrases_b (folded)",
    "CREATE INDEX IF NOT EXISTS ix_search_needs_phrases_b_trgm ON search_needs_phrases_b USING gin (folded gin_trgm_ops)",
    "ALTER TABLE search_needs_a ALTER COLUMN head SET STORAGE PLAIN",
    "ALTER TABLE search_needs_a ALTER COLUMN title_key SET STORAGE MAIN",
    "ALTER TABLE search_needs_a SET (toast_tuple_target = 256)",
    "ALTER TABLE search_needs_bits_a ALTER COLUMN bits SET STORAGE MAIN",
    "ALTER TABLE search_needs_bits_a SET (toast_tuple_target = 128, fillfactor = 70)",
    "ALTER TABLE search_needs_b ALTER COLUMN head SET STORAGE PLAIN",
    "ALTER TABLE search_needs_b ALTER COLUMN title_key SET STORAGE MAIN",
    "ALTER TABLE search_needs_b SET (toast_tuple_target = 256)",
    "ALTER TABLE search_needs_bits_b ALTER COLUMN bits SET STORAGE MAIN",
    "ALTER TABLE search_needs_bits_b SET (toast_tuple_target = 128, fillfactor = 70)",
]
SLOTS = [
    name
    for slot in "ab"
    for name in (f"search_needs_{slot}", f"search_needs_bits_{slot}", f"search_needs_phrases_{slot}")
]


def upgrade() -> None:
    op.create_table(
        "need",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completeness", sa.SmallInteger(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("winner_id", sa.Uuid(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("source_url", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("ordering_authority", sa.Text(), nullable=True),
        sa.Column("programme", sa.Text(), nullable=True),
        sa.Column("lang", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("summary_en", sa.Text(), nullable=True),
        sa.Column("field", sa.String(), nullable=True),
        sa.Column("priority", sa.String(), nullable=True),
        sa.Column("ipc", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("keywords", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("trl_min", sa.SmallInteger(), nullable=True),
        sa.Column("trl_max", sa.SmallInteger(), nullable=True),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("tiers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("gist", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("suggested", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("modes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("budget_min", sa.BigInteger(), nullable=True),
        sa.Column("budget_max", sa.BigInteger(), nullable=True),
        sa.Column("province", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint(
            "(status = 'closed') = (reason_code IS NOT NULL OR winner_id IS NOT NULL)", name=op.f("ck_need_closing")
        ),
        sa.CheckConstraint("NOT blind OR kind = 'enterprise'", name=op.f("ck_need_orders_are_named")),
        sa.CheckConstraint("kind IN ('enterprise', 'public_order')", name=op.f("ck_need_kind")),
        sa.CheckConstraint("budget_min <= budget_max", name=op.f("ck_need_budget_order")),
        sa.CheckConstraint(
            "trl_min BETWEEN 1 AND 9 AND trl_max BETWEEN 1 AND 9 AND trl_min <= trl_max", name=op.f("ck_need_trl")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_need_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need")),
        sa.UniqueConstraint("reference", name=op.f("uq_need_reference")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_need_source_source_id")),
    )
    op.create_index(
        "ix_need_deadline",
        "need",
        ["deadline"],
        unique=False,
        postgresql_where=sa.text("status IN ('published','matched')"),
    )
    op.create_index(op.f("ix_need_org_id_created_at"), "need", ["org_id", "created_at"], unique=False)
    op.create_index(
        "ix_need_queue", "need", ["status_at"], unique=False, postgresql_where=sa.text("status = 'submitted'")
    )
    op.create_table(
        "need_tier",
        sa.Column("need_id", sa.Uuid(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("tier IN ('broker', 'matched')", name=op.f("ck_need_tier_tier")),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name=op.f("fk_need_tier_need_id")),
        sa.PrimaryKeyConstraint("need_id", "tier", name=op.f("pk_need_tier")),
    )
    op.create_table(
        "need_reveal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("need_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("what IN ('broker', 'matched')", name=op.f("ck_need_reveal_what")),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name=op.f("fk_need_reveal_need_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_need_reveal_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need_reveal")),
        sa.UniqueConstraint("need_id", "org_id", "what", name=op.f("uq_need_reveal_need_id_org_id_what")),
    )
    op.execute(
        "CREATE TRIGGER need_reveal_append_only BEFORE UPDATE OR DELETE ON need_reveal"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    for statement in INDEX:
        op.execute(statement)


def downgrade() -> None:
    for name in SLOTS:
        op.execute(f"DROP TABLE IF EXISTS {name}")
    op.execute("DELETE FROM search_index WHERE name = 'needs'")
    op.drop_table("need_reveal")
    op.drop_table("need_tier")
    op.drop_table("need")
