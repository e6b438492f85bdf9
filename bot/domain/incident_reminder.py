"""Reminders of an incident that goes on: an update is due, or nobody has taken it.

What is due follows from the incident as it stands: whoever looks, and however often, finds the same. While silence
lasts, one reminder is due each interval; what was missed in between is not made up for. What was over when it was
written down, or came from a file, reminds nobody before somebody works on it: nothing has been promised of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain import incident_work
from bot.domain.incident import HOUSE, OPEN, Incident, find_incidents
from bot.domain.incident_work import Work
from bot.domain.severity import Severities
from bot.storage.incident import IncidentRow
from bot.vocabulary import IncidentState

PUSH = timedelta(minutes=30)
_NO_INTERVAL = timedelta(hours=1)  # how long a single reminder is of use
_CATCH_UP = timedelta(hours=12)  # later nobody needs to hear that it was not taken in time


@dataclass(frozen=True, slots=True)
class Overdue:
    """What is due: since when, for which interval a reminder is, and until when it is of use."""

    since: datetime
    at: datetime
    until: datetime


def overdue(incident: Incident, severities: Severities, now: datetime) -> Overdue | None:
    """Return the update that is due of an incident, None while none is."""
    since = incident.cadence.next_at
    if not incident.is_open or since is None or since > now:
        return None
    return _due(since, severities.of(incident.severity).update_every, now + _NO_INTERVAL, now)


def untaken(incident: Incident, severities: Severities, now: datetime) -> Overdue | None:
    """Return the word that is due where nobody has taken an incident in the time that its severity allows.

    Where updates are due of it once an interval, so is this; else it is said once, and not hours later.
    """
    severity = severities.of(incident.severity)
    within = severity.acknowledge_within
    if within is None or not incident.is_open or incident.cadence.told_at is None:
        return None
    if incident.state is not IncidentState.DETECTED or incident.lead is not None:
        return None
    since = incident.times.declared + within
    due = _due(since, severity.update_every, since + _CATCH_UP, now)
    return due if since <= now < due.until else None


def _due(since: datetime, every: timedelta | None, once: datetime, now: datetime) -> Overdue:
    if every is None:
        return Overdue(since, since, once)
    at = since + (now - since) // every * every
    return Overdue(since, at, at + every)


def neglected(session: Session, severities: Severities, now: datetime) -> Sequence[Incident]:
    """Return the incidents of which an update is due, or that nobody has taken, the newest first."""
    going_on = (IncidentRow.state.in_(OPEN), IncidentRow.void.is_(None))
    silent = find_incidents(session, HOUSE, *going_on, IncidentRow.next_update_at <= now)
    new = (
        IncidentRow.state == IncidentState.DETECTED,
        IncidentRow.lead.is_(None),
        IncidentRow.told_at.is_not(None),
    )
    waiting = [
        each
        for each in find_incidents(session, HOUSE, *going_on, *new)
        if untaken(each, severities, now)
    ]
    return [*silent, *waiting]


def push(work: Work, severities: Severities) -> Incident:
    """Ask for the next update half an hour from now."""
    severity = severities.of(work.incident.severity)
    return incident_work.snooze(work, work.now + PUSH, severity)
