"""Incidents by the file: those that a file names, found many at a time, and new ones written many at a time."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.storage.database import in_parts
from bot.storage.incident import (
    HOUSE,
    ChangeRow,
    EntryRow,
    IncidentRow,
    RcaRow,
    Reader,
    ServiceRow,
    find_rows,
    visible_to,
)
from bot.vocabulary import IncidentKind

_AT_ONCE = 1_000


def locked_numbers(
    session: Session, kind: IncidentKind, numbers: Collection[int], reader: Reader
) -> dict[int, IncidentRow]:
    """Return the incidents of a kind with these numbers, and keep others from changing them until this transaction ends."""
    found: dict[int, IncidentRow] = {}
    for some in in_parts(sorted(numbers), _AT_ONCE):
        query = select(IncidentRow).where(IncidentRow.kind == kind, IncidentRow.number.in_(some))
        fresh = query.with_for_update(of=IncidentRow).execution_options(populate_existing=True)
        found |= {row.number: row for row in session.scalars(visible_to(fresh, reader))}
    return found


def began_at(session: Session, instants: Sequence[datetime], reader: Reader) -> list[IncidentRow]:
    """Return the incidents that were not declared here and began at one of these instants."""
    found: list[IncidentRow] = []
    for some in in_parts(instants, _AT_ONCE):
        wanted = (IncidentRow.began_at.in_(some), IncidentRow.is_backdated.is_(True))
        found += find_rows(session, reader, *wanted)
    return found


def highest_declared(session: Session, kind: IncidentKind) -> int:
    """Return the highest number of the incidents of a kind that were declared here as they happened."""
    declared = (IncidentRow.kind == kind, IncidentRow.is_backdated.is_(False))
    found = select(func.max(IncidentRow.number)).where(*declared)
    return session.scalar(visible_to(found, HOUSE)) or 0


def numbers_given_up(session: Session) -> list[str]:
    """Return the numbers that incidents once had which have another one now; they name nothing any more."""
    query = select(ChangeRow.before).join(IncidentRow, IncidentRow.id == ChangeRow.incident_id)
    changed = query.where(ChangeRow.part == "number", ChangeRow.before.is_not(None))
    return [*session.scalars(visible_to(changed, HOUSE))]


def add_rows(session: Session, new: Sequence[tuple[IncidentRow, Collection[str]]]) -> None:
    """Keep new incidents and the services that each affects; they have their ids afterwards."""
    for some in in_parts(new, _AT_ONCE):
        session.add_all(row for row, _ in some)
        session.flush()
        session.add_all(
            ServiceRow(incident_id=row.id, service=service)
            for row, services in some
            for service in services
        )
        session.flush()


def add_all(session: Session, rows: Iterable[EntryRow | RcaRow]) -> None:
    """Keep what belongs to new incidents."""
    session.add_all(rows)
    session.flush()
