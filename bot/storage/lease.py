"""Leases: who of several machines acts, for so long as the database's clock says.

A term counts how often a lease has changed hands; what was begun in an earlier term is somebody else's to finish.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import BigInteger, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.storage.database import Row, UtcDateTime, database_now


class LeaseRow(Row):
    """One thing that only one may do at a time; `holder` is empty where nobody ever did."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    holder: Mapped[str] = mapped_column(String(200))
    term: Mapped[int] = mapped_column(BigInteger)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Lease(NamedTuple):
    """A lease as it stands."""

    holder: str
    term: int
    until: datetime
    taken_at: datetime


def take(session: Session, name: str, holder: str, length: timedelta) -> int | None:
    """Take a lease that is free; return its term, None while somebody has it or is about to."""
    now = database_now(session)
    is_free = select(LeaseRow.term).where(LeaseRow.name == name, LeaseRow.until <= now)
    term = session.scalar(is_free.with_for_update(skip_locked=True))
    if term is None:
        return None
    held = {"holder": holder, "term": term + 1, "until": now + length, "taken_at": now}
    session.execute(update(LeaseRow).where(LeaseRow.name == name).values(held))
    return term + 1


def keep(session: Session, name: str, holder: str, length: timedelta) -> int | None:
    """Go on holding a lease, even one that has run out and that nobody took; return its term, None if it is lost."""
    keeping = update(LeaseRow).where(LeaseRow.name == name, LeaseRow.holder == holder)
    until = database_now(session) + length
    return session.scalar(keeping.values(until=until).returning(LeaseRow.term))


def is_free(session: Session, name: str) -> bool:
    """Return whether nobody holds a lease; to know it, nothing is written."""
    until = session.scalars(select(LeaseRow.until).where(LeaseRow.name == name)).one()
    return until <= database_now(session)


def is_held(session: Session, name: str, holder: str, term: int) -> bool:
    """Return whether a lease is still held in a term; nobody else takes it until this transaction ends."""
    found = select(LeaseRow.until).where(
        LeaseRow.name == name, LeaseRow.holder == holder, LeaseRow.term == term
    )
    until = session.scalar(found.with_for_update())
    return until is not None and database_now(session) < until


def give_back(session: Session, name: str, holder: str) -> None:
    """Let the next one in at once."""
    now = database_now(session)
    session.execute(
        update(LeaseRow).where(LeaseRow.name == name, LeaseRow.holder == holder).values(until=now)
    )


def look_at(session: Session, name: str) -> Lease:
    """Return a lease as it stands."""
    columns = (LeaseRow.holder, LeaseRow.term, LeaseRow.until, LeaseRow.taken_at)
    return Lease(*session.execute(select(*columns).where(LeaseRow.name == name)).one())
