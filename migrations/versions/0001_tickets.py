"""Tickets, their ledger and daily tallies, targets, claims and the audit log."""

import sqlalchemy as sa
from alembic import op

from bot.storage.database import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables; the ledgers of tickets and targets begin at version 0."""
    op.create_table(
        "ticket",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("first_response_at", UtcDateTime),
        sa.Column("solved_at", UtcDateTime),
        sa.Column("priority", sa.String(100)),
        sa.Column("team", sa.String(100)),
        sa.Column("customer", sa.String(500)),
        sa.Column("rating", sa.String(4)),
        sa.Column("rated_at", UtcDateTime),
        sa.Column("sla_due_at", UtcDateTime),
        sa.Column("sla_met", sa.Boolean),
        sa.Column("reopens", sa.Integer),
        sa.Column("article", sa.String(500)),
        sa.Column("status", sa.String(100)),
        sqlite_with_rowid=False,
    )
    ledger = op.create_table(
        "ledger",
        sa.Column("name", sa.String(50), primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("changed_at", UtcDateTime),
        sa.Column("source", sa.String(200)),
    )
    op.bulk_insert(ledger, [{"name": name, "version": 0} for name in ("tickets", "targets")])
    op.create_table(
        "tally",
        sa.Column("measure", sa.String(100), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("team", sa.String(100), primary_key=True),
        sa.Column("numerator", sa.BigInteger, nullable=False),
        sa.Column("denominator", sa.BigInteger, nullable=False),
        sa.Column("durations", sa.LargeBinary),
        sa.Column("due_by_minute", sa.LargeBinary),
        sa.Column("hits_by_minute", sa.LargeBinary),
    )
    op.create_table(
        "tally_basis",
        sa.Column("measure", sa.String(100), primary_key=True),
        sa.Column("digest", sa.String(100), nullable=False),
        sa.Column("threshold", sa.Integer),
        sa.Column("counted_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "target",
        sa.Column("slug", sa.String(100), primary_key=True),
        sa.Column("value", sa.Double, nullable=False),
        sa.Column("set_by", sa.String(50), nullable=False),
        sa.Column("set_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("who", sa.String(50), nullable=False),
        sa.Column("what", sa.String(50), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
    )
    op.create_index("ix_audit_what_subject", "audit", ["what", "subject"])
    op.create_table(
        "claim",
        sa.Column("key", sa.String(300), primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_claim_at", "claim", ["at"])


def downgrade() -> None:
    """Drop them all."""
    for table in ("claim", "audit", "target", "tally_basis", "tally", "ledger", "ticket"):
        op.drop_table(table)
