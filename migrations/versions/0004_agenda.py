"""Series of meetings, their meetings, what people said for them, calendars they follow, and managers' own templates."""

import sqlalchemy as sa
from alembic import op

from bot.storage.database import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables, empty."""
    op.create_table(
        "series",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("template", sa.String(100), nullable=False),
        sa.Column("title", sa.String(150), nullable=False),
        sa.Column("owner", sa.String(50), nullable=False),
        sa.Column("target", sa.String(200), nullable=False),
        sa.Column("attendees", sa.Text, nullable=False),
        sa.Column("team", sa.String(100)),
        sa.Column("zone", sa.String(100), nullable=False),
        sa.Column("first_on", sa.Date, nullable=False),
        sa.Column("at_time", sa.String(5), nullable=False),
        sa.Column("rrule", sa.String(200)),
        sa.Column("calendar_url", sa.String(2000)),
        sa.Column("lead_minutes", sa.Integer, nullable=False),
        sa.Column("holidays", sa.Text, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("created_by", sa.String(50), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_series_target", "series", ["target"])
    op.create_table(
        "meeting",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("series_id", _NUMBER, sa.ForeignKey("series.id"), nullable=False),
        sa.Column("local", sa.String(16), nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("post_at", UtcDateTime, nullable=False),
        sa.Column("is_moved", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(300)),
        sa.Column("facts", sa.Text),
        sa.Column("parts", sa.Integer, nullable=False),
        sa.Column("channel", sa.String(50)),
        sa.Column("ts", sa.String(50)),
        sa.Column("posted_at", UtcDateTime),
        sa.Column("closed_at", UtcDateTime),
        sa.Column("closed_by", sa.String(50)),
        sa.UniqueConstraint("series_id", "local", name="uq_meeting_series_local"),
    )
    op.create_index("ix_meeting_due", "meeting", ["state", "post_at"])
    op.create_index("ix_meeting_series", "meeting", ["series_id", "state", "starts_at"])
    op.create_index("ix_meeting_place", "meeting", ["channel", "ts"])
    op.create_table(
        "point",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("series_id", _NUMBER, sa.ForeignKey("series.id"), nullable=False),
        sa.Column("meeting_id", _NUMBER, sa.ForeignKey("meeting.id")),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("author", sa.String(50), nullable=False),
        sa.Column("seen_by", sa.String(50), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("carried", sa.Integer, nullable=False),
        sa.Column("channel", sa.String(50)),
        sa.Column("ts", sa.String(50)),
        sa.Column("said_at", UtcDateTime, nullable=False),
        sa.Column("settled_at", UtcDateTime),
        sa.Column("settled_by", sa.String(50)),
        sa.UniqueConstraint("channel", "ts", name="uq_point_place"),
    )
    op.create_index("ix_point_series", "point", ["series_id", "kind", "state"])
    op.create_index("ix_point_meeting", "point", ["meeting_id"])
    op.create_table(
        "calendar",
        sa.Column(
            "series_id",
            _NUMBER,
            sa.ForeignKey("series.id"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("read_at", UtcDateTime, nullable=False),
        sa.Column("tried_at", UtcDateTime, nullable=False),
        sa.Column("error", sa.String(300)),
    )
    op.create_table(
        "template",
        sa.Column("slug", sa.String(100), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("base", sa.String(100), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("made_by", sa.String(50), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    """Drop them; the meetings and what was said for them are lost."""
    for table in ("template", "calendar", "point", "meeting", "series"):
        op.drop_table(table)
