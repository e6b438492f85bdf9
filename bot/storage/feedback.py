"""Feedback: what one person gives another or notes for themselves, and the pools for the leadership.

Every query of feedback says who reads: somebody else's number is found by nobody. What is said to the leadership is in no
row of this file, only in the sealed boxes of `bot.storage.ballot`, and no row here is written when somebody says it.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Index,
    Integer,
    Select,
    String,
    Text,
    and_,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.storage.database import NUMBER, Row, UtcDateTime, insert_into, overwrite_deleted
from bot.vocabulary import FeedbackLevel


class FeedbackRow(Row):
    """One piece of feedback. Its number is never used again, also where it is erased."""

    __tablename__ = "feedback"
    __table_args__ = (
        Index("ix_feedback_giver", "giver", "id"),
        Index("ix_feedback_receiver", "receiver", "id"),
        Index("ix_feedback_given_at", "given_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=True)
    giver: Mapped[str] = mapped_column(String(50))
    receiver: Mapped[str | None] = mapped_column(
        String(50)
    )  # of a note: whom it is about, if anybody
    relation: Mapped[str] = mapped_column(String(30))
    kind: Mapped[str] = mapped_column(String(20))
    level: Mapped[str] = mapped_column(String(20))
    answers: Mapped[str] = mapped_column(
        Text
    )  # JSON: [slug, question as it was asked, answer] each
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reply_to: Mapped[int | None] = mapped_column(NUMBER)  # which may be erased
    channel: Mapped[str | None] = mapped_column(String(50))  # where it stands in Slack
    ts: Mapped[str | None] = mapped_column(String(50))


class FeedbackPoolRow(Row):
    """One pool of what is said to the leadership without a name: its ballot, and when it is looked at next.

    When it is released, its texts are sealed in another ballot until its digest stands in Slack. One whose digest did not
    get there is due again: later than it was released.
    """

    __tablename__ = "feedback_pool"

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=False)
    ballot: Mapped[str] = mapped_column(String(32))
    seats: Mapped[int] = mapped_column(Integer)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    swept_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime
    )  # nothing of its box and its texts is left on the disk


def add_row(session: Session, row: FeedbackRow) -> FeedbackRow:
    """Keep a piece of feedback; it has its number afterwards."""
    session.add(row)
    session.flush()
    return row


def find_row(session: Session, number: int, reader: str) -> FeedbackRow | None:
    """Return a piece of feedback that somebody may read."""
    found = select(FeedbackRow).where(FeedbackRow.id == number, _visible(reader))
    return session.scalars(found.execution_options(populate_existing=True)).one_or_none()


def rows_of(
    session: Session, reader: str, other: str = "", start: int = 0, most: int | None = None
) -> Sequence[FeedbackRow]:
    """Return what somebody may read, the newest first; with `other`, only what is between the two or about them."""
    found = select(FeedbackRow).where(_visible(reader))
    if other:
        found = found.where(or_(FeedbackRow.giver == other, FeedbackRow.receiver == other))
    return session.scalars(found.order_by(FeedbackRow.id.desc()).offset(start).limit(most)).all()


def keep_place(session: Session, number: int, channel: str, ts: str) -> None:
    """Keep where a piece of feedback stands in Slack."""
    placing = update(FeedbackRow).where(FeedbackRow.id == number).values(channel=channel, ts=ts)
    session.execute(placing)


def giver_of(session: Session, number: int) -> tuple[str, str | None] | None:
    """Return who gave a piece of feedback to whom, and not a word of it."""
    found = select(FeedbackRow.giver, FeedbackRow.receiver).where(FeedbackRow.id == number)
    row = session.execute(found).one_or_none()
    return (row.giver, row.receiver) if row else None


def erase(session: Session, which: ColumnElement[bool]) -> None:
    """Delete pieces of feedback; what answers them stays. SQLite writes noughts over them."""
    overwrite_deleted(session)
    erasing = delete(FeedbackRow).where(which)
    session.execute(erasing.execution_options(synchronize_session=False))


def erase_one(session: Session, number: int) -> None:
    """Delete a piece of feedback."""
    erase(session, FeedbackRow.id == number)


def erase_before(session: Session, before: datetime) -> None:
    """Delete what was given before an instant."""
    erase(session, FeedbackRow.given_at < before)


def packed(answers: Iterable[Sequence[str]]) -> str:
    """Return answers as they are kept."""
    return json.dumps([list(each) for each in answers], ensure_ascii=False)


def unpacked(answers: str) -> list[list[str]]:
    """Return answers as they were."""
    return [[str(part) for part in each] for each in json.loads(answers)]


def open_pool(session: Session) -> FeedbackPoolRow | None:
    """Return the pool into which people write now."""
    is_open = select(FeedbackPoolRow).where(FeedbackPoolRow.released_at.is_(None))
    return session.scalars(is_open.order_by(FeedbackPoolRow.id.desc()).limit(1)).one_or_none()


def next_pool(session: Session) -> int:
    """Return the number of the next pool."""
    return (session.scalar(select(func.max(FeedbackPoolRow.id))) or 0) + 1


def add_pool(session: Session, row: FeedbackPoolRow) -> bool:
    """Keep a pool; return False where somebody else has made the one of this number."""
    values = {
        "id": row.id,
        "ballot": row.ballot,
        "seats": row.seats,
        "opened_at": row.opened_at,
        "due_at": row.due_at,
    }
    adding = insert_into(session, FeedbackPoolRow).values(values).on_conflict_do_nothing()
    return session.scalar(adding.returning(FeedbackPoolRow.id)) is not None


def take_due_pool(session: Session, now: datetime) -> FeedbackPoolRow | None:
    """Return the pool that is to be looked at and that nobody else holds, and hold it."""
    first = _due_pools(now).order_by(FeedbackPoolRow.id).limit(1).with_for_update(skip_locked=True)
    return session.scalars(first.execution_options(populate_existing=True)).one_or_none()


def is_any_pool_due(session: Session, now: datetime) -> bool:
    """Return whether a pool is to be looked at."""
    return session.scalar(select(_due_pools(now).exists())) is True


def locked_pool(session: Session, pool: int) -> FeedbackPoolRow | None:
    """Return a pool, and keep others from changing it until this transaction ends."""
    return session.get(FeedbackPoolRow, pool, populate_existing=True, with_for_update=True)


def _due_pools(now: datetime) -> Select[FeedbackPoolRow]:
    released = FeedbackPoolRow.released_at
    waits = or_(released.is_(None), FeedbackPoolRow.due_at > released)
    return select(FeedbackPoolRow).where(waits, FeedbackPoolRow.due_at <= now)


def unswept_pools(session: Session) -> Sequence[FeedbackPoolRow]:
    """Return the pools that are over and of which something may be left on the disk."""
    over = (FeedbackPoolRow.released_at.is_not(None), FeedbackPoolRow.swept_at.is_(None))
    return session.scalars(select(FeedbackPoolRow).where(*over)).all()


def mark_pools_swept(session: Session, pools: Iterable[int], at: datetime) -> None:
    """Keep that nothing of some pools' boxes is left."""
    which = FeedbackPoolRow.id.in_(list(pools))
    session.execute(update(FeedbackPoolRow).where(which).values(swept_at=at))


def _visible(reader: str) -> ColumnElement[bool]:
    """What somebody gave, and what was given to them; a note about them is not."""
    is_given = and_(FeedbackRow.receiver == reader, FeedbackRow.level == FeedbackLevel.TWO)
    return or_(FeedbackRow.giver == reader, is_given)
