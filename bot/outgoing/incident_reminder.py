"""Reminders of incidents on their way: to the lead, or else to who communicates, or else into the card's thread.

A reminder's key names the interval it is for ("incident:12:due:1795426200"), so that it is promised once, whoever
looks and however often.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from bot.blocks import incident_reminder as blocks
from bot.domain import incident_reminder
from bot.domain.incident import HOUSE, Incident, find_incident, who_sees
from bot.domain.incident_reminder import Overdue, neglected, overdue, untaken
from bot.domain.incident_steps import is_account
from bot.domain.incident_work import Work
from bot.outgoing import incident as outgoing
from bot.services import Services, promise, promise_edit
from bot.storage import incident as rows
from bot.storage import outbox
from bot.vocabulary import Priority


@dataclass(frozen=True, slots=True)
class _Reminder:
    """What is to be said: an update is due, or nobody has taken it."""

    incident: Incident
    what: Literal["due", "untaken"]
    due: Overdue

    @property
    def part(self) -> str:
        return f"{self.what}:{self.due.at.timestamp():.0f}"

    @property
    def key(self) -> str:
        return f"{outgoing.card_key(self.incident.id)}:{self.part}"


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
    if overdue(incident, services.severities, now):
        outgoing.refresh(session, services, incident)  # its card says so too


def push(session: Session, services: Services, work: Work) -> Incident:
    """Ask for the next update half an hour from now; the reminder that stands says so instead."""
    due = overdue(work.incident, services.severities, work.now)
    incident = incident_reminder.push(work, services.severities)
    outgoing.refresh(session, services, incident)
    if due is not None:
        key = _Reminder(incident, "due", due).key
        promise_edit(session, key, blocks.pushed_message(incident, work.by.id))
    return incident


def _reminders(services: Services, incident: Incident, now: datetime) -> list[_Reminder]:
    """Return what is to be said now; while nobody has taken it or tells of it, that alone is said to everybody."""
    found = []
    waits = untaken(incident, services.severities, now)
    due = overdue(incident, services.severities, now)
    if waits is not None:
        found.append(_Reminder(incident, "untaken", waits))
    if due is not None and (waits is None or is_account(incident.comms)):
        found.append(_Reminder(incident, "due", due))
    return found


def _promise(session: Session, services: Services, reminder: _Reminder, now: datetime) -> None:
    incident, due = reminder.incident, reminder.due
    is_due = reminder.what == "due"
    to = _whom(services, incident) if is_due else _instead_of_thread(services, incident)
    message = (
        blocks.update_due_message(incident, due, now)
        if is_due
        else blocks.untaken_message(incident, now)
    )
    urgent = Priority.SCHEDULED
    if to is not None:
        promise(session, to, message, reminder.key, priority=urgent, until=due.until)
        return
    outgoing.tell(
        session, services, incident, message, reminder.part, priority=urgent, broadcast=not is_due
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
