"""What people said for the meetings of a series: points, notes and decisions.

They belong to the series; a note also to the meeting in whose thread it was written. `seen_by` is empty for what every
attendee sees, or names the only person who does.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.storage.database import NUMBER, Row, UtcDateTime, insert_into
from bot.vocabulary import PointKind, PointState


class PointRow(Row):
    """One thing that somebody said."""

    __tablename__ = "point"
    __table_args__ = (
        Index("ix_point_series", "series_id", "kind", "state"),
        Index("ix_point_meeting", "meeting_id"),
        UniqueConstraint("channel", "ts", name="uq_point_place"),
    )

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=True)
    series_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("series.id"))
    meeting_id: Mapped[int | None] = mapped_column(
        ForeignKey("meeting.id")
    )  # written in, or discussed in
    kind: Mapped[PointKind] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(50))
    seen_by: Mapped[str] = mapped_column(String(50))
    state: Mapped[PointState] = mapped_column(String(20))
    carried: Mapped[int] = mapped_column(Integer)  # over how many meetings
    channel: Mapped[str | None] = mapped_column(
        String(50)
    )  # where it stands in Slack as a message of its own
    ts: Mapped[str | None] = mapped_column(String(50))
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by: Mapped[str | None] = mapped_column(String(50))


def keep(session: Session, values: dict[str, Any]) -> int | None:
    """Add what was said and return its number; None where that very message is here already."""
    row = {"carried": 0, "state": PointState.OPEN, "seen_by": "", **values}
    adding = insert_into(session, PointRow).values(row)
    added = adding.on_conflict_do_nothing(index_elements=["channel", "ts"]).returning(PointRow.id)
    number: int | None = session.scalar(added)
    return number


def said_at_place(session: Session, channel: str, ts: str) -> PointRow | None:
    """Return what a message in Slack said."""
    return session.scalar(select(PointRow).where(PointRow.channel == channel, PointRow.ts == ts))


def open_points(session: Session, series_id: int) -> Sequence[PointRow]:
    """Return the points of a series that wait, those that have waited longest first."""
    found = select(PointRow).where(
        PointRow.series_id == series_id,
        PointRow.kind == PointKind.POINT,
        PointRow.state == PointState.OPEN,
    )
    return session.scalars(found.order_by(PointRow.carried.desc(), PointRow.id)).all()


def is_anything_said(session: Session, series_id: int) -> bool:
    """Return whether anybody has ever said anything for a series, or in a meeting of it."""
    found = select(PointRow.id).where(PointRow.series_id == series_id)
    return session.scalar(found.limit(1)) is not None


def of_meeting(session: Session, meeting_id: int) -> Sequence[PointRow]:
    """Return what was discussed, noted and decided in a meeting, in the order it was said."""
    return session.scalars(
        select(PointRow).where(PointRow.meeting_id == meeting_id).order_by(PointRow.id)
    ).all()


def forget(session: Session, channel: str, ts: str, besides: PointKind) -> bool:
    """Remove what a message said, except for one kind; return whether there was anything."""
    gone = (
        delete(PointRow)
        .where(PointRow.channel == channel, PointRow.ts == ts, PointRow.kind != besides)
        .returning(PointRow.id)
    )
    return session.scalar(gone) is not None


def said_lately(session: Session, series_id: int, most: int = 200) -> Sequence[PointRow]:
    """Return what was said in the meetings of a series, the newest first."""
    found = select(PointRow).where(
        PointRow.series_id == series_id, PointRow.meeting_id.is_not(None)
    )
    return session.scalars(found.order_by(PointRow.id.desc()).limit(most)).all()
