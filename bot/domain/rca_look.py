"""Did it work? 30, 60 and 90 days after the last action was verified it is asked whether an incident came back.

Its owner is asked on the day, and once more a week later where nobody has answered; where they may not know of the
incident any more its lead is, or who sees all the restricted ones. What is said is kept, and a return makes the other
incident a confirmed repeat.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.domain.colleague import Staff, zone_of, zones_of
from bot.domain.incident import HOUSE, Incident, Reader, find_incident, incident_of, incidents_of
from bot.domain.incident_work import Work, mark_repeat
from bot.domain.person import Person
from bot.domain.rca import (
    Look,
    Rca,
    find_rca,
    find_rcas,
    later_incidents,
    may_appoint,
    may_know,
    repeats_of,
    source_ref,
)
from bot.domain.rca_work import again
from bot.domain.workday import is_working_time
from bot.errors import Forbidden, Refused
from bot.storage import action as actions
from bot.storage import incident as incidents
from bot.storage import rca as rows
from bot.storage.rca import MOST_ASKS
from bot.vocabulary import RcaState

AFTER_DAYS = (30, 60, 90)
ASK_AGAIN = timedelta(days=7)
TOO_LATE = timedelta(days=30)  # what was missed for so long is not asked any more


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody is asked: whether it came back, which is said to have the same cause, and which came later."""

    to: str
    rca: Rca
    look: Look
    repeats: tuple[Incident, ...]
    later: tuple[Incident, ...]


def find_to_plan(session: Session, now: datetime) -> Sequence[int]:
    """Return the incidents at which somebody may begin to look: reviewed, and all that was to be done is verified."""
    return rows.find_incidents_to_plan(session, now)


def plan(session: Session, incident_id: int, staff: Staff) -> None:
    """Say on which days it will be asked whether it came back."""
    row = incidents.locked_row(session, incident_id, HOUSE)
    kept = rows.locked_rca(session, row) if row is not None else None
    if row is None or kept is None or kept.unplanned_since is None:
        return
    ref = source_ref(incident_id)
    if actions.has_unsettled(session, ref):
        return
    settled = max(kept.unplanned_since, actions.last_verified(session, ref) or kept.unplanned_since)
    day = settled.astimezone(zone_of(session, kept.owner, staff)).date()
    for days in AFTER_DAYS:
        rows.add_check(session, row, days, day + timedelta(days=days))
    kept.unplanned_since = None


def find_to_ask(
    session: Session, staff: Staff, now: datetime, watchers: Sequence[str]
) -> list[int]:
    """Return the incidents of which it is to be asked now whether they came back."""
    tomorrow = (now + timedelta(days=1)).date()  # east of Greenwich it may be tomorrow already
    found = rows.find_incidents_to_check(session, HOUSE, tomorrow - TOO_LATE, tomorrow)
    rcas = find_rcas(session, incidents_of(session, found), HOUSE).values()
    asked = [(rca, who) for rca in rcas if (who := _whom(rca.incident, rca.owner, watchers))]
    zones = zones_of(session, {who for _, who in asked}, staff)
    return [rca.incident.id for rca, who in asked if _due_look(rca, zones[who], now) is not None]


def _whom(incident: Incident, owner: str, watchers: Sequence[str]) -> str | None:
    """Return who is asked of an incident: its owner, as long as they may know of it."""
    if may_know(incident, owner):
        return owner
    return next(filter(None, (incident.lead, *watchers)), None)


def take_question(
    session: Session, incident_id: int, staff: Staff, now: datetime, watchers: Sequence[str]
) -> Question | None:
    """Return what somebody is to be asked, and count it as asked; None where somebody else has meanwhile.

    `watchers` see all the restricted incidents.
    """
    row = incidents.locked_row(session, incident_id, HOUSE)
    kept = rows.rcas_of(session, [incident_id]).get(incident_id)
    who = _whom(incident_of(session, row), kept.owner, watchers) if row and kept else None
    if row is None or who is None:
        return None
    reader = Reader(who, sees_restricted=who in watchers)
    rca = find_rca(session, incident_of(session, row), reader)
    look = _due_look(rca, zone_of(session, who, staff), now) if rca is not None else None
    if rca is None or look is None:
        return None
    if not rows.count_ask(session, row, look.days, look.asks, now):
        return None
    return Question(
        who,
        rca,
        look,
        tuple(repeats_of(session, rca.incident, reader)),
        tuple(later_incidents(session, rca.incident, reader)),
    )


def _due_look(rca: Rca, zone: ZoneInfo, now: datetime) -> Look | None:
    """Return the look whose question is due now: of several that were missed the last alone."""
    if rca.state is not RcaState.REVIEWED or not is_working_time(now, zone):
        return None
    today = now.astimezone(zone).date()
    come = [look for look in rca.looks if today - TOO_LATE < look.due_on <= today]
    if not come or any(look.came_back for look in rca.looks):
        return None
    look = come[-1]
    if look.answered_at is not None or look.asks >= MOST_ASKS:
        return None
    if look.asked_at is not None:
        asked_on = look.asked_at.astimezone(zone).date()
        if today < asked_on + ASK_AGAIN:
            return None
    return look


def answer(work: Work, days: int, returned_as: int | None, reader: Reader) -> Rca:
    """Keep whether it came back, and as which incident; earlier questions that nobody answered are answered with it."""
    rca = again(work.session, work.row, reader)
    look = next((one for one in rca.looks if one.days == days), None)
    if look is None:
        raise Refused("This question is not asked any more.")
    _must_answer(rca, look, work.by)
    rows.keep_answer(
        work.session,
        work.row,
        days,
        work.now,
        work.by.id,
        came_back=returned_as is not None,
    )
    words = "came back" if returned_as is not None else "has not come back"
    work.step(f"says that it {words}, {days} days after it was mended")
    return again(work.session, work.row, reader)


def _must_answer(rca: Rca, look: Look, by: Person) -> None:
    if by.id != rca.owner and not may_appoint(rca.incident, by):
        raise Forbidden(
            "Only the owner of the analysis, the incident’s lead, team leads and managers can answer this."
        )
    if look.answered_at is not None:
        raise Refused("That has been answered already. Thank you.")


def mark_return(work: Work, original: Incident, reader: Reader) -> Incident:
    """Say that the incident that `work` is on is the return of an earlier one; a human has confirmed it."""
    earlier = find_incident(work.session, original.id, reader)
    if work.incident.repeat_of == earlier.id and work.incident.repeat_is_confirmed:
        return work.incident
    return mark_repeat(work, earlier, is_confirmed=True)
