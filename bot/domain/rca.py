"""The root cause analysis of an incident as it stands: what it says, what is missing, who may do what with it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.domain.action_item import ActionItem
from bot.domain.action_list import for_sources
from bot.domain.incident import Incident, find_incidents, incidents_of, who_sees
from bot.domain.person import Person
from bot.domain.severity import Severity
from bot.domain.workday import workday_after
from bot.errors import Forbidden, Refused
from bot.storage import rca as rows
from bot.storage.action import Readers
from bot.storage.incident import CheckRow, IncidentRow, RcaRow, Reader, is_a
from bot.vocabulary import ActionState, CauseClass, IncidentKind, IncidentState, RcaState, Role

OVER = (IncidentState.RESOLVED, IncidentState.CLOSED)
"""The states in which an incident can be analysed."""
UNREVIEWED = (RcaState.DRAFT, RcaState.IN_REVIEW)
"""The states of an analysis that somebody still has to do with."""


@dataclass(frozen=True, slots=True)
class Look:
    """A look, so many days after the mend, whether it came back; `came_back` is None until somebody has said."""

    days: int
    due_on: date
    asks: int
    asked_at: datetime | None
    answered_at: datetime | None
    answered_by: str | None
    came_back: bool | None


@dataclass(frozen=True, slots=True)
class Rca:
    """An analysis, what was decided to do, and whether it helped.

    `repeat` is the earlier incident with the same cause, where its reader may know of it; `actions` are those that its
    reader may see.
    """

    incident: Incident
    state: RcaState
    owner: str
    due_on: date | None
    summary: str | None = None
    impact: str | None = None
    detection: str | None = None
    factors: tuple[str, ...] = ()
    cause_class: CauseClass | None = None
    root_cause: str | None = None
    went_well: str | None = None
    went_badly: str | None = None
    lucky: str | None = None
    repeat: Incident | None = None
    no_repeat: bool = False
    no_action: str | None = None
    actions: tuple[ActionItem, ...] = ()
    submitted_at: datetime | None = None
    submitted_by: str | None = None
    reviewed_at: datetime | None = None
    reviewed_by: str | None = None
    looks: tuple[Look, ...] = ()

    @property
    def live_actions(self) -> tuple[ActionItem, ...]:
        """What is to be done or has been, without what was dropped."""
        return tuple(each for each in self.actions if each.state is not ActionState.DROPPED)

    @property
    def people(self) -> list[str]:
        """Whom it names by what they have to do with it."""
        reviewer = [self.reviewed_by] if self.reviewed_by else []
        return sorted({self.owner, *reviewer, *(each.owner for each in self.actions)})

    def is_overdue(self, today: date) -> bool:
        """Whether its day has passed and nobody has reviewed it."""
        is_late = self.due_on is not None and self.due_on < today
        return is_late and self.state is not RcaState.REVIEWED

    def missing(self) -> list[str]:
        """Return what it still lacks before somebody can review it."""
        return [
            *([] if self.summary else ["a summary"]),
            *([] if self.root_cause else ["the root cause"]),
            *([] if self.factors else ["at least one contributing factor"]),
            *(
                []
                if self.live_actions or self.no_action
                else ["an action, or the reason why none is needed"]
            ),
        ]


def due_day(resolved: datetime, severity: Severity, zone: ZoneInfo) -> date | None:
    """Return by when an analysis is due; None where the severity asks for none."""
    if severity.rca_workdays is None:
        return None
    day = resolved.astimezone(zone).date()
    for _ in range(severity.rca_workdays):
        day = workday_after(day)
    return day


# --- Finding ---


def find_rcas(session: Session, incidents: Collection[Incident], reader: Reader) -> dict[int, Rca]:
    """Return the analyses of incidents that the reader has been shown, by the incident's id."""
    found = rows.rcas_of(session, [each.id for each in incidents])
    analysed = [each for each in incidents if each.id in found]
    actions = for_sources(session, {source_ref(each.id) for each in analysed}, _readers(reader))
    looks = rows.checks_of(session, list(found))
    repeated = {each.repeat_of for each in analysed if each.repeat_of is not None}
    earlier = _by_id(session, repeated, reader)
    return {
        each.id: _made(
            each,
            found[each.id],
            earlier.get(each.repeat_of or 0),
            actions.get(source_ref(each.id), ()),
            looks[each.id],
        )
        for each in analysed
    }


def find_rca(session: Session, incident: Incident, reader: Reader) -> Rca | None:
    """Return the analysis of an incident that the reader has been shown; None where nobody has begun one."""
    return find_rcas(session, [incident], reader).get(incident.id)


def waiting(session: Session, reader: Reader, owner: str | None = None) -> list[Rca]:
    """Return the analyses that are not reviewed yet, what is due first first; of one owner or of all."""
    wanted = [
        RcaRow.state.in_(UNREVIEWED),
        IncidentRow.void.is_(None),
        IncidentRow.state.in_(OVER),
        *([RcaRow.owner == owner] if owner is not None else []),
    ]
    found = incidents_of(session, rows.find_incidents_with_rca(session, reader, *wanted))
    return list(find_rcas(session, found, reader).values())


def earlier_incidents(
    session: Session, incident: Incident, reader: Reader, most: int = 60
) -> list[Incident]:
    """Return which incidents it may repeat: earlier ones of its kind, those of its services first, the newest first."""
    wanted = (
        is_a(incident.kind),
        IncidentRow.began_at < incident.times.began,
        IncidentRow.void.is_(None),
    )
    return _nearest_first(find_incidents(session, reader, *wanted, most=_LOOKED_AT), incident, most)


def later_incidents(
    session: Session, incident: Incident, reader: Reader, most: int = 60
) -> list[Incident]:
    """Return as which incidents it may have come back: those that began after it, in the same order."""
    wanted = (
        is_a(incident.kind),
        IncidentRow.began_at > incident.times.began,
        IncidentRow.id != incident.id,
        IncidentRow.void.is_(None),
    )
    return _nearest_first(find_incidents(session, reader, *wanted, most=_LOOKED_AT), incident, most)


def repeats_of(session: Session, incident: Incident, reader: Reader) -> list[Incident]:
    """Return which incidents are confirmed or suspected to have the same cause as this earlier one."""
    wanted = (IncidentRow.repeat_of == incident.id, IncidentRow.void.is_(None))
    return find_incidents(session, reader, *wanted)


def source_ref(incident_id: int) -> str:
    """Return how an action says that it belongs to an incident's analysis."""
    return f"incident:{incident_id}"


_LOOKED_AT = 300


def _nearest_first(found: Sequence[Incident], to: Incident, most: int) -> list[Incident]:
    services = set(to.services)
    return sorted(found, key=lambda one: not services & set(one.services))[:most]


def _readers(reader: Reader) -> Readers:
    return {reader.person} if reader.person else None


def _by_id(session: Session, ids: Collection[int], reader: Reader) -> dict[int, Incident]:
    if not ids:
        return {}
    return {
        each.id: each for each in find_incidents(session, reader, IncidentRow.id.in_(sorted(ids)))
    }


def _made(
    incident: Incident,
    row: RcaRow,
    repeat: Incident | None,
    actions: Sequence[ActionItem],
    checks: Sequence[CheckRow],
) -> Rca:
    return Rca(
        incident=incident,
        state=RcaState(row.state),
        owner=row.owner,
        due_on=row.due_on,
        summary=row.summary,
        impact=row.impact,
        detection=row.detection,
        factors=tuple(lines_of(row.factors)),
        cause_class=CauseClass(row.cause_class) if row.cause_class else None,
        root_cause=row.root_cause,
        went_well=row.went_well,
        went_badly=row.went_badly,
        lucky=row.lucky,
        repeat=repeat if incident.repeat_is_confirmed else None,
        no_repeat=row.no_repeat,
        no_action=row.no_action,
        actions=tuple(actions),
        submitted_at=row.submitted_at,
        submitted_by=row.submitted_by,
        reviewed_at=row.reviewed_at,
        reviewed_by=row.reviewed_by,
        looks=tuple(_look(check) for check in checks),
    )


def _look(row: CheckRow) -> Look:
    return Look(
        row.days,
        row.due_on,
        row.asks,
        row.asked_at,
        row.answered_at,
        row.answered_by,
        row.came_back,
    )


def lines_of(text: str | None) -> Iterator[str]:
    """Yield what somebody wrote one a line, without what marks a list."""
    for line in (text or "").splitlines():
        if words := line.strip().lstrip("-*• \t"):
            yield words


# --- Who may do what, and when ---


class Deed(StrEnum):
    """What can be done with an analysis."""

    APPOINT = "appoint somebody"
    WRITE = "write in it"
    SUBMIT = "submit it for review"
    TAKE_BACK = "take it back"
    REVIEW = "review it"
    SEND_BACK = "send it back"


_IN_STATES: dict[Deed, tuple[RcaState, ...]] = {
    Deed.APPOINT: (RcaState.DRAFT, RcaState.IN_REVIEW),
    Deed.WRITE: (RcaState.DRAFT,),
    Deed.SUBMIT: (RcaState.DRAFT,),
    Deed.TAKE_BACK: (RcaState.IN_REVIEW,),
    Deed.REVIEW: (RcaState.IN_REVIEW,),
    Deed.SEND_BACK: (RcaState.IN_REVIEW, RcaState.REVIEWED),
}
_STANDS = {
    RcaState.DRAFT: "is a draft",
    RcaState.IN_REVIEW: "is in review",
    RcaState.REVIEWED: "is reviewed",
}


def deeds(rca: Rca, by: Person) -> frozenset[Deed]:
    """Return what a person may do with an analysis as it stands."""
    return frozenset(deed for deed in Deed if rca.state in _IN_STATES[deed] and _may(deed, rca, by))


def must_be_able(deed: Deed, rca: Rca, by: Person) -> None:
    """Raise `Refused` unless a person may do this with an analysis as it stands; the sentence says what would work."""
    if deed in deeds(rca, by):
        return
    if rca.state not in _IN_STATES[deed]:
        raise Refused(f"The analysis of {rca.incident.label} {_STANDS[rca.state]}{_instead(rca)}")
    raise Forbidden(_who(deed, rca, by))


def may_appoint(incident: Incident, by: Person) -> bool:
    """Return whether a person may say who analyses an incident."""
    return by.id == incident.lead or by.may(Role.LEAD)


def must_be_over(incident: Incident) -> None:
    """Raise `Refused` where an incident cannot be analysed: it is not over, or it was none."""
    if incident.void is not None:
        raise Refused(f"{incident.label} counts in no figure; there is nothing to analyse.")
    if incident.state not in OVER:
        raise Refused(f"{incident.label} is not resolved yet. Its analysis begins after that.")


def _may(deed: Deed, rca: Rca, by: Person) -> bool:
    is_writer = by.id == rca.owner or may_appoint(rca.incident, by)
    match deed:
        case Deed.APPOINT:
            return may_appoint(rca.incident, by)
        case Deed.WRITE | Deed.SUBMIT | Deed.TAKE_BACK:
            return is_writer
        case Deed.REVIEW:
            return by.may(Role.LEAD) and by.id not in (rca.owner, rca.submitted_by)
        case Deed.SEND_BACK:
            return by.may(Role.LEAD) and by.id != rca.owner


def _who(deed: Deed, rca: Rca, by: Person) -> str:
    name = f"the analysis of {rca.incident.label}"
    if deed in (Deed.REVIEW, Deed.SEND_BACK):
        if by.id in (rca.owner, rca.submitted_by):
            return "Nobody reviews their own analysis: another team lead or manager can."
        return f"Only team leads and managers can review {name}. It waits for one of them."
    if deed is Deed.APPOINT:
        return f"Only the lead of {rca.incident.label}, team leads and managers can appoint somebody. Ask one of them."
    return f"Only its owner, the incident's lead, team leads and managers can work on {name}. Ask its owner."


def _instead(rca: Rca) -> str:
    match rca.state:
        case RcaState.DRAFT:
            return ". It has to be submitted first."
        case RcaState.IN_REVIEW:
            return ". Take it back to change it."
        case RcaState.REVIEWED:
            return ". A team lead or manager can send it back to its owner."


def may_know(incident: Incident, person: str) -> bool:
    """Return whether somebody may know of an incident because it names them, or because everybody may."""
    audience = who_sees(incident, ())
    return audience is None or person in audience


def is_required(incident: Incident, severity: Severity) -> bool:
    """Return whether an incident has to be analysed."""
    return severity.needs_rca and incident.void is None and incident.kind is not IncidentKind.DRILL


def unfinished(incident: Incident, rca: Rca | None, severity: Severity) -> str | None:
    """Return what an incident that has to be analysed still lacks, as a sentence; None where nothing is missing."""
    if not is_required(incident, severity):
        return None
    if rca is None:
        return f"{incident.label} has to be analysed, and nobody writes its analysis yet."
    match rca.state:
        case RcaState.DRAFT if missing := rca.missing():
            return f"The analysis of {incident.label} lacks {', '.join(missing)}."
        case RcaState.DRAFT:
            return f"The analysis of {incident.label} has not been submitted for review yet."
        case RcaState.IN_REVIEW:
            return f"The analysis of {incident.label} waits for its review."
        case RcaState.REVIEWED:
            return None
