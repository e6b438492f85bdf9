"""Pulse surveys: plans, waves, who is asked, sealed ballot boxes with their keys, and answers after the close."""

import sqlalchemy as sa
from alembic import op

from bot.storage.database import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _id() -> sa.Column[int]:
    return sa.Column("id", _NUMBER, primary_key=True, autoincrement=True)


def _wave(*, is_key: bool = False) -> sa.Column[int]:
    of = sa.ForeignKey("pulse_wave.id")
    if is_key:
        return sa.Column("wave_id", _NUMBER, of, primary_key=True, autoincrement=False)
    return sa.Column("wave_id", _NUMBER, of, nullable=False)


def upgrade() -> None:
    """Make the tables, empty."""
    op.create_table(
        "ballot_key",
        sa.Column("ballot", sa.String(32), primary_key=True),
        sa.Column("answers", sa.LargeBinary, nullable=False),
        sa.Column("notes", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "ballot_box",
        sa.Column("ballot", sa.String(32), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("answers", sa.LargeBinary, nullable=False),
        sa.Column("notes", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "pulse_plan",
        _id(),
        sa.Column("owner", sa.String(50), nullable=False),
        sa.Column("terms", sa.Text, nullable=False),
        sa.Column("first", sa.String(20), nullable=False),
        sa.Column("zone", sa.String(60), nullable=False),
        sa.Column("rule", sa.String(200), nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "pulse_wave",
        _id(),
        sa.Column("plan_id", _NUMBER, sa.ForeignKey("pulse_plan.id")),
        sa.Column("owner", sa.String(50), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("terms", sa.Text, nullable=False),
        sa.Column("statements", sa.Text, nullable=False),
        sa.Column("frame", sa.Text),
        sa.Column("opens_at", UtcDateTime, nullable=False),
        sa.Column("closes_at", UtcDateTime, nullable=False),
        sa.Column("cursor", sa.String(300)),
        sa.Column("ballot", sa.String(32)),
        sa.Column("told", sa.String(100)),
        sa.Column("invited", sa.Integer),
        sa.Column("answered", sa.Integer),
        sa.Column("result", sa.Text),
        sa.Column("opened_at", UtcDateTime),
        sa.Column("closed_at", UtcDateTime),
        sa.Column("swept_at", UtcDateTime),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("plan_id", "opens_at", name="uq_pulse_wave_plan"),
    )
    op.create_index("ix_pulse_wave_state", "pulse_wave", ["state", "opens_at"])
    op.create_table(
        "pulse_seat",
        _wave(is_key=True),
        sa.Column("person", sa.String(50), primary_key=True),
        sa.Column("team", sa.String(40), nullable=False),
        sa.Column("zone", sa.String(60), nullable=False),
        sa.Column("box", sa.Integer),
        sa.Column("cell", sa.Integer),
    )
    op.create_index("ix_pulse_seat_zone", "pulse_seat", ["wave_id", "zone", "person"])
    op.create_table(
        "pulse_call",
        _wave(is_key=True),
        sa.Column("number", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("zone", sa.String(60), primary_key=True),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("reached", sa.String(50), nullable=False),
        sa.Column("is_done", sa.Boolean, nullable=False),
    )
    op.create_index("ix_pulse_call_due", "pulse_call", ["is_done", "due_at"])
    op.create_table(
        "pulse_answer",
        sa.Column("key", sa.String(32), primary_key=True),
        _wave(),
        sa.Column("cell", sa.Integer, nullable=False),
        sa.Column("said", sa.String(100), nullable=False),
    )
    op.create_index("ix_pulse_answer_wave", "pulse_answer", ["wave_id"])
    if op.get_bind().dialect.name == "postgresql":
        _leave_no_traces()


def _leave_no_traces() -> None:
    """Keep PostgreSQL from telling more than the rows do.

    It would copy wrapped keys into what it knows of its tables for planning, where they outlive their ballot, and mark
    in an index whom somebody has looked for (see PulseSeatRow).
    """
    for table in ("ballot_key", "ballot_box"):
        for column in ("answers", "notes"):
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")
    op.execute("ALTER TABLE pulse_seat SET (fillfactor = 40)")


def downgrade() -> None:
    """Drop the tables; what waves were is lost."""
    for table in (
        "pulse_answer",
        "pulse_call",
        "pulse_seat",
        "pulse_wave",
        "pulse_plan",
        "ballot_box",
        "ballot_key",
    ):
        op.drop_table(table)
