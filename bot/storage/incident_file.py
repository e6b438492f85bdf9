"""Incidents by the file: those that a file names, found many at a time, and new ones written many at a time."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
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


def numbers_given_up(session: Session, labels: Collection[str]) -> set[str]:
    """Return which of these numbers an incident once had that has another one now; they name nothing any more."""
    given_up: set[str] = set()
    for some in in_parts(sorted(labels), _AT_ONCE):
        query = select(ChangeRow.before).join(IncidentRow, IncidentRow.id == ChangeRow.incident_id)
        changed = query.where(ChangeRow.part == "number", ChangeRow.before.in_(some))
        given_up.update(session.scalars(visible_to(changed, HOUSE)))
    return given_up


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
