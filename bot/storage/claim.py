"""Claims: a unique row says that a press, command or event has been acted on, whoever receives it again."""

from datetime import datetime, timedelta

from sqlalchemy import Index, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.storage.database import Row, UtcDateTime, insert_into

KEPT_FOR = timedelta(hours=48)  # Slack redelivers events for up to 24 h (slack-platform: 2.4, 2.5)


class ClaimRow(Row):
    """One thing that has been acted on."""

    __tablename__ = "claim"
    __table_args__ = (Index("ix_claim_at", "at"),)

    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def claim(session: Session, key: str, at: datetime) -> bool:
    """Return whether this call is the first for `key`; old claims are dropped on the way."""
    _forget(session, at - KEPT_FOR)
    added = (
        insert_into(session, ClaimRow)
        .values(key=key, at=at)
        .on_conflict_do_nothing()
        .returning(ClaimRow.key)
    )
    return session.scalar(added) is not None


def _forget(session: Session, before: datetime) -> None:
    """Drop old claims; those that somebody else is dropping just now are not waited for."""
    old = select(ClaimRow.key).where(ClaimRow.at < before).with_for_update(skip_locked=True)
    session.execute(delete(ClaimRow).where(ClaimRow.key.in_(old)))
