"""Reminders of an incident that goes on: an update is due, or nobody has taken it.

What is due follows from the incident as it stands: whoever looks, and however often, finds the same. While silence
lasts, one reminder is due each interval; what was missed in between is not made up for. What was written down
afterwards reminds nobody.
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
    """An update that is due: since when, for which interval this reminder is, and until when it is of use."""

    since: datetime
    at: datetime
    until: datetime


def overdue(incident: Incident, severities: Severities, now: datetime) -> Overdue | None:
    """Return the update that is due of an incident, None while none is."""
    since = incident.cadence.next_at
    if not incident.is_open or incident.is_backdated or since is None or since > now:
        return None
    every = severities.of(incident.severity).update_every
    if every is None:
        return Overdue(since, since, now + _NO_INTERVAL)
    at = since + (now - since) // every * every
    return Overdue(since, at, at + every)


def is_untaken(incident: Incident, severities: Severities, now: datetime) -> bool:
    """Return whether nobody has taken an incident in the time that its severity allows."""
    within = severities.of(incident.severity).acknowledge_within
    if within is None or incident.is_backdated or not incident.is_open:
        return False
    if incident.state is not IncidentState.DETECTED or incident.lead is not None:
        return False
    return within <= now - incident.times.declared < within + _CATCH_UP


def neglected(session: Session, severities: Severities, now: datetime) -> Sequence[Incident]:
    """Return the incidents of which an update is due, or that nobody has taken, the newest first."""
    going_on = (
        IncidentRow.state.in_(OPEN),
        IncidentRow.void.is_(None),
        IncidentRow.is_backdated.is_(False),
    )
    silent = find_incidents(session, HOUSE, *going_on, IncidentRow.next_update_at <= now)
    longest = max(
        (each.acknowledge_within or timedelta() for each in severities.all.values()),
        default=timedelta(),
    )
    new = (
        IncidentRow.state == IncidentState.DETECTED,
        IncidentRow.lead.is_(None),
        IncidentRow.declared_at > now - longest - _CATCH_UP,
    )
    untaken = [
        each
        for each in find_incidents(session, HOUSE, *going_on, *new)
        if is_untaken(each, severities, now)
    ]
    return [*silent, *untaken]


def push(work: Work) -> Incident:
    """Ask for the next update half an hour from now."""
    return incident_work.snooze(work, work.now + PUSH)
