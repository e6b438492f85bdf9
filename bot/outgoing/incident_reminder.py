"""Reminders of incidents on their way: to the lead, or else to who communicates, or else into the card's thread.

A reminder's key names the interval it is for ("incident:12:due:1795426200"), so that it is promised once, whoever
looks and however often.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.blocks import incident_reminder as blocks
from bot.domain import incident_reminder
from bot.domain.incident import HOUSE, Incident, find_incident, who_sees
from bot.domain.incident_reminder import Overdue, is_untaken, neglected, overdue
from bot.domain.incident_steps import is_account
from bot.domain.incident_work import Work
from bot.outgoing import incident as outgoing
from bot.services import Services, promise, promise_edit
from bot.storage import incident as rows
from bot.storage import outbox
from bot.vocabulary import Priority

_DUE, _UNTAKEN = "due", "untaken"


@dataclass(frozen=True, slots=True)
class _Reminder:
    """What is to be said: an update that is due, or (None) that nobody has taken it."""

    incident: Incident
    due: Overdue | None

    @property
    def key(self) -> str:
        of = outgoing.card_key(self.incident.id)
        return f"{of}:{_DUE}:{self.due.at.timestamp():.0f}" if self.due else f"{of}:{_UNTAKEN}"


def who_waits(session: Session, services: Services) -> list[int]:
    """Return the ids of the incidents of which somebody has to be reminded now, and has not been yet."""
    now = services.now(session)
    waiting = [
        reminder
        for incident in neglected(session, services.severities, now)
        for reminder in _reminders(services, incident, now)
    ]
    said = outbox.promised(session, {one.key for one in waiting})
    return list(dict.fromkeys(one.incident.id for one in waiting if one.key not in said))


def remind(session: Session, services: Services, incident_id: int) -> None:
    """Promise the reminders of an incident that are due as it stands; promising one again is promising it once."""
    rows.locked_row(session, incident_id, HOUSE)  # so that an update told just now counts
    now = services.now(session)
    incident = find_incident(session, incident_id, HOUSE)
    for reminder in _reminders(services, incident, now):
        _promise(session, services, reminder, now)


def push(session: Session, services: Services, work: Work) -> Incident:
    """Ask for the next update half an hour from now; the reminder that stands says so instead."""
    due = overdue(work.incident, services.severities, work.now)
    incident = incident_reminder.push(work)
    outgoing.refresh(session, services, incident)
    if due is not None:
        key = _Reminder(incident, due).key
        promise_edit(session, key, blocks.pushed_message(incident, work.by.id))
    return incident


def _reminders(services: Services, incident: Incident, now: datetime) -> list[_Reminder]:
    found = []
    if due := overdue(incident, services.severities, now):
        found.append(_Reminder(incident, due))
    if is_untaken(incident, services.severities, now):
        found.append(_Reminder(incident, None))
    return found


def _promise(session: Session, services: Services, reminder: _Reminder, now: datetime) -> None:
    incident, due = reminder.incident, reminder.due
    to = _whom(services, incident) if due else _instead_of_thread(services, incident)
    message = (
        blocks.update_due_message(incident, due, now)
        if due
        else blocks.untaken_message(incident, now)
    )
    if to is not None:
        until = due.until if due else None
        promise(session, to, message, reminder.key, priority=Priority.SCHEDULED, until=until)
        return
    part = reminder.key.removeprefix(f"{outgoing.card_key(incident.id)}:")
    urgent = Priority.SCHEDULED
    outgoing.tell(
        session, services, incident, message, part, priority=urgent, broadcast=due is None
    )


def _whom(services: Services, incident: Incident) -> str | None:
    """Return who is reminded by a direct message; None where it is for whoever reads the thread."""
    audience = who_sees(incident, services.settings.incidents.restricted_to)
    people = [one for one in (incident.lead, incident.comms) if audience is None or one in audience]
    first = next((one for one in people if is_account(one)), None)
    return first or _instead_of_thread(services, incident)


def _instead_of_thread(services: Services, incident: Incident) -> str | None:
    """Return who is reminded of an incident whose card stands nowhere."""
    if outgoing.card_place(services, incident) is not None:
        return None
    return next(iter(outgoing.who_hears(services, incident)), None)
