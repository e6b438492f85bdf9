"""Root cause analyses and the looks that follow them; each query is made for somebody (see `bot.storage.incident`)."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, delete, select, update
from sqlalchemy.orm import Session

from bot.storage.action import is_unsettled
from bot.storage.database import in_parts, insert_into
from bot.storage.incident import (
    HOUSE,
    CheckRow,
    IncidentRow,
    RcaRow,
    Reader,
    find_rows,
    for_shown,
    visible_to,
)
from bot.vocabulary import IncidentKind

MOST_ASKS = 2
"""How often the same question is asked."""


def rcas_of(session: Session, shown: Collection[int]) -> dict[int, RcaRow]:
    """Return the analyses of incidents that have just been shown, by the incident's id."""
    found: dict[int, RcaRow] = {}
    for some in in_parts(list(shown)):
        query = for_shown(select(RcaRow).where(RcaRow.incident_id.in_(some)))
        found |= {row.incident_id: row for row in session.scalars(_fresh(query))}
    return found


def checks_of(session: Session, shown: Collection[int]) -> dict[int, list[CheckRow]]:
    """Return the looks at incidents that have just been shown, by the incident's id, the earliest first."""
    found: dict[int, list[CheckRow]] = {number: [] for number in shown}
    for some in in_parts(list(shown)):
        query = for_shown(select(CheckRow).where(CheckRow.incident_id.in_(some)))
        for row in session.scalars(_fresh(query.order_by(CheckRow.days))):
            found[row.incident_id].append(row)
    return found


def find_incidents_with_rca(
    session: Session, reader: Reader, *wanted: ColumnElement[bool]
) -> Sequence[IncidentRow]:
    """Return the incidents whose analysis, or which themselves, have all that is wanted; what is due first first."""
    query = select(IncidentRow).join(RcaRow, RcaRow.incident_id == IncidentRow.id).where(*wanted)
    order = (RcaRow.due_on.asc().nulls_last(), IncidentRow.id)
    rows: Sequence[IncidentRow] = session.scalars(
        _fresh(visible_to(query, reader).order_by(*order))
    ).all()
    return rows


def find_incidents_without_rca(
    session: Session, reader: Reader, severities: Collection[str], since: datetime, until: datetime
) -> Sequence[IncidentRow]:
    """Return the incidents of some severities that were resolved between two instants and that nobody analyses."""
    query = select(IncidentRow.id).where(
        IncidentRow.resolved_at.between(since, until),
        IncidentRow.severity.in_(severities),
        IncidentRow.void.is_(None),
        IncidentRow.kind != IncidentKind.DRILL,
    )
    # Asked for by their ids, since a join may read every analysis there is
    left = set(session.scalars(visible_to(query, reader)))
    for some in in_parts(sorted(left)):
        analysed = select(RcaRow.incident_id).where(RcaRow.incident_id.in_(some))
        left.difference_update(session.scalars(for_shown(analysed)))
    if not left:
        return []
    return find_rows(session, reader, IncidentRow.id.in_(sorted(left)), order=(IncidentRow.id,))


def find_incidents_to_plan(session: Session, now: datetime) -> Sequence[int]:
    """Return the incidents whose analysis was reviewed, all done and verified, and at which nobody looks later yet."""
    ref = "incident:" + cast(IncidentRow.id, String)
    query = (
        select(IncidentRow.id)
        .join(RcaRow, RcaRow.incident_id == IncidentRow.id)
        .where(RcaRow.unplanned_since <= now, IncidentRow.void.is_(None), ~is_unsettled(ref))
    )
    return session.scalars(visible_to(query, HOUSE).order_by(RcaRow.unplanned_since)).all()


def find_incidents_to_check(
    session: Session, reader: Reader, since: date, day: date
) -> Sequence[IncidentRow]:
    """Return the incidents of which it was to be asked, from one day to another, whether they came back."""
    query = (
        select(IncidentRow)
        .join(CheckRow, CheckRow.incident_id == IncidentRow.id)
        .where(
            CheckRow.answered_at.is_(None),
            CheckRow.due_on.between(since, day),
            CheckRow.asks < MOST_ASKS,
            IncidentRow.void.is_(None),
        )
        .distinct()
    )
    rows: Sequence[IncidentRow] = session.scalars(
        _fresh(visible_to(query, reader).order_by(IncidentRow.id))
    ).all()
    return rows


def locked_rca(session: Session, row: IncidentRow) -> RcaRow | None:
    """Return the analysis of an incident that is locked, for a change."""
    query = for_shown(select(RcaRow).where(RcaRow.incident_id == row.id).with_for_update())
    found: RcaRow | None = session.scalars(_fresh(query)).one_or_none()
    return found


def add_rca(session: Session, row: RcaRow) -> RcaRow:
    """Keep a new analysis."""
    session.add(row)
    session.flush()
    return row


def add_check(session: Session, row: IncidentRow, days: int, due_on: date) -> None:
    """Plan to look, so many days later, whether an incident came back; one that is planned already stays."""
    adding = insert_into(session, CheckRow).values(
        incident_id=row.id, days=days, due_on=due_on, asks=0
    )
    session.execute(adding.on_conflict_do_nothing())


def drop_checks(session: Session, row: IncidentRow) -> None:
    """Look no more whether an incident came back."""
    session.execute(for_shown(delete(CheckRow).where(CheckRow.incident_id == row.id)))


def count_ask(session: Session, row: IncidentRow, days: int, asks: int, now: datetime) -> bool:
    """Count that it was asked once more; return False where somebody else has asked meanwhile."""
    wanted = (CheckRow.incident_id == row.id, CheckRow.days == days, CheckRow.asks == asks)
    asking = update(CheckRow).where(*wanted, CheckRow.answered_at.is_(None))
    counted = asking.values(asks=asks + 1, asked_at=now).returning(CheckRow.days)
    return session.scalar(for_shown(counted)) is not None


def keep_answer(
    session: Session, row: IncidentRow, days: int, now: datetime, by: str, *, came_back: bool
) -> None:
    """Keep whether an incident came back: the answer to one question, and to those before it that had none."""
    open_ones = (CheckRow.incident_id == row.id, CheckRow.answered_at.is_(None))
    said = {"answered_at": now, "answered_by": by, "came_back": came_back}
    answered = update(CheckRow).where(*open_ones, CheckRow.days <= days).values(**said)
    session.execute(for_shown(answered))


def _fresh(query: Any) -> Any:
    return query.execution_options(populate_existing=True)
