"""Colleagues: in which zone and team people were when they were last seen, for what the bot does when they are not there."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.storage.database import Row, UtcDateTime, insert_into

_FRESH = timedelta(hours=1)


class ColleagueRow(Row):
    """One person whom the bot has had to do with."""

    __tablename__ = "colleague"

    id: Mapped[str] = mapped_column(String(50), primary_key=True)
    zone: Mapped[str] = mapped_column(String(60))
    team: Mapped[str | None] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(20))
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class KeptColleague(NamedTuple):
    """A colleague as they are kept."""

    id: str
    zone: str
    team: str | None
    role: str


def keep_colleague(session: Session, kept: KeptColleague, at: datetime) -> None:
    """Keep what is known of a person now, in the place of what was; what was known an hour ago is not written again."""
    known = select(ColleagueRow.seen_at).filter_by(**kept._asdict())
    seen_at = session.scalar(known)
    if seen_at is not None and at - seen_at < _FRESH:
        return
    values = {**kept._asdict(), "seen_at": at}
    adding = insert_into(session, ColleagueRow).values(values)
    given = {name: adding.excluded[name] for name in values if name != "id"}
    session.execute(adding.on_conflict_do_update(index_elements=["id"], set_=given))


def find_colleague(session: Session, person: str) -> KeptColleague | None:
    """Return what is known of a person."""
    found = select(ColleagueRow.id, ColleagueRow.zone, ColleagueRow.team, ColleagueRow.role)
    row = session.execute(found.where(ColleagueRow.id == person)).one_or_none()
    return KeptColleague(*row) if row else None


def zones_of(session: Session, people: Collection[str]) -> dict[str, str]:
    """Return the zones in which people were last seen, of those who were."""
    found = select(ColleagueRow.id, ColleagueRow.zone).where(ColleagueRow.id.in_(people))
    return {row.id: row.zone for row in session.execute(found)}


def colleagues_with_role(session: Session, role: str) -> Sequence[str]:
    """Return who had a role when they were last seen, who was seen last first."""
    found = select(ColleagueRow.id).where(ColleagueRow.role == role)
    return session.scalars(found.order_by(ColleagueRow.seen_at.desc(), ColleagueRow.id)).all()
