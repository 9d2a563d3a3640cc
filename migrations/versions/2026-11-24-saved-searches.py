"""Saved searches and their digests; evidence level and freshness to search by; numbers and names to look up.

Revision ID: 2026_11_24_searches
Revises: 2026_11_24_open
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_24_searches"
down_revision = "2026_11_24_open"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
COMPACT = "lower(regexp_replace({}, '[^[:alnum:]]', '', 'g'))"
SLOTS = ("search_listings_a", "search_listings_b")


def upgrade() -> None:
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("frequency", sa.String(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("since", AT, nullable=False),
        sa.Column("checked_at", AT, nullable=False),
        sa.Column("next_digest_at", AT, nullable=True),
        sa.Column("paused_at", AT, nullable=True),
        sa.CheckConstraint("frequency IN ('at_once','daily','weekly')", name=op.f("ck_saved_search_frequency")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_saved_search_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint("person_id", "query", name=op.f("uq_saved_search_person_id_query")),
    )
    running = sa.text("paused_at IS NULL")
    op.create_index("ix_saved_search_running", "saved_search", ["checked_at"], postgresql_where=running)
    op.create_table(
        "saved_search_digest",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("claimed_until", AT, nullable=True),
        sa.Column("sent_at", AT, nullable=True),
        sa.ForeignKeyConstraint(
            ["search_id"], ["saved_search.id"], name=op.f("fk_saved_search_digest_search_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search_digest")),
    )
    op.create_index(op.f("ix_saved_search_digest_search_id"), "saved_search_digest", ["search_id"])
    unsent = sa.text("sent_at IS NULL")
    op.create_index("ix_saved_search_digest_unsent", "saved_search_digest", ["created_at"], postgresql_where=unsent)
    op.create_table(
        "saved_search_match",
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("found_at", AT, nullable=False),
        sa.Column("seen_at", AT, nullable=True),
        sa.Column("digest_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["search_id"], ["saved_search.id"], name=op.f("fk_saved_search_match_search_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_saved_search_match_listing_id")),
        sa.ForeignKeyConstraint(
            ["digest_id"], ["saved_search_digest.id"], name=op.f("fk_saved_search_match_digest_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("search_id", "listing_id", name=op.f("pk_saved_search_match")),
    )
    untold, unseen = sa.text("digest_id IS NULL"), sa.text("seen_at IS NULL")
    op.create_index("ix_saved_search_match_untold", "saved_search_match", ["search_id"], postgresql_where=untold)
    op.create_index("ix_saved_search_match_unseen", "saved_search_match", ["search_id"], postgresql_where=unseen)
    op.create_index(
        op.f("ix_saved_search_match_search_id_found_at_listing_id"),
        "saved_search_match",
        ["search_id", "found_at", "listing_id"],
    )
    op.create_index(op.f("ix_saved_search_match_digest_id"), "saved_search_match", ["digest_id"])
    op.create_index(op.f("ix_saved_search_match_listing_id"), "saved_search_match", ["listing_id"])
    op.create_table(
        "catalogue_change",
        sa.Column("one", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.CheckConstraint("one = 1", name=op.f("ck_catalogue_change_single")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_catalogue_change")),
    )
    op.execute("INSERT INTO catalogue_change (one, at) VALUES (1, '2026-11-24T00:00:00Z')")

    op.add_column("listing", sa.Column("evidence_level", sa.SmallInteger(), nullable=True))
    op.create_check_constraint(op.f("ck_listing_evidence"), "listing", "evidence_level BETWEEN 0 AND 5")
    op.execute(
        "UPDATE listing l SET evidence_level = d.level FROM"
        " (SELECT listing_id, max(evidence_level) AS level FROM deal GROUP BY 1) d WHERE d.listing_id = l.id"
    )
    for column in ("application", "registration"):
        name = f"ix_listing_right_{column}_compact"
        op.create_index(name, "listing_right", [sa.text(COMPACT.format(f"{column}_no"))])
    op.add_column(
        "organisation",
        sa.Column(
            "folded",
            sa.Text(collation="C"),
            sa.Computed("f_unaccent((name_vi || ' '::text) || coalesce(name_en, ''::text))", persisted=True),
            nullable=False,
        ),
    )
    op.create_index(
        "ix_organisation_folded",
        "organisation",
        ["folded"],
        postgresql_using="gin",
        postgresql_ops={"folded": "gin_trgm_ops"},
    )
    # The index is made from today's settings on a new database, and lacks the column on an older one; there the
    # day is unknown until `santex reindex`, which a changed settings' hash asks for.
    for table in SLOTS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS refreshed_day bigint NOT NULL DEFAULT 0")
        op.execute(f"ALTER TABLE {table} ALTER COLUMN refreshed_day DROP DEFAULT")
        op.execute(
            f"CREATE INDEX IF NOT EXISTS ix_{table}_refreshed_range ON {table} (refreshed_day, refreshed_day)"
            " INCLUDE (ord)"
        )


def downgrade() -> None:
    for table in SLOTS:
        op.execute(f"ALTER TABLE {table} DROP COLUMN refreshed_day")
    op.drop_index("ix_organisation_folded", table_name="organisation")
    op.drop_column("organisation", "folded")
    op.drop_index("ix_listing_right_registration_compact", table_name="listing_right")
    op.drop_index("ix_listing_right_application_compact", table_name="listing_right")
    op.drop_constraint(op.f("ck_listing_evidence"), "listing", type_="check")
    op.drop_column("listing", "evidence_level")
    op.drop_table("catalogue_change")
    op.drop_table("saved_search_match")
    op.drop_table("saved_search_digest")
    op.drop_table("saved_search")
