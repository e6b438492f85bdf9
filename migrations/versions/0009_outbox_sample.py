"""PostgreSQL copies nothing of whom messages are for into what it knows for planning, where it would outlive the messages."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Sample keys and people no more, and drop what has been sampled, also of the words, which 0007 left."""
    if op.get_bind().dialect.name == "postgresql":
        _sample(0)
        _forget_samples()


def downgrade() -> None:
    """Sample them as all others."""
    if op.get_bind().dialect.name == "postgresql":
        _sample(-1)


def _sample(statistics: int) -> None:
    for column in ("key", "target"):
        op.execute(f"ALTER TABLE outbox ALTER COLUMN {column} SET STATISTICS {statistics}")


def _forget_samples() -> None:
    """Give columns the types that they have: that drops their samples and rewrites nothing."""
    for column, kind in (("key", "VARCHAR(200)"), ("target", "VARCHAR(200)"), ("body", "TEXT")):
        op.execute(f"ALTER TABLE outbox ALTER COLUMN {column} TYPE {kind}")
