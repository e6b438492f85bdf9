"""Reminders of root cause analyses: who is to be told what this morning, at most once a day.

An owner hears of an analysis on their working mornings, from one working day before it is due until it is reviewed.
Three working days after its day has passed managers hear of it, and then every week.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from bot.domain.colleague import Staff, zone_of, zones_of
from bot.domain.incident import (
    HOUSE,
    OPEN,
    Incident,
    Reader,
    find_incident,
    incident_of,
    incidents_of,
)
from bot.domain.rca import OVER, UNREVIEWED, Rca, due_day, find_rca, is_required
from bot.domain.rca_work import reopened
from bot.domain.reminder import ESCALATE_AFTER, ESCALATE_EVERY
from bot.domain.severity import Severities
from bot.domain.workday import evening_of, is_working_time, workday_before, workdays_between
from bot.errors import Refused
from bot.storage import incident as incidents
from bot.storage import rca as rows
from bot.storage.incident import IncidentRow, RcaRow
from bot.vocabulary import RcaState

FORGOTTEN_AFTER = timedelta(days=30)
"""So long after its resolution nobody is asked any more who analyses an incident."""
_SOON = timedelta(days=6)  # a working day before, over a weekend, wherever people are


@dataclass(frozen=True, slots=True)
class Morning:
    """What an owner is told of one analysis on a day, and whether managers hear of it too; nobody after `until`."""

    rca: Rca
    day: date
    until: datetime
    is_escalated: bool


def due_reminders(session: Session, staff: Staff, now: datetime) -> list[int]:
    """Return the incidents of whose analysis somebody is to be reminded now."""
    found = _unreviewed(session, RcaRow.due_on <= (now + _SOON).date())
    zones = zones_of(session, {row.owner for _, row in found}, staff)
    return [incident.id for incident, row in found if _is_due(incident, row, zones[row.owner], now)]


def take_morning(session: Session, incident_id: int, staff: Staff, now: datetime) -> Morning | None:
    """Return what an owner is to be told, and count it as told; None where somebody else has done so meanwhile."""
    row = incidents.locked_row(session, incident_id, HOUSE)
    kept = rows.locked_rca(session, row) if row is not None else None
    if row is None or kept is None:
        return None
    rca = find_for_owner(session, row.id, kept.owner)
    zone = zone_of(session, kept.owner, staff)
    if rca is None or not _is_due(rca.incident, kept, zone, now):
        return None
    today = now.astimezone(zone).date()
    kept.reminded_on = today
    is_escalated = _is_escalated(kept, today)
    if is_escalated:
        kept.escalated_on = today
    session.flush()
    return Morning(rca, today, evening_of(today, zone), is_escalated)


def find_for_owner(session: Session, incident_id: int, owner: str) -> Rca | None:
    """Return an analysis as its owner may see it; None where they may not."""
    try:
        incident = find_incident(session, incident_id, Reader(owner))
    except Refused:
        return None
    return find_rca(session, incident, Reader(owner))


def _is_due(incident: Incident, row: RcaRow, zone: ZoneInfo, now: datetime) -> bool:
    if row.due_on is None or incident.state not in OVER or incident.void is not None:
        return False
    today = now.astimezone(zone).date()
    is_told = row.reminded_on is not None and row.reminded_on >= today
    if is_told or row.state == RcaState.REVIEWED or not is_working_time(now, zone):
        return False
    return today >= workday_before(row.due_on)


def _is_escalated(row: RcaRow, today: date) -> bool:
    if row.due_on is None or workdays_between(row.due_on, today) < ESCALATE_AFTER:
        return False
    return row.escalated_on is None or workdays_between(row.escalated_on, today) >= ESCALATE_EVERY


def _unreviewed(session: Session, *wanted: ColumnElement[bool]) -> list[tuple[Incident, RcaRow]]:
    conditions = (RcaRow.state.in_(UNREVIEWED), *wanted)
    found = rows.find_incidents_with_rca(session, HOUSE, *conditions)
    kept = rows.rcas_of(session, [row.id for row in found])
    return [(each, kept[each.id]) for each in incidents_of(session, found)]


# --- What has changed since somebody was appointed ---


def find_changed(session: Session, severities: Severities, staff: Staff) -> list[int]:
    """Return the incidents whose analysis does not fit them any more: reopened, or due on another day."""
    # The open ones first, which are few: a join may read every analysis there is
    is_open = (IncidentRow.state.in_(OPEN), IncidentRow.void.is_(None))
    going_on = [row.id for row in incidents.find_rows(session, HOUSE, *is_open)]
    kept = rows.rcas_of(session, going_on)
    went_on = [number for number in kept if kept[number].state != RcaState.DRAFT]
    found = _unreviewed(session)
    zones = zones_of(session, {row.owner for _, row in found}, staff)
    moved = [
        incident.id
        for incident, row in found
        if _new_day(incident, row, severities, zones[row.owner]) is not None
    ]
    return [*went_on, *moved]


@dataclass(frozen=True, slots=True)
class Change:
    """What has become of an analysis: a draft again, or due on another day than before."""

    rca: Rca
    is_reopened: bool


def take_change(
    session: Session, incident_id: int, severities: Severities, staff: Staff
) -> Change | None:
    """Let an analysis fit its incident again; None where it does."""
    row = incidents.locked_row(session, incident_id, HOUSE)
    kept = rows.locked_rca(session, row) if row is not None else None
    if row is None or kept is None:
        return None
    incident = incident_of(session, row)
    if incident.state not in OVER:
        return _change(session, row, kept, is_reopened=True) if reopened(session, row) else None
    day = _new_day(incident, kept, severities, zone_of(session, kept.owner, staff))
    if day is None or kept.state == RcaState.REVIEWED:
        return None
    kept.due_on, kept.reminded_on, kept.escalated_on = day, None, None
    return _change(session, row, kept, is_reopened=False)


def _change(
    session: Session, row: IncidentRow, kept: RcaRow, *, is_reopened: bool
) -> Change | None:
    session.flush()
    rca = find_for_owner(session, row.id, kept.owner)
    return Change(rca, is_reopened) if rca else None


def _new_day(
    incident: Incident, row: RcaRow, severities: Severities, zone: ZoneInfo
) -> date | None:
    """Return by when an analysis is due, where that is not what its owner was told.

    It is reckoned in the zone in which they were told: that somebody moves, or becomes better known, moves no day.
    """
    resolved, severity = incident.times.resolved, severities.of(incident.severity)
    if resolved is None or not is_required(incident, severity):
        return None
    told = ZoneInfo(row.due_zone) if row.due_zone else zone
    day = due_day(resolved, severity, told)
    return day if day != row.due_on else None


# --- What nobody analyses ---


def find_unappointed(session: Session, severities: Severities, now: datetime) -> list[Incident]:
    """Return the incidents that need an analysis and that nobody analyses."""
    needy = [slug for slug, severity in severities.all.items() if severity.needs_rca]
    since = now - FORGOTTEN_AFTER
    found: Sequence[IncidentRow] = rows.find_incidents_without_rca(
        session, HOUSE, needy, since, now
    )
    return [each for each in incidents_of(session, found) if each.state in OVER]
