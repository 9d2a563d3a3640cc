"""Price evidence: in which way a technology changes hands stands on the deal from the day its terms are agreed.

Revision ID: 2026_12_01_price_evidence
Revises: 2026_12_01_valuations
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_price_evidence"
down_revision = "2026_12_01_valuations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deal", sa.Column("agreed_mode", sa.String(), nullable=True))
    op.execute("UPDATE deal SET agreed_mode = o.terms->>'mode' FROM offer o WHERE o.id = deal.agreed_offer_id")


def downgrade() -> None:
    op.drop_column("deal", "agreed_mode")
