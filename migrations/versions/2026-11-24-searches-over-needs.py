"""Saved searches over needs beside those over listings; what a match found may be either.

Revision ID: 2026_11_24_alerts
Revises: 2026_11_24_matches
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_24_alerts"
down_revision = "2026_11_24_matches"
branch_labels = None
depends_on = None

SEARCH, MATCH = "saved_search", "saved_search_match"
RENAMED = "ALTER INDEX ix_saved_search_match_search_id_found_at_{}_id RENAME TO ix_saved_search_match_search_id_found_at_{}_id"


def upgrade() -> None:
    op.add_column(SEARCH, sa.Column("scope", sa.String(), nullable=False, server_default="listings"))
    op.alter_column(SEARCH, "scope", server_default=None)
    op.create_check_constraint(op.f("ck_saved_search_scope"), SEARCH, "scope IN ('listings','needs')")
    op.drop_constraint(op.f("uq_saved_search_person_id_query"), SEARCH, type_="unique")
    op.create_unique_constraint(op.f("uq_saved_search_person_id_scope_query"), SEARCH, ["person_id", "scope", "query"])
    op.drop_constraint(op.f("fk_saved_search_match_listing_id"), MATCH, type_="foreignkey")
    op.drop_index(op.f("ix_saved_search_match_listing_id"), table_name=MATCH)
    op.alter_column(MATCH, "listing_id", new_column_name="subject_id")
    op.execute(RENAMED.format("listing", "subject"))


def downgrade() -> None:
    # What is over needs has no place in the tables of before; its digests and matches go with it.
    op.execute("DELETE FROM saved_search WHERE scope = 'needs'")
    op.execute("DELETE FROM saved_search_match m WHERE NOT EXISTS (SELECT 1 FROM listing l WHERE l.id = m.subject_id)")
    op.execute(RENAMED.format("subject", "listing"))
    op.alter_column(MATCH, "subject_id", new_column_name="listing_id")
    op.create_index(op.f("ix_saved_search_match_listing_id"), MATCH, ["listing_id"])
    op.create_foreign_key(op.f("fk_saved_search_match_listing_id"), MATCH, "listing", ["listing_id"], ["id"])
    op.drop_constraint(op.f("uq_saved_search_person_id_scope_query"), SEARCH, type_="unique")
    op.create_unique_constraint(op.f("uq_saved_search_person_id_query"), SEARCH, ["person_id", "query"])
    op.drop_constraint(op.f("ck_saved_search_scope"), SEARCH, type_="check")
    op.drop_column(SEARCH, "scope")
