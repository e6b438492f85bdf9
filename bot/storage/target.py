"""Targets that managers have set in Slack; a KPI without a row uses its default."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Double, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.storage.database import Row, UtcDateTime


class TargetRow(Row):
    """The target of one KPI in its own unit (percent, seconds, count), who set it and when."""

    __tablename__ = "target"

    slug: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[float] = mapped_column(Double)
    set_by: Mapped[str] = mapped_column(String(50))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


class KeptTarget(NamedTuple):
    """A target as it is kept."""

    value: float
    set_by: str
    set_at: datetime


def read_targets(session: Session) -> dict[str, KeptTarget]:
    """Return the targets that have been set, by KPI."""
    rows = session.execute(
        select(TargetRow.slug, TargetRow.value, TargetRow.set_by, TargetRow.set_at)
    )
    return {row.slug: KeptTarget(row.value, row.set_by, row.set_at) for row in rows}


def keep_target(session: Session, slug: str, value: float, by: str, at: datetime) -> None:
    """Set a target, in the place of an earlier one."""
    session.merge(TargetRow(slug=slug, value=value, set_by=by, set_at=at))


def drop_target(session: Session, slug: str) -> None:
    """Return to the default."""
    session.execute(delete(TargetRow).where(TargetRow.slug == slug))
