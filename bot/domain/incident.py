"""An incident as it stands: what is known of it, how people name it, and who may do what with it."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import Session

from bot.domain.incident_times import Times
from bot.domain.person import Person
from bot.domain.words import quoted
from bot.errors import Forbidden, Refused
from bot.storage import incident as rows
from bot.storage.incident import EVERYBODY, HOUSE, Affected, IncidentRow, Reader, Spell
from bot.vocabulary import Customers, Effect, IncidentKind, IncidentState, Noticed, Role, Void

__all__ = ["EVERYBODY", "HOUSE", "Affected", "Incident", "Reader", "Spell"]

LONGEST_TITLE = 150
OPEN = (
    IncidentState.DETECTED,
    IncidentState.ACKNOWLEDGED,
    IncidentState.MITIGATED,
    IncidentState.REOPENED,
)
"""The states in which somebody still works on it."""

_EVER = datetime(1970, 1, 1, tzinfo=UTC)

_PREFIX = {IncidentKind.REAL: "INC", IncidentKind.DRILL: "DRILL", IncidentKind.SECURITY: "SEC"}
_KINDS = {prefix: kind for kind, prefix in _PREFIX.items()} | {"INCIDENT": IncidentKind.REAL}
_LABEL = re.compile(
    r"(?:(?P<prefix>inc(?:ident)?|drill|sec)[\s_#-]*|#)?(?P<number>[0-9]{1,9})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Cadence:
    """How well those concerned were kept informed: updates that were due, those in time, the longest silence."""

    told_at: datetime | None = None
    next_at: datetime | None = None
    intervals: int = 0
    kept: int = 0
    longest: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Incident:
    """Everything that is known of one incident but its timeline and analysis.

    `duplicate_of` and `repeat_of` are ids. `spells` are the stretches of impact that were over before it was reopened.
    """

    id: int
    kind: IncidentKind
    number: int
    title: str
    severity: str
    times: Times
    declared_by: str
    affected: tuple[Affected, ...] = ()
    customers: Customers | None = None
    effect: Effect | None = None
    noticed: Noticed | None = None
    is_restricted: bool = False
    is_backdated: bool = False
    void: Void | None = None
    duplicate_of: int | None = None
    repeat_of: int | None = None
    repeat_is_confirmed: bool = False
    reopens: int = 0
    spells: tuple[Spell, ...] = ()
    source: str = "slack"
    lead: str | None = None
    comms: str | None = None
    responders: tuple[str, ...] = ()
    cadence: Cadence = Cadence()
    channel: str | None = None
    card_channel: str | None = None
    card_ts: str | None = None

    @property
    def label(self) -> str:
        """How people name it: INC-001."""
        return label(self.kind, self.number)

    @property
    def state(self) -> IncidentState:
        """How far it has come."""
        return self.times.state()

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to work on it."""
        return self.void is None and self.state in OPEN

    @property
    def counts(self) -> bool:
        """Whether it is in figures: no drill, no duplicate, no false alarm, and nothing that only some may know of."""
        return self.kind is IncidentKind.REAL and self.void is None and not self.is_restricted

    @property
    def services(self) -> tuple[str, ...]:
        """What it affects."""
        return tuple(each.service for each in self.affected)


def label(kind: IncidentKind, number: int) -> str:
    """Return how people name an incident; the number grows beyond three digits and is never cut."""
    return f"{_PREFIX[kind]}-{number:03d}"


def read_label(text: str) -> tuple[IncidentKind, int]:
    """Return which incident `inc-7`, `INC-007`, `#7`, `7`, `drill-1` or `SEC-2` means; `Refused` for anything else."""
    found = _LABEL.fullmatch(text.strip().strip(".,:;!?"))
    if found is None or int(found["number"]) == 0:
        raise Refused(
            f"{quoted(text)} is no incident. Write `INC-7` or `7`; `/incident list` has them."
        )
    prefix = (found["prefix"] or "inc").upper()
    return _KINDS[prefix], int(found["number"])


def is_label(text: str) -> bool:
    """Return whether a text looks like the number of an incident."""
    return _LABEL.fullmatch(text.strip()) is not None


# --- Finding ---


def find_named(session: Session, text: str, reader: Reader) -> Incident:
    """Return the incident that somebody typed; what they may not see reads as what is not there."""
    kind, number = read_label(text)
    row = rows.find_number(session, kind, number, reader)
    if row is None:
        raise Refused(not_found(label(kind, number)))
    return incident_of(session, row)


def find_incident(session: Session, incident_id: int, reader: Reader) -> Incident:
    """Return an incident by its id."""
    row = rows.find_row(session, incident_id, reader)
    if row is None:
        raise Refused(not_found("this incident"))
    return incident_of(session, row)


def not_found(what: str) -> str:
    """Return the sentence for an incident that is not there, or that somebody may not see: it is the same."""
    return f"I know of no {what}." if what != "this incident" else "I know of no such incident."


def find_at(session: Session, channel: str, thread: str, reader: Reader) -> Incident | None:
    """Return the incident whose own channel this is, or under whose card a message stands; None for any other place."""
    row = rows.incident_at(session, channel, thread, reader)
    return incident_of(session, row) if row else None


def find_incidents(
    session: Session,
    reader: Reader,
    *wanted: ColumnElement[bool],
    most: int | None = None,
    order: Sequence[object] = (),
) -> list[Incident]:
    """Return the incidents that a reader may see and for which all that is wanted holds, the newest first."""
    return incidents_of(session, rows.find_rows(session, reader, *wanted, order=order, most=most))


def open_incidents(session: Session, reader: Reader, most: int | None = None) -> list[Incident]:
    """Return the incidents that somebody still works on, the newest first."""
    is_open = (IncidentRow.state.in_(OPEN), IncidentRow.void.is_(None))
    return find_incidents(session, reader, *is_open, most=most)


def touched_since(
    session: Session, reader: Reader, since: datetime, until: datetime
) -> list[Incident]:
    """Return the incidents that began or ended between two instants, and those that were open then, the newest first.

    What counts in no figure is left out.
    """
    i = IncidentRow
    counts = (i.began_at <= until, i.void.is_(None), rows.is_a(IncidentKind.REAL))
    # Each is found by an index, however many there are
    was_open = (i.resolved_at.is_(None), i.resolved_at >= since)
    found = [one for each in was_open for one in find_incidents(session, reader, each, *counts)]
    return sorted(found, key=lambda one: (one.times.began, one.id), reverse=True)


def has_incidents(session: Session, reader: Reader) -> bool:
    """Return whether a reader may know of any incident at all."""
    return bool(rows.find_rows(session, reader, most=1))


def recent_incidents(session: Session, reader: Reader, most: int) -> list[Incident]:
    """Return the incidents that nobody works on any more, the last that ended first."""
    i = IncidentRow
    is_over = or_(i.state.not_in(OPEN), i.void.is_not(None))
    by_end = (i.resolved_at.desc(), i.id.desc())
    # Each is found from the end of an index, however many there are
    found = [
        *rows.find_rows(session, reader, i.resolved_at > _EVER, is_over, order=by_end, most=most)
    ]
    for why in Void:
        found += rows.find_rows(session, reader, i.resolved_at.is_(None), i.void == why, most=most)
    found.sort(key=lambda row: (row.resolved_at or row.began_at, row.id), reverse=True)
    return incidents_of(session, found[:most])


def count_open(session: Session, reader: Reader) -> int:
    """Return how many incidents somebody still works on."""
    return rows.count_rows(session, reader, IncidentRow.state.in_(OPEN), IncidentRow.void.is_(None))


def related_labels(session: Session, incident: Incident, reader: Reader) -> dict[int, str]:
    """Return what the incidents are called that this one duplicates or repeats, by id, as far as a reader may know."""
    ids = [one for one in (incident.duplicate_of, incident.repeat_of) if one is not None]
    if not ids:
        return {}
    found = find_incidents(session, reader, IncidentRow.id.in_(ids))
    return {one.id: one.label for one in found}


def related_to(session: Session, incident: Incident, reader: Reader) -> list[Incident]:
    """Return the incidents that duplicate or repeat this one, as far as a reader may know of them."""
    of = or_(IncidentRow.duplicate_of == incident.id, IncidentRow.repeat_of == incident.id)
    return find_incidents(session, reader, of)


def duplicates_of(session: Session, incident: Incident, reader: Reader) -> list[Incident]:
    """Return the incidents that are the same as this one, with what is the same as those in turn."""
    return incidents_of(session, rows.duplicates_of(session, [incident.id], reader))


def originals_of(session: Session, incident: Incident, reader: Reader) -> list[Incident]:
    """Return the incident that this one is a duplicate of, with what that is a duplicate of in turn."""
    found: list[Incident] = []
    while incident.duplicate_of is not None:
        incident = find_incident(session, incident.duplicate_of, reader)
        found.append(incident)
    return found


def is_watched(session: Session, channel: str) -> bool:
    """Return whether what people mark in a channel may belong to an incident."""
    return rows.is_watched(session, channel)


def incident_of(session: Session, row: IncidentRow) -> Incident:
    """Return a row, and what hangs on it, as it is passed around."""
    return incidents_of(session, [row])[0]


def new_incident(row: IncidentRow, services: Sequence[str], people: Sequence[str]) -> Incident:
    """Return a row that has just been written, with all that was written beside it, as it is passed around."""
    return _made(row, [Affected(each, None, None) for each in services], [], people)


def incidents_of(session: Session, found: Collection[IncidentRow]) -> list[Incident]:
    """Return rows, and what hangs on them, as they are passed around; as many queries for many as for one."""
    services = rows.affected_by(session, found)
    spells = rows.spells_of(session, found)
    people = rows.responders_of(session, found)
    return [_made(row, services[row.id], spells[row.id], people[row.id]) for row in found]


def times_of(row: IncidentRow, spells: Sequence[Spell] = ()) -> Times:
    """Return the instants of a row; `spells` are what was over before it was reopened."""
    return Times(
        row.declared_at,
        row.started_at,
        row.detected_at,
        row.acknowledged_at,
        row.mitigated_at,
        row.resolved_at,
        row.closed_at,
        row.reopened_at,
        spells[0].ended_at if spells else None,
        row.fired_at,
    )


def _made(
    row: IncidentRow, services: Sequence[Affected], spells: Sequence[Spell], people: Sequence[str]
) -> Incident:
    return Incident(
        id=row.id,
        kind=IncidentKind(row.kind),
        number=row.number,
        title=row.title,
        severity=row.severity,
        times=times_of(row, spells),
        declared_by=row.declared_by,
        affected=tuple(services),
        customers=Customers(row.customers) if row.customers else None,
        effect=Effect(row.effect) if row.effect else None,
        noticed=Noticed(row.noticed) if row.noticed else None,
        is_restricted=row.is_restricted,
        is_backdated=row.is_backdated,
        void=Void(row.void) if row.void else None,
        duplicate_of=row.duplicate_of,
        repeat_of=row.repeat_of,
        repeat_is_confirmed=row.repeat_is_confirmed,
        reopens=row.reopens,
        spells=tuple(spells),
        source=row.source,
        lead=row.lead,
        comms=row.comms,
        responders=tuple(people),
        cadence=Cadence(
            row.told_at,
            row.next_update_at,
            row.intervals,
            row.intervals_kept,
            timedelta(seconds=row.longest_silence),
        ),
        channel=row.channel,
        card_channel=row.card_channel,
        card_ts=row.card_ts,
    )


# --- Who may know of it, and do what ---


def who_sees(incident: Incident, others: Collection[str]) -> frozenset[str] | None:
    """Return who may know of an incident, None for everybody; `others` see all the restricted ones.

    It is what `visible_to` decides, for people. Whoever communicates is named on it when they are given that.
    """
    if not incident.is_restricted:
        return None
    return frozenset(filter(None, (incident.lead, *incident.responders, *others)))


def must_run(incident: Incident, by: Person, to: str) -> None:
    """Raise `Forbidden` unless a person leads this incident or is a manager."""
    if runs(incident, by):
        return
    what_then = "Take the lead, or ask them" if incident.void is None else "Ask one of them"
    raise Forbidden(f"Only the lead of {incident.label} and managers can {to}. {what_then}.")


def runs(incident: Incident, by: Person) -> bool:
    """Return whether a person leads this incident or is a manager."""
    return by.id == incident.lead or by.may(Role.MANAGER)
