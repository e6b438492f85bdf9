"""Incidents with their times, timeline, corrections, root cause analyses, alerts, and announced maintenance."""

import sqlalchemy as sa
from alembic import op

from bot.storage.database import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _id() -> sa.Column[int]:
    return sa.Column("id", _NUMBER, primary_key=True, autoincrement=True)


def _incident(*, is_key: bool = False) -> sa.Column[int]:
    of = sa.ForeignKey("incident.id")
    if is_key:
        return sa.Column("incident_id", _NUMBER, of, primary_key=True, autoincrement=False)
    return sa.Column("incident_id", _NUMBER, of, nullable=False)


def upgrade() -> None:
    """Make the tables, empty."""
    op.create_table(
        "incident",
        _id(),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("title", sa.String(150), nullable=False),
        sa.Column("severity", sa.String(40), nullable=False),
        sa.Column("customers", sa.String(20)),
        sa.Column("effect", sa.String(20)),
        sa.Column("noticed", sa.String(20)),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("is_restricted", sa.Boolean, nullable=False),
        sa.Column("is_backdated", sa.Boolean, nullable=False),
        sa.Column("void", sa.String(20)),
        sa.Column("duplicate_of", _NUMBER, sa.ForeignKey("incident.id")),
        sa.Column("repeat_of", _NUMBER, sa.ForeignKey("incident.id")),
        sa.Column("repeat_is_confirmed", sa.Boolean, nullable=False),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.Column("started_at", UtcDateTime),
        sa.Column("detected_at", UtcDateTime),
        sa.Column("declared_at", UtcDateTime, nullable=False),
        sa.Column("acknowledged_at", UtcDateTime),
        sa.Column("mitigated_at", UtcDateTime),
        sa.Column("resolved_at", UtcDateTime),
        sa.Column("closed_at", UtcDateTime),
        sa.Column("reopened_at", UtcDateTime),
        sa.Column("reopens", sa.Integer, nullable=False),
        sa.Column("declared_by", sa.String(50), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("lead", sa.String(50)),
        sa.Column("comms", sa.String(50)),
        sa.Column("told_at", UtcDateTime),
        sa.Column("next_update_at", UtcDateTime),
        sa.Column("intervals", sa.Integer, nullable=False),
        sa.Column("intervals_kept", sa.Integer, nullable=False),
        sa.Column("longest_silence", sa.Integer, nullable=False),
        sa.Column("channel", sa.String(50)),
        sa.Column("card_channel", sa.String(50)),
        sa.Column("card_ts", sa.String(50)),
        sa.UniqueConstraint("kind", "number", name="uq_incident_number"),
    )
    for name, columns in (
        ("began", ["began_at"]),
        ("resolved", ["resolved_at", "void", "began_at"]),
        ("state", ["state", "void", "next_update_at"]),
        ("duplicate", ["duplicate_of"]),
        ("channel", ["channel"]),
        ("card", ["card_channel", "card_ts"]),
    ):
        op.create_index(f"ix_incident_{name}", "incident", columns)
    op.create_table(
        "incident_service",
        _incident(is_key=True),
        sa.Column("service", sa.String(75), primary_key=True),
        sa.Column("started_at", UtcDateTime),
        sa.Column("ended_at", UtcDateTime),
    )
    op.create_index("ix_incident_service", "incident_service", ["service"])
    op.create_table(
        "incident_spell",
        _id(),
        _incident(),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_incident_spell", "incident_spell", ["incident_id"])
    op.create_table(
        "incident_person",
        _incident(is_key=True),
        sa.Column("person", sa.String(50), primary_key=True),
        sa.Column("since", UtcDateTime, nullable=False),
    )
    op.create_table(
        "incident_entry",
        _id(),
        _incident(),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("said_at", UtcDateTime, nullable=False),
        sa.Column("author", sa.String(50), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("channel", sa.String(50)),
        sa.Column("ts", sa.String(50)),
        sa.UniqueConstraint("incident_id", "channel", "ts", name="uq_incident_entry_place"),
    )
    op.create_index("ix_incident_entry", "incident_entry", ["incident_id", "at"])
    op.create_index("ix_incident_entry_place", "incident_entry", ["channel", "ts"])
    op.create_table(
        "incident_change",
        _id(),
        _incident(),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("who", sa.String(50), nullable=False),
        sa.Column("part", sa.String(50), nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("why", sa.Text),
    )
    op.create_index("ix_incident_change", "incident_change", ["incident_id"])
    op.create_table(
        "incident_counter",
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )
    op.create_table(
        "incident_step",
        _incident(is_key=True),
        sa.Column("step", sa.String(100), primary_key=True),
        sa.Column("next_at", UtcDateTime),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("error", sa.String(200)),
        sa.Column("done_at", UtcDateTime),
    )
    op.create_index("ix_incident_step_due", "incident_step", ["next_at"])
    op.create_table(
        "incident_alert",
        _id(),
        _incident(),
        sa.Column("fingerprint", sa.String(200), nullable=False),
        sa.Column("is_firing", sa.Boolean, nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("heard_at", UtcDateTime, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
    )
    op.create_index("ix_incident_alert", "incident_alert", ["incident_id"])
    op.create_index(
        "uq_incident_alert_firing",
        "incident_alert",
        ["fingerprint"],
        unique=True,
        sqlite_where=sa.text("is_firing"),
        postgresql_where=sa.text("is_firing"),
    )
    op.create_table(
        "incident_rca",
        _incident(is_key=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("owner", sa.String(50), nullable=False),
        sa.Column("due_on", sa.Date),
        sa.Column("due_zone", sa.String(50)),
        *(
            sa.Column(name, sa.Text)
            for name in ("summary", "impact", "detection", "factors", "root_cause")
        ),
        sa.Column("cause_class", sa.String(40)),
        *(sa.Column(name, sa.Text) for name in ("went_well", "went_badly", "lucky")),
        sa.Column("no_repeat", sa.Boolean, nullable=False),
        sa.Column("no_action", sa.Text),
        sa.Column("submitted_at", UtcDateTime),
        sa.Column("submitted_by", sa.String(50)),
        sa.Column("reviewed_at", UtcDateTime),
        sa.Column("reviewed_by", sa.String(50)),
        sa.Column("unplanned_since", UtcDateTime),
        sa.Column("reminded_on", sa.Date),
        sa.Column("escalated_on", sa.Date),
    )
    op.create_index("ix_incident_rca_state", "incident_rca", ["state", "due_on"])
    op.create_index("ix_incident_rca_unplanned", "incident_rca", ["unplanned_since"])
    op.create_table(
        "incident_check",
        _incident(is_key=True),
        sa.Column("days", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("asks", sa.Integer, nullable=False),
        sa.Column("asked_at", UtcDateTime),
        sa.Column("answered_at", UtcDateTime),
        sa.Column("answered_by", sa.String(50)),
        sa.Column("came_back", sa.Boolean),
    )
    op.create_index("ix_incident_check_due", "incident_check", ["answered_at", "due_on"])
    op.create_table(
        "maintenance",
        _id(),
        sa.Column("service", sa.String(75), nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("made_by", sa.String(50), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_maintenance_service", "maintenance", ["service", "starts_at"])


def downgrade() -> None:
    """Drop them; the incidents and what was written about them are lost."""
    for table in (
        *("maintenance", "incident_check", "incident_rca", "incident_alert", "incident_step"),
        *("incident_counter", "incident_change", "incident_entry", "incident_person"),
        *("incident_spell", "incident_service", "incident"),
    ):
        op.drop_table(table)
