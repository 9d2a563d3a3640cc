"""Who takes part in a deal: the parties, and whoever joins them.

Revision ID: 2026_12_01_participants
Revises: 2026_11_24_alerts
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_participants"
down_revision = "2026_11_24_alerts"
branch_labels = None
depends_on = None

TABLE = "deal_participant"
CAPACITIES = "'seller','buyer','seller_broker','buyer_broker','valuer','appraiser','adviser'"
# The parties of deals opened before: one row each. Ids of version 4, for no order among them is asked for.
PARTIES = """
    INSERT INTO deal_participant (id, deal_id, org_id, capacity, handler_id, since)
    SELECT gen_random_uuid(), d.id, p.org_id, p.capacity, p.handler_id, d.opened_at
    FROM deal d CROSS JOIN LATERAL (VALUES
        (d.seller_org_id, 'seller', CAST(NULL AS uuid)),
        (d.buyer_org_id, 'buyer', d.opened_by)
    ) AS p (org_id, capacity, handler_id)
"""


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("capacity", sa.String(), nullable=False),
        sa.Column("handler_id", sa.Uuid(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.CheckConstraint(f"capacity IN ({CAPACITIES})", name=op.f("ck_deal_participant_capacity")),
        sa.CheckConstraint("(until IS NULL) = (ended_why IS NULL)", name=op.f("ck_deal_participant_ended")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_deal_participant_deal_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_deal_participant_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_participant")),
    )
    live = sa.text("until IS NULL")
    op.create_index("ix_deal_participant_org", TABLE, ["org_id", "deal_id"], postgresql_where=live)
    op.create_index("uq_deal_participant_live", TABLE, ["deal_id", "org_id"], unique=True, postgresql_where=live)
    op.execute(PARTIES)


def downgrade() -> None:
    op.drop_table(TABLE)
