"""The deal desk: messages with files and read marks, tasks, notes, hand-overs, stalls, calendar feeds.

Revision ID: 2026_12_01_desk
Revises: 2026_12_01_rounds
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_desk"
down_revision = "2026_12_01_rounds"
branch_labels = None
depends_on = None

# What was sent stays as it was sent: only the state of a message moves, and its files never change.
FIXED = [
    """
    CREATE FUNCTION desk_message_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (NEW.id, NEW.deal_id, NEW.seq, NEW.channel, NEW.org_id, NEW.person_id, NEW.person_name, NEW.body, NEW.sent_at)
         IS DISTINCT FROM
         (OLD.id, OLD.deal_id, OLD.seq, OLD.channel, OLD.org_id, OLD.person_id, OLD.person_name, OLD.body, OLD.sent_at)
      THEN
        RAISE EXCEPTION 'message % was sent and cannot be edited', OLD.id USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER desk_message_is_fixed BEFORE UPDATE ON desk_message FOR EACH ROW"
    " EXECUTE FUNCTION desk_message_is_fixed()",
    "CREATE TRIGGER desk_message_kept BEFORE DELETE ON desk_message FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER desk_file_kept BEFORE UPDATE OR DELETE ON desk_file FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER desk_handover_kept BEFORE UPDATE OR DELETE ON desk_handover FOR EACH ROW"
    " EXECUTE FUNCTION refuse_change()",
]


def upgrade() -> None:
    op.create_table(
        "desk_feed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("titles", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_desk_feed_org_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_desk_feed_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_desk_feed_token_hash")),
    )
    op.create_index(
        "uq_desk_feed_live",
        "desk_feed",
        ["person_id", "org_id"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "desk_handover",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=True),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("tasks", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_desk_handover_deal_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_desk_handover_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_handover")),
    )
    op.create_index(op.f("ix_desk_handover_deal_id_org_id"), "desk_handover", ["deal_id", "org_id"], unique=False)
    op.create_table(
        "desk_mail",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("upto", sa.Integer(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_desk_mail_deal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_mail")),
    )
    op.create_index(op.f("ix_desk_mail_deal_id_person_id"), "desk_mail", ["deal_id", "person_id"], unique=False)
    op.create_index(
        "ix_desk_mail_unsent", "desk_mail", ["created_at"], unique=False, postgresql_where=sa.text("sent_at IS NULL")
    )
    op.create_index(
        "uq_desk_mail_open", "desk_mail", ["deal_id", "person_id"], unique=True, postgresql_where=sa.text("open")
    )
    op.create_table(
        "desk_mark",
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("org_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_desk_mark_deal_id")),
        sa.PrimaryKeyConstraint("deal_id", "person_id", "channel", name=op.f("pk_desk_mark")),
    )
    op.create_table(
        "desk_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("channel IN ('all','seller','buyer')", name=op.f("ck_desk_message_channel")),
        sa.CheckConstraint("status IN ('sent','retracted')", name=op.f("ck_desk_message_status")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_desk_message_deal_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_desk_message_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_message")),
        sa.UniqueConstraint("deal_id", "seq", name=op.f("uq_desk_message_deal_id_seq")),
    )
    op.create_index(
        "ix_desk_message_recent", "desk_message", ["sent_at"], unique=False, postgresql_where=sa.text("status = 'sent'")
    )
    op.create_table(
        "desk_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("scope IN ('private','organisation')", name=op.f("ck_desk_note_scope")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_desk_note_deal_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_desk_note_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_note")),
    )
    op.create_index(op.f("ix_desk_note_deal_id_org_id"), "desk_note", ["deal_id", "org_id"], unique=False)
    op.create_table(
        "desk_stall",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("turn_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("side IN ('seller','buyer')", name=op.f("ck_desk_stall_side")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_desk_stall_deal_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_desk_stall_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_stall")),
        sa.UniqueConstraint("deal_id", "turn_since", name=op.f("uq_desk_stall_deal_id_turn_since")),
    )
    op.create_table(
        "desk_task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("suggestion", sa.String(), nullable=True),
        sa.Column("due_told", sa.Date(), nullable=True),
        sa.Column("overdue_told", sa.Date(), nullable=True),
        sa.CheckConstraint("channel IN ('all','seller','buyer')", name=op.f("ck_desk_task_channel")),
        sa.CheckConstraint("status IN ('open','done','dropped')", name=op.f("ck_desk_task_status")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_desk_task_deal_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_desk_task_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_task")),
    )
    op.create_index(
        "ix_desk_task_assignee", "desk_task", ["assignee_id"], unique=False, postgresql_where=sa.text("status = 'open'")
    )
    op.create_index(op.f("ix_desk_task_deal_id"), "desk_task", ["deal_id"], unique=False)
    op.create_index(
        "ix_desk_task_due", "desk_task", ["due_on"], unique=False, postgresql_where=sa.text("status = 'open'")
    )
    op.create_index("uq_desk_task_suggestion", "desk_task", ["deal_id", "channel", "suggestion"], unique=True)
    op.create_table(
        "desk_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["desk_message.id"], name=op.f("fk_desk_file_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_file")),
    )
    op.create_index(op.f("ix_desk_file_message_id"), "desk_file", ["message_id"], unique=False)
    for statement in FIXED:
        op.execute(statement)


def downgrade() -> None:
    op.drop_index(op.f("ix_desk_file_message_id"), table_name="desk_file")
    op.drop_table("desk_file")
    op.drop_index("uq_desk_task_suggestion", table_name="desk_task")
    op.drop_index("ix_desk_task_due", table_name="desk_task", postgresql_where=sa.text("status = 'open'"))
    op.drop_index(op.f("ix_desk_task_deal_id"), table_name="desk_task")
    op.drop_index("ix_desk_task_assignee", table_name="desk_task", postgresql_where=sa.text("status = 'open'"))
    op.drop_table("desk_task")
    op.drop_table("desk_stall")
    op.drop_index(op.f("ix_desk_note_deal_id_org_id"), table_name="desk_note")
    op.drop_table("desk_note")
    op.drop_index("ix_desk_message_recent", table_name="desk_message", postgresql_where=sa.text("status = 'sent'"))
    op.drop_table("desk_message")
    op.drop_table("desk_mark")
    op.drop_index("uq_desk_mail_open", table_name="desk_mail", postgresql_where=sa.text("open"))
    op.drop_index("ix_desk_mail_unsent", table_name="desk_mail", postgresql_where=sa.text("sent_at IS NULL"))
    op.drop_index(op.f("ix_desk_mail_deal_id_person_id"), table_name="desk_mail")
    op.drop_table("desk_mail")
    op.drop_index(op.f("ix_desk_handover_deal_id_org_id"), table_name="desk_handover")
    op.drop_table("desk_handover")
    op.drop_index("uq_desk_feed_live", table_name="desk_feed", postgresql_where=sa.text("revoked_at IS NULL"))
    op.drop_table("desk_feed")
    op.execute("DROP FUNCTION desk_message_is_fixed()")
