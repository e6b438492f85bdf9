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
    """Return whether this call is the first for `key`."""
    added = (
        insert_into(session, ClaimRow)
        .values(key=key, at=at)
        .on_conflict_do_nothing()
        .returning(ClaimRow.key)
    )
    return session.scalar(added) is not None


def forget_claims(session: Session, now: datetime) -> None:
    """Drop claims that nobody will make again; those that somebody else is dropping just now are not waited for."""
    is_old = ClaimRow.at < now - KEPT_FOR
    old = select(ClaimRow.key).where(is_old).with_for_update(skip_locked=True)
    dropping = delete(ClaimRow).where(ClaimRow.key.in_(old))
    session.execute(dropping.execution_options(synchronize_session=False))
