"""Action items, who has to do with them, and when they are told next."""

import sqlalchemy as sa
from alembic import op

from bot.storage.database import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; the history of an action is in the audit log."""
    op.create_table(
        "colleague",
        sa.Column("id", sa.String(50), primary_key=True),
        sa.Column("zone", sa.String(60), nullable=False),
        sa.Column("team", sa.String(40)),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "action",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("owner", sa.String(50), nullable=False),
        sa.Column("given_on", sa.Date, nullable=False),
        sa.Column("due_on", sa.Date),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("source_label", sa.String(300), nullable=False),
        sa.Column("source_link", sa.Text),
        sa.Column("private_to", sa.Text),
        sa.Column("created_by", sa.String(50), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("done_by", sa.String(50)),
        sa.Column("done_at", UtcDateTime),
        sa.Column("verifier", sa.String(50)),
        sa.Column("verified_by", sa.String(50)),
        sa.Column("verified_at", UtcDateTime),
        sa.Column("reason", sa.Text),
        sa.Column("snoozed_until", sa.Date),
        sa.Column("nudges", sa.Integer, nullable=False),
        sa.Column("asked_on", sa.Date),
        sa.Column("escalate_to", sa.String(50)),
        sa.Column("escalated_on", sa.Date),
        sa.Column("escalations", sa.Integer, nullable=False),
    )
    op.create_index("ix_action_owner", "action", ["owner", "state"])
    op.create_index("ix_action_verifier", "action", ["verifier", "state"])
    op.create_index("ix_action_escalate_to", "action", ["escalate_to"])
    op.create_index("ix_action_source", "action", ["source"])
    op.create_index("ix_action_state", "action", ["state", "due_on"])
    op.create_table(
        "action_wake",
        sa.Column("person", sa.String(50), primary_key=True),
        sa.Column("at", UtcDateTime),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("reminded_at", UtcDateTime),
    )
    op.create_index("ix_action_wake_at", "action_wake", ["at"])


def downgrade() -> None:
    """Drop them; what was done with actions stays in the audit log."""
    op.drop_table("action_wake")
    op.drop_table("action")
    op.drop_table("colleague")
