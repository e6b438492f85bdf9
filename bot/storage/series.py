"""Series of meetings, their meetings one by one, and the calendars that some of them follow.

A meeting is known by its series and the local time at which it stands there by rule, wherever it was moved: one row,
however many machines plan it. Times of day are local and kept as written, instants are UTC.

Whoever changes a series, its meetings or its points locks the series first, then the meeting, then the points, and the
outbox last; so nobody writes over what another has just decided, and no two wait for each other. What only refers to a
locked row, as a note does, waits for nobody.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    and_,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.storage.database import NUMBER, Row, UtcDateTime, insert_into
from bot.vocabulary import MeetingState, SeriesState


class SeriesRow(Row):
    """One series: what is talked about, where, with whom, when, and how long before its agenda is posted."""

    __tablename__ = "series"
    __table_args__ = (Index("ix_series_target", "target"),)

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=True)
    template: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(150))
    owner: Mapped[str] = mapped_column(String(50))
    target: Mapped[str] = mapped_column(String(200))  # a channel, or people by commas
    attendees: Mapped[str] = mapped_column(Text)  # people by commas
    team: Mapped[str | None] = mapped_column(String(100))  # whose figures; all without it
    zone: Mapped[str] = mapped_column(String(100))
    first_on: Mapped[date] = mapped_column(Date)
    at_time: Mapped[str] = mapped_column(String(5))  # HH:MM, local
    rrule: Mapped[str | None] = mapped_column(String(200))  # None where a calendar says
    calendar_url: Mapped[str | None] = mapped_column(String(2000))
    lead_minutes: Mapped[int] = mapped_column(Integer)
    holidays: Mapped[str] = mapped_column(Text)
    state: Mapped[SeriesState] = mapped_column(String(20))
    created_by: Mapped[str] = mapped_column(String(50))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MeetingRow(Row):
    """One meeting of a series; `local` is where its rule puts it, in the series' zone: "2026-11-23T09:00"."""

    __tablename__ = "meeting"
    __table_args__ = (
        UniqueConstraint("series_id", "local", name="uq_meeting_series_local"),
        Index("ix_meeting_due", "state", "post_at"),
        Index("ix_meeting_series", "series_id", "state", "starts_at"),
        Index("ix_meeting_place", "channel", "ts"),
    )

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=True)
    series_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("series.id"))
    local: Mapped[str] = mapped_column(String(16))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    post_at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_moved: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[MeetingState] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(
        String(300)
    )  # why it was skipped, cancelled or failed
    facts: Mapped[str | None] = mapped_column(Text)  # JSON: what was live when it was posted
    parts: Mapped[int] = mapped_column(Integer)  # how many messages its agenda takes
    channel: Mapped[str | None] = mapped_column(String(50))
    ts: Mapped[str | None] = mapped_column(String(50))
    posted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[str | None] = mapped_column(
        String(50)
    )  # None where the next meeting closed it


class CalendarRow(Row):
    """What the calendar of a series said last, and how asking went."""

    __tablename__ = "calendar"

    series_id: Mapped[int] = mapped_column(
        NUMBER, ForeignKey("series.id"), primary_key=True, autoincrement=False
    )
    text: Mapped[str] = mapped_column(Text)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tried_at: Mapped[datetime] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(String(300))


def due_meeting(session: Session, now: datetime) -> MeetingRow | None:
    """Return a meeting whose agenda is due, it and its series out of reach of others until this transaction ends."""
    found = (
        select(MeetingRow)
        .join(SeriesRow, SeriesRow.id == MeetingRow.series_id)
        .where(MeetingRow.state == MeetingState.PLANNED, MeetingRow.post_at <= now)
        .where(SeriesRow.state == SeriesState.ACTIVE)
        .order_by(MeetingRow.post_at, MeetingRow.id)
        .limit(1)
    )
    both = [SeriesRow, MeetingRow]
    return session.scalar(found.with_for_update(skip_locked=True, key_share=True, of=both))


def meetings_of(
    session: Session,
    series_id: int,
    states: Sequence[MeetingState],
    most: int,
    *,
    newest: bool = False,
    locked: bool = False,
) -> Sequence[MeetingRow]:
    """Return meetings of a series in some states, by their start; `locked` keeps others from changing them."""
    found = select(MeetingRow).where(
        MeetingRow.series_id == series_id, MeetingRow.state.in_(states)
    )
    order = MeetingRow.starts_at.desc() if newest else MeetingRow.starts_at
    found = found.order_by(order).limit(most)
    if locked:
        found = found.with_for_update(key_share=True)
        found = found.execution_options(populate_existing=True)
    return session.scalars(found).all()


def next_to_be_held(
    session: Session, series_id: int, now: datetime, *, locked: bool = False
) -> MeetingRow | None:
    """Return the next meeting of a series that may still be moved or left out: its agenda may be out, or have failed.

    `locked` keeps others from changing it.
    """
    is_out = MeetingRow.state.in_([MeetingState.POSTED, MeetingState.FAILED])
    found = (
        select(MeetingRow)
        .where(
            MeetingRow.series_id == series_id,
            or_(MeetingRow.state == MeetingState.PLANNED, and_(is_out, MeetingRow.starts_at > now)),
        )
        .order_by(MeetingRow.starts_at)
        .limit(1)
    )
    if locked:
        found = found.with_for_update(key_share=True)
        found = found.execution_options(populate_existing=True)
    return session.scalar(found)


def next_meetings(session: Session, now: datetime) -> dict[int, MeetingRow]:
    """Return the next meeting that has not begun, its agenda posted or not, by series."""
    coming = select(MeetingRow).where(
        MeetingRow.state.in_([MeetingState.PLANNED, MeetingState.POSTED]),
        MeetingRow.starts_at > now,
    )
    found = session.scalars(coming.order_by(MeetingRow.starts_at.desc()))
    return {row.series_id: row for row in found}


def locked_meeting(session: Session, meeting_id: int) -> MeetingRow | None:
    """Return a meeting, and keep others from changing it until this transaction ends."""
    found = select(MeetingRow).where(MeetingRow.id == meeting_id).with_for_update(key_share=True)
    return session.scalar(found.execution_options(populate_existing=True))


def last_met(session: Session, series_id: int, *, before: datetime) -> datetime | None:
    """Return when the last meeting of a series began whose agenda was posted, before an instant."""
    last = last_held(session, series_id, before=before)
    return last.starts_at if last else None


def meetings_telling(session: Session, words: str) -> Sequence[MeetingRow]:
    """Return the meetings among whose news some words stand, kept from others until this transaction ends."""
    found = select(MeetingRow).where(MeetingRow.facts.contains(words, autoescape=True))
    return session.scalars(found.order_by(MeetingRow.id).with_for_update()).all()


def last_held(session: Session, series_id: int, *, before: datetime) -> MeetingRow | None:
    """Return the last meeting of a series whose agenda was posted and which began before an instant."""
    found = select(MeetingRow).where(
        MeetingRow.series_id == series_id,
        MeetingRow.starts_at < before,
        MeetingRow.state.in_([MeetingState.POSTED, MeetingState.CLOSED]),
    )
    return session.scalar(found.order_by(MeetingRow.starts_at.desc()).limit(1))


def last_begun(session: Session, series_id: int, now: datetime) -> MeetingRow | None:
    """Return the last meeting of a series that should have begun, whatever became of it."""
    found = select(MeetingRow).where(MeetingRow.series_id == series_id, MeetingRow.starts_at <= now)
    return session.scalar(found.order_by(MeetingRow.starts_at.desc()).limit(1))


def next_posting(session: Session, row: MeetingRow) -> datetime | None:
    """Return when the agenda of the meeting after one was posted; None where it has not been."""
    found = select(func.min(MeetingRow.posted_at)).where(
        MeetingRow.series_id == row.series_id, MeetingRow.posted_at > row.posted_at
    )
    return session.scalar(found)


def meeting_at(session: Session, channel: str, ts: str) -> MeetingRow | None:
    """Return the meeting whose agenda stands at a place in Slack."""
    return session.scalar(
        select(MeetingRow).where(MeetingRow.channel == channel, MeetingRow.ts == ts)
    )


def posted_in(session: Session, channel: str) -> set[int]:
    """Return the series whose agendas stand in a conversation."""
    if not channel:
        return set()
    return set(
        session.scalars(
            select(MeetingRow.series_id).where(MeetingRow.channel == channel).distinct()
        )
    )


def calendar_errors(session: Session) -> dict[int, str]:
    """Return why calendars could not be read lately, by series."""
    found = select(CalendarRow.series_id, CalendarRow.error).where(CalendarRow.error.is_not(None))
    return {number: error for number, error in session.execute(found) if error}


def last_local(session: Session, series_id: int, besides: Sequence[MeetingState]) -> str | None:
    """Return where the rule put the last meeting of a series that is not in some states."""
    found = select(func.max(MeetingRow.local)).where(
        MeetingRow.series_id == series_id, MeetingRow.state.not_in(besides)
    )
    return session.scalar(found)


def days_decided(session: Session, series_id: int, since: str) -> set[str]:
    """Return the local days, as "2026-11-23", from one on, whose meeting of a series was skipped or is moved."""
    is_moved = and_(
        MeetingRow.is_moved, MeetingRow.state.in_([MeetingState.PLANNED, MeetingState.CANCELLED])
    )
    found = select(MeetingRow.local).where(
        MeetingRow.series_id == series_id,
        or_(MeetingRow.state == MeetingState.SKIPPED, is_moved),
        MeetingRow.local >= since,
    )
    return {local[:10] for local in session.scalars(found)}


def meeting_by_rule(session: Session, series_id: int, local: str) -> MeetingRow | None:
    """Return the meeting of a series that its rule puts at a local time."""
    return session.scalar(
        select(MeetingRow).where(MeetingRow.series_id == series_id, MeetingRow.local == local)
    )


def plan(session: Session, values: dict[str, Any]) -> bool:
    """Add a meeting; return False where its series has it already."""
    row = {"is_moved": False, "parts": 0, **values}
    adding = insert_into(session, MeetingRow).values(row)
    added = adding.on_conflict_do_nothing(index_elements=["series_id", "local"]).returning(
        MeetingRow.id
    )
    return session.scalar(added) is not None


def forget_plans(
    session: Session, series_id: int, now: datetime, why: Sequence[str], *, also_moved: bool
) -> None:
    """Remove the meetings of a series that are only planned, and those to come that were left out for such a reason.

    What somebody has moved stays, unless that is to go too.
    """
    planned = MeetingRow.state == MeetingState.PLANNED
    left_out = or_(*(MeetingRow.reason.startswith(beginning) for beginning in why))
    gone = delete(MeetingRow).where(
        MeetingRow.series_id == series_id,
        or_(planned, and_(left_out, MeetingRow.starts_at > now)),
    )
    session.execute(gone if also_moved else gone.where(MeetingRow.is_moved.is_(False)))


def all_series(session: Session, states: Sequence[SeriesState]) -> Sequence[SeriesRow]:
    """Return every series in some states, in the order of their numbers."""
    return session.scalars(
        select(SeriesRow).where(SeriesRow.state.in_(states)).order_by(SeriesRow.id)
    ).all()


def series_at(
    session: Session, target: str, template: str, states: Sequence[SeriesState]
) -> Sequence[SeriesRow]:
    """Return the series that are posted at a place from a template, by number."""
    found = select(SeriesRow).where(SeriesRow.target == target, SeriesRow.template == template)
    return session.scalars(found.where(SeriesRow.state.in_(states)).order_by(SeriesRow.id)).all()


def locked_series(session: Session, series_id: int) -> SeriesRow | None:
    """Return a series, and keep others from changing it until this transaction ends."""
    return session.scalar(
        select(SeriesRow)
        .where(SeriesRow.id == series_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def change_template(session: Session, old: str, new: str) -> None:
    """Let every series that uses a template use another."""
    session.execute(update(SeriesRow).where(SeriesRow.template == old).values(template=new))


def take_stale_calendars(
    session: Session, before: datetime, now: datetime, most: int = 20
) -> list[tuple[int, str]]:
    """Return the number and address of series whose calendar was not asked since `before`; it counts as asked now."""
    found = (
        select(CalendarRow, SeriesRow.calendar_url)
        .join(SeriesRow, SeriesRow.id == CalendarRow.series_id)
        .where(SeriesRow.calendar_url.is_not(None), SeriesRow.state != SeriesState.CANCELLED)
        .where(CalendarRow.tried_at < before)
        .order_by(CalendarRow.tried_at)
        .limit(most)
    )
    taken = session.execute(found.with_for_update(skip_locked=True, of=CalendarRow)).all()
    for row, _ in taken:
        row.tried_at = now
    return [(row.series_id, url) for row, url in taken if url]
