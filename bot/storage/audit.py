"""The audit log: who changed what, when, from what to what. Entries are only ever added."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Index, String, Text, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.storage.database import NUMBER, Row, UtcDateTime


class AuditRow(Row):
    """One change."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_what_subject", "what", "subject"),)

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    who: Mapped[str] = mapped_column(String(50))
    what: Mapped[str] = mapped_column(String(50))
    subject: Mapped[str] = mapped_column(String(100))
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)


class AuditEntry(NamedTuple):
    """One change as it is kept."""

    at: datetime
    who: str
    what: str
    subject: str
    before: str | None
    after: str | None


def record(session: Session, entry: AuditEntry) -> None:
    """Add an entry."""
    session.execute(insert(AuditRow), [entry._asdict()])


def history(session: Session, what: str, subject: str, most: int = 10) -> Sequence[AuditEntry]:
    """Return the last changes of one subject, the newest first."""
    a = AuditRow
    rows: Any = session.execute(
        select(a.at, a.who, a.what, a.subject, a.before, a.after)
        .where(a.what == what, a.subject == subject)
        .order_by(a.id.desc())
        .limit(most)
    )
    return [AuditEntry(*row) for row in rows]
