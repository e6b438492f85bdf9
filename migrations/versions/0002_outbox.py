"""The outbox of promised messages, and the lease that says who sends them."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from bot.storage.database import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables; the courier's lease is free."""
    op.create_table(
        "outbox",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("key", sa.String(200), nullable=False, unique=True),
        sa.Column("token", sa.String(32), nullable=False, unique=True),
        sa.Column("target", sa.String(200), nullable=False),
        sa.Column("parent", sa.String(200)),
        sa.Column("is_edit", sa.Boolean, nullable=False),
        sa.Column("is_private", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("priority", sa.SmallInteger, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime),
        sa.Column("next_at", UtcDateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("tried_at", UtcDateTime),
        sa.Column("term", sa.BigInteger),
        sa.Column("error", sa.String(200)),
        sa.Column("channel", sa.String(50)),
        sa.Column("thread_ts", sa.String(50)),
        sa.Column("ts", sa.String(50)),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("settled_at", UtcDateTime),
    )
    turn = ["state", "is_edit", "priority", "next_at", "id", "target"]
    op.create_index("ix_outbox_turn", "outbox", turn)
    op.create_index("ix_outbox_place", "outbox", ["channel", "ts"])
    op.create_index("ix_outbox_parent", "outbox", ["parent"])
    op.create_index("ix_outbox_settled", "outbox", ["settled_at"])
    lease = op.create_table(
        "lease",
        sa.Column("name", sa.String(50), primary_key=True),
        sa.Column("holder", sa.String(200), nullable=False),
        sa.Column("term", sa.BigInteger, nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.Column("taken_at", UtcDateTime, nullable=False),
    )
    long_ago = datetime(1970, 1, 1, tzinfo=UTC)
    free = {"name": "courier", "holder": "", "term": 0, "until": long_ago, "taken_at": long_ago}
    op.bulk_insert(lease, [free])


def downgrade() -> None:
    """Drop both; what was promised and not yet sent is lost."""
    op.drop_table("lease")
    op.drop_table("outbox")
