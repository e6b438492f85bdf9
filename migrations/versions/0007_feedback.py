"""Feedback: what one person gives another or notes for themselves, and the sealed pools for the leadership."""

import sqlalchemy as sa
from alembic import op

from bot.storage.database import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables, empty."""
    op.create_table(
        "feedback",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("giver", sa.String(50), nullable=False),
        sa.Column("receiver", sa.String(50)),
        sa.Column("relation", sa.String(30), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("answers", sa.Text, nullable=False),
        sa.Column("given_at", UtcDateTime, nullable=False),
        sa.Column("reply_to", _NUMBER),
        sa.Column("channel", sa.String(50)),
        sa.Column("ts", sa.String(50)),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feedback_giver", "feedback", ["giver", "id"])
    op.create_index("ix_feedback_receiver", "feedback", ["receiver", "id"])
    op.create_index("ix_feedback_given_at", "feedback", ["given_at"])
    op.create_table(
        "feedback_pool",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("ballot", sa.String(32), nullable=False),
        sa.Column("seats", sa.Integer, nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("released_at", UtcDateTime),
        sa.Column("swept_at", UtcDateTime),
    )
    if op.get_bind().dialect.name == "postgresql":
        _sample_words(0)


def _sample_words(statistics: int) -> None:
    """Say how much PostgreSQL copies of people's words into what it knows for planning, where they would outlive an erasing."""
    for table, column in (("feedback", "answers"), ("outbox", "body")):
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS {statistics}")


def downgrade() -> None:
    """Drop the tables; what people gave each other is lost."""
    if op.get_bind().dialect.name == "postgresql":
        _sample_words(-1)
    op.drop_table("feedback_pool")
    op.drop_table("feedback")
