"""Incidents and all that hangs on them, each query made for somebody who reads.

A restricted incident exists only for those it names. So every query that touches these tables passes `visible_to`, or
`_of` for what belongs to an incident that has been found so; both leave a mark on the statement, and the tests refuse
any statement without it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Text,
    UniqueConstraint,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.storage.database import NUMBER, Row, UtcDateTime, in_parts, insert_into
from bot.vocabulary import IncidentKind, RcaState

MARK = "incidents_for"  # on every statement here: whom it is for

_INCIDENT = "incident.id"
_IS_FIRING = text("is_firing")


class IncidentRow(Row):
    """One incident: what it is, when things happened, whose it is, and where it stands in Slack."""

    __tablename__ = "incident"
    __table_args__ = (
        UniqueConstraint("kind", "number", name="uq_incident_number"),
        Index("ix_incident_began", "began_at"),
        # Those that never ended are few but for the void ones, which only grow
        Index("ix_incident_resolved", "resolved_at", "void", "began_at"),
        Index("ix_incident_state", "state", "void", "next_update_at"),
        Index("ix_incident_duplicate", "duplicate_of"),
        Index("ix_incident_channel", "channel"),
        Index("ix_incident_card", "card_channel", "card_ts"),
    )

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[int] = mapped_column(Integer)  # of its kind, never used again
    title: Mapped[str] = mapped_column(String(150))
    severity: Mapped[str] = mapped_column(String(40))
    customers: Mapped[str | None] = mapped_column(String(20))
    effect: Mapped[str | None] = mapped_column(String(20))
    noticed: Mapped[str | None] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    is_restricted: Mapped[bool] = mapped_column(Boolean)
    is_backdated: Mapped[bool] = mapped_column(Boolean)
    void: Mapped[str | None] = mapped_column(String(20))  # why it counts in no figure
    duplicate_of: Mapped[int | None] = mapped_column(NUMBER, ForeignKey(_INCIDENT))
    repeat_of: Mapped[int | None] = mapped_column(NUMBER, ForeignKey(_INCIDENT))
    repeat_is_confirmed: Mapped[bool] = mapped_column(Boolean)

    began_at: Mapped[datetime] = mapped_column(UtcDateTime)  # the earliest that is known
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # by its alerts, not by people
    detected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    declared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mitigated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reopened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reopens: Mapped[int] = mapped_column(Integer)

    declared_by: Mapped[str] = mapped_column(String(50))
    source: Mapped[str] = mapped_column(String(200))  # "slack", "alertmanager", a file's name
    lead: Mapped[str | None] = mapped_column(String(50))
    comms: Mapped[str | None] = mapped_column(String(50))

    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the last update
    next_update_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    intervals: Mapped[int] = mapped_column(Integer)  # between updates, so far
    intervals_kept: Mapped[int] = mapped_column(Integer)
    longest_silence: Mapped[int] = mapped_column(Integer)  # seconds

    channel: Mapped[str | None] = mapped_column(String(50))  # its own
    card_channel: Mapped[str | None] = mapped_column(String(50))
    card_ts: Mapped[str | None] = mapped_column(String(50))


class ServiceRow(Row):
    """A service that an incident affects; its own times where they differ from the incident's."""

    __tablename__ = "incident_service"
    __table_args__ = (Index("ix_incident_service", "service"),)

    incident_id: Mapped[int] = mapped_column(NUMBER, ForeignKey(_INCIDENT), primary_key=True)
    service: Mapped[str] = mapped_column(String(75), primary_key=True)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SpellRow(Row):
    """A stretch of impact that was over before the incident was reopened."""

    __tablename__ = "incident_spell"
    __table_args__ = (Index("ix_incident_spell", "incident_id"),)

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=True)
    incident_id: Mapped[int] = mapped_column(NUMBER, ForeignKey(_INCIDENT))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ResponderRow(Row):
    """Somebody who works on an incident, or is named on a restricted one."""

    __tablename__ = "incident_person"

    incident_id: Mapped[int] = mapped_column(NUMBER, ForeignKey(_INCIDENT), primary_key=True)
    person: Mapped[str] = mapped_column(String(50), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class EntryRow(Row):
    """One line of an incident's timeline: when it happened, and when and by whom it was written down."""

    __tablename__ = "incident_entry"
    __table_args__ = (
        UniqueConstraint("incident_id", "channel", "ts", name="uq_incident_entry_place"),
        Index("ix_incident_entry", "incident_id", "at"),
        Index("ix_incident_entry_place", "channel", "ts"),
    )

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=True)
    incident_id: Mapped[int] = mapped_column(NUMBER, ForeignKey(_INCIDENT))
    kind: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
    author: Mapped[str] = mapped_column(String(50))
    text: Mapped[str] = mapped_column(Text)
    channel: Mapped[str | None] = mapped_column(String(50))  # of a pinned message
    ts: Mapped[str | None] = mapped_column(String(50))


class ChangeRow(Row):
    """One correction: who, when, what part, from what to what, and why. Rows are only ever added."""

    __tablename__ = "incident_change"
    __table_args__ = (Index("ix_incident_change", "incident_id"),)

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=True)
    incident_id: Mapped[int] = mapped_column(NUMBER, ForeignKey(_INCIDENT))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    who: Mapped[str] = mapped_column(String(50))
    part: Mapped[str] = mapped_column(String(50))
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    why: Mapped[str | None] = mapped_column(Text)


class CounterRow(Row):
    """The last number that a kind of incident has used."""

    __tablename__ = "incident_counter"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class StepRow(Row):
    """One thing to do in Slack beside the card: open a channel, set its topic, invite somebody, archive it."""

    __tablename__ = "incident_step"
    __table_args__ = (Index("ix_incident_step_due", "next_at"),)

    incident_id: Mapped[int] = mapped_column(NUMBER, ForeignKey(_INCIDENT), primary_key=True)
    step: Mapped[str] = mapped_column(String(100), primary_key=True)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # None: done, or given up
    tries: Mapped[int] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(String(200))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AlertRow(Row):
    """What a monitor has told: one alert, by its fingerprint, as long as it fires."""

    __tablename__ = "incident_alert"
    __table_args__ = (
        Index("ix_incident_alert", "incident_id"),
        # Of one alert only one incident can be open, however many deliveries arrive at once.
        Index(
            "uq_incident_alert_firing",
            "fingerprint",
            unique=True,
            sqlite_where=_IS_FIRING,
            postgresql_where=_IS_FIRING,
        ),
    )

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=True)
    incident_id: Mapped[int] = mapped_column(NUMBER, ForeignKey(_INCIDENT))
    fingerprint: Mapped[str] = mapped_column(String(200))
    is_firing: Mapped[bool] = mapped_column(Boolean)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    heard_at: Mapped[datetime] = mapped_column(UtcDateTime)
    times: Mapped[int] = mapped_column(Integer)


class RcaRow(Row):
    """The root cause analysis of an incident."""

    __tablename__ = "incident_rca"
    __table_args__ = (
        Index("ix_incident_rca_state", "state", "due_on"),
        Index("ix_incident_rca_unplanned", "unplanned_since"),
    )

    incident_id: Mapped[int] = mapped_column(NUMBER, ForeignKey(_INCIDENT), primary_key=True)
    state: Mapped[str] = mapped_column(String(20))
    owner: Mapped[str] = mapped_column(String(50))
    due_on: Mapped[date | None] = mapped_column(Date)
    due_zone: Mapped[str | None] = mapped_column(String(50))  # in which its owner was told that day
    summary: Mapped[str | None] = mapped_column(Text)
    impact: Mapped[str | None] = mapped_column(Text)
    detection: Mapped[str | None] = mapped_column(Text)
    factors: Mapped[str | None] = mapped_column(Text)  # one a line
    root_cause: Mapped[str | None] = mapped_column(Text)
    cause_class: Mapped[str | None] = mapped_column(String(40))
    went_well: Mapped[str | None] = mapped_column(Text)
    went_badly: Mapped[str | None] = mapped_column(Text)
    lucky: Mapped[str | None] = mapped_column(Text)
    no_repeat: Mapped[bool] = mapped_column(Boolean)  # somebody says that it repeats nothing
    no_action: Mapped[str | None] = mapped_column(Text)  # why nothing has to be done
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    submitted_by: Mapped[str | None] = mapped_column(String(50))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reviewed_by: Mapped[str | None] = mapped_column(String(50))
    # Reviewed then, and nobody has planned yet when to look whether it came back
    unplanned_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_on: Mapped[date | None] = mapped_column(Date)  # its owner, last
    escalated_on: Mapped[date | None] = mapped_column(Date)


class CheckRow(Row):
    """A look, some weeks after the mend, whether it came back."""

    __tablename__ = "incident_check"
    __table_args__ = (Index("ix_incident_check_due", "answered_at", "due_on"),)

    incident_id: Mapped[int] = mapped_column(NUMBER, ForeignKey(_INCIDENT), primary_key=True)
    days: Mapped[int] = mapped_column(Integer, primary_key=True)
    due_on: Mapped[date] = mapped_column(Date)
    asks: Mapped[int] = mapped_column(Integer, default=0)
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by: Mapped[str | None] = mapped_column(String(50))
    came_back: Mapped[bool | None] = mapped_column(Boolean)


class MaintenanceRow(Row):
    """A stretch in which a service may be down as announced; it counts in no uptime."""

    __tablename__ = "maintenance"
    __table_args__ = (Index("ix_maintenance_service", "service", "starts_at"),)

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=True)
    service: Mapped[str] = mapped_column(String(75))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(300))
    made_by: Mapped[str] = mapped_column(String(50))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


# --- Who reads --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom incidents are read.

    A person sees the restricted ones that name them, and all of them where the settings say so. With neither a person
    nor `is_house` it is a place that many read, and no restricted incident exists there.
    """

    person: str | None = None
    sees_restricted: bool = False
    is_house: bool = False


EVERYBODY = Reader()
"""Whatever several people read: a channel, a card, an agenda, a figure, a report, an export."""
HOUSE = Reader(is_house=True)
"""The bot's own chores, which show nothing to anybody."""


def visible_to(query: Any, reader: Reader) -> Any:
    """Leave out the incidents that a reader may not know of; the one place that decides it."""
    return query.where(_may_see(reader)).execution_options(**{MARK: reader})


def _may_see(reader: Reader) -> ColumnElement[bool]:
    if reader.is_house or (reader.person and reader.sees_restricted):
        return true()
    is_open_to_all = IncidentRow.is_restricted.is_(False)
    if not reader.person:
        return is_open_to_all
    is_named = exists(ResponderRow.person).where(
        ResponderRow.incident_id == IncidentRow.id, ResponderRow.person == reader.person
    )
    return or_(is_open_to_all, IncidentRow.lead == reader.person, is_named)


def _of(query: Any, found: IncidentRow) -> Any:
    """Mark a query for what belongs to an incident that its reader has been shown."""
    return query.execution_options(**{MARK: found.id})


def for_shown(query: Any) -> Any:
    """Mark a query for what belongs to incidents that have all been found through `visible_to` just before."""
    return query.execution_options(**{MARK: "shown"})


# --- Finding ----------------------------------------------------------------------------------------------------------


def find_row(session: Session, incident_id: int, reader: Reader) -> IncidentRow | None:
    """Return an incident that a reader may see."""
    return _one(session, select(IncidentRow).where(IncidentRow.id == incident_id), reader)


def find_number(session: Session, kind: str, number: int, reader: Reader) -> IncidentRow | None:
    """Return the incident with a number of its kind, if a reader may see it."""
    wanted = (IncidentRow.kind == kind, IncidentRow.number == number)
    return _one(session, select(IncidentRow).where(*wanted), reader)


def locked_row(session: Session, incident_id: int, reader: Reader) -> IncidentRow | None:
    """Return an incident that a reader may see, and keep others from changing it until this transaction ends."""
    found = select(IncidentRow).where(IncidentRow.id == incident_id)
    return _one(session, found.with_for_update(of=IncidentRow), reader)


def find_rows(
    session: Session,
    reader: Reader,
    *wanted: ColumnElement[bool],
    order: Sequence[Any] = (),
    most: int | None = None,
) -> Sequence[IncidentRow]:
    """Return the incidents that a reader may see and for which all that is wanted holds, the newest first."""
    found = visible_to(select(IncidentRow), reader).where(*wanted)
    found = found.order_by(*(order or (IncidentRow.began_at.desc(), IncidentRow.id.desc())))
    rows: Sequence[IncidentRow] = session.scalars(
        found.limit(most).execution_options(populate_existing=True)
    ).all()
    return rows


def duplicates_of(session: Session, ids: Iterable[int], reader: Reader) -> list[IncidentRow]:
    """Return the incidents that are the same as some others, with what is the same as those in turn."""
    found: dict[int, IncidentRow] = {}
    of = [*ids]
    while of:
        level = [
            row
            for some in in_parts(of)
            for row in find_rows(session, reader, IncidentRow.duplicate_of.in_(some))
        ]
        of = [row.id for row in level if row.id not in found]
        found |= {row.id: row for row in level}
    return [*found.values()]


class Named(NamedTuple):
    """An incident's id, what it is called, and when it began."""

    id: int
    title: str
    began_at: datetime


def find_titles(
    session: Session,
    reader: Reader,
    services: Collection[str],
    *wanted: ColumnElement[bool],
) -> Sequence[Named]:
    """Return what the incidents are called for which all that is wanted holds, if services are named of these alone."""
    i, s = IncidentRow, ServiceRow
    found = visible_to(select(i.id, i.title, i.began_at), reader).where(*wanted)
    if services:
        found = found.where(exists(s.service).where(s.incident_id == i.id, s.service.in_(services)))
    return [Named(*row) for row in session.execute(found)]


def is_a(kind: IncidentKind) -> ColumnElement[bool]:
    """Return the condition that an incident is of a kind, beside others by which it is looked up.

    It names the kinds that it is not: SQLite would look up what is equal, and read all there are of the kind.
    """
    return IncidentRow.kind.not_in([one for one in IncidentKind if one is not kind])


def find_ids(session: Session, reader: Reader, *wanted: ColumnElement[bool]) -> Sequence[int]:
    """Return the incidents that a reader may see and for which all that is wanted holds, by their ids alone."""
    found = visible_to(select(IncidentRow.id), reader).where(*wanted)
    ids: Sequence[int] = session.scalars(found).all()
    return ids


def with_stretches(session: Session, ids: Sequence[int]) -> list[int]:
    """Return which of some shown incidents were reopened, have a service with times of its own, or a duplicate."""
    s = ServiceRow
    is_own = or_(s.started_at.is_not(None), s.ended_at.is_not(None))
    found: set[int] = set()
    for some in in_parts(ids):
        services = select(s.incident_id).where(s.incident_id.in_(some), is_own)
        spells = select(SpellRow.incident_id).where(SpellRow.incident_id.in_(some))
        same = select(IncidentRow.duplicate_of).where(IncidentRow.duplicate_of.in_(some))
        for query in (services, spells, same):
            found.update(session.scalars(for_shown(query)))
    return sorted(found)


def count_rows(session: Session, reader: Reader, *wanted: ColumnElement[bool]) -> int:
    """Return how many incidents a reader may see for which all that is wanted holds."""
    counted = visible_to(select(func.count()).select_from(IncidentRow), reader)
    return session.scalar(counted.where(*wanted)) or 0


def _one(session: Session, query: Select[Any], reader: Reader) -> IncidentRow | None:
    found = visible_to(query, reader).execution_options(populate_existing=True)
    row: IncidentRow | None = session.scalars(found).one_or_none()
    return row


# --- Keeping ----------------------------------------------------------------------------------------------------------


def next_number(session: Session, kind: IncidentKind) -> int:
    """Take the next number of a kind; whoever else wants one waits until this transaction ends."""
    adding = insert_into(session, CounterRow).values(kind=kind, last=1)
    counted = adding.on_conflict_do_update(
        index_elements=["kind"], set_={"last": CounterRow.last + 1}
    )
    number: int = session.scalars(counted.returning(CounterRow.last)).one()
    return number


def reserve_numbers(session: Session, kind: IncidentKind, up_to: int) -> None:
    """Let the counter of a kind go on after a number that came in with a file."""
    adding = insert_into(session, CounterRow).values(kind=kind, last=up_to)
    counted = adding.on_conflict_do_update(
        index_elements=["kind"],
        set_={"last": up_to},
        where=CounterRow.last < up_to,
    )
    session.execute(counted)


def add_row(session: Session, row: IncidentRow, services: Iterable[str]) -> IncidentRow:
    """Keep a new incident and the services it affects; it has its id afterwards."""
    session.add(row)
    session.flush()
    session.add_all(ServiceRow(incident_id=row.id, service=service) for service in services)
    session.flush()
    return row


class Affected(NamedTuple):
    """A service that an incident affects, and its own times where they differ."""

    service: str
    started_at: datetime | None
    ended_at: datetime | None


def affected_by(session: Session, found: Collection[IncidentRow]) -> dict[int, list[Affected]]:
    """Return which services incidents affect, by the incident's id."""
    s = ServiceRow
    query = for_shown(select(s.incident_id, s.service, s.started_at, s.ended_at))
    services: dict[int, list[Affected]] = {row.id: [] for row in found}
    for some in in_parts(list(services)):
        for incident_id, *affected in session.execute(
            query.where(s.incident_id.in_(some)).order_by(s.service)
        ):
            services[incident_id].append(Affected(*affected))
    return services


def set_services(session: Session, row: IncidentRow, affected: Iterable[Affected]) -> None:
    """Say anew which services an incident affects."""
    session.execute(_of(delete(ServiceRow).where(ServiceRow.incident_id == row.id), row))
    session.add_all(ServiceRow(incident_id=row.id, **each._asdict()) for each in affected)
    session.flush()


class Spell(NamedTuple):
    """A stretch of impact that is over."""

    started_at: datetime
    ended_at: datetime


def spells_of(session: Session, found: Collection[IncidentRow]) -> dict[int, list[Spell]]:
    """Return the earlier stretches of impact of incidents that were reopened, by the incident's id."""
    s = SpellRow
    reopened = [row.id for row in found if row.reopens]
    query = for_shown(select(s.incident_id, s.started_at, s.ended_at)).order_by(s.started_at)
    spells: dict[int, list[Spell]] = {row.id: [] for row in found}
    for some in in_parts(reopened):
        for incident_id, *spell in session.execute(query.where(s.incident_id.in_(some))):
            spells[incident_id].append(Spell(*spell))
    return spells


def add_spell(session: Session, row: IncidentRow, spell: Spell) -> None:
    """Keep a stretch of impact of an incident that is being reopened."""
    session.add(SpellRow(incident_id=row.id, **spell._asdict()))


def responders_of(session: Session, found: Collection[IncidentRow]) -> dict[int, list[str]]:
    """Return who works on incidents, by the incident's id, who came first first."""
    r = ResponderRow
    query = for_shown(select(r.incident_id, r.person)).order_by(r.since, r.person)
    people: dict[int, list[str]] = {row.id: [] for row in found}
    for some in in_parts(list(people)):
        for incident_id, person in session.execute(query.where(r.incident_id.in_(some))):
            people[incident_id].append(person)
    return people


def add_responder(session: Session, row: IncidentRow, person: str, at: datetime) -> bool:
    """Let somebody work on an incident; return False where they did already."""
    adding = insert_into(session, ResponderRow).values(incident_id=row.id, person=person, since=at)
    added = adding.on_conflict_do_nothing().returning(ResponderRow.person)
    return session.scalar(added) is not None


def drop_responder(session: Session, row: IncidentRow, person: str) -> None:
    """Let somebody work on an incident no more."""
    gone = (ResponderRow.incident_id == row.id, ResponderRow.person == person)
    session.execute(_of(delete(ResponderRow).where(*gone), row))


def add_entry(session: Session, row: IncidentRow, entry: EntryRow) -> bool:
    """Keep a line of the timeline; return False where the same message is in it already."""
    values = {
        column.name: getattr(entry, column.name)
        for column in EntryRow.__table__.columns
        if column.name != "id"
    }
    adding = insert_into(session, EntryRow).values({**values, "incident_id": row.id})
    return session.scalar(adding.on_conflict_do_nothing().returning(EntryRow.id)) is not None


def entries_of(session: Session, row: IncidentRow) -> Sequence[EntryRow]:
    """Return an incident's timeline in the order in which things happened."""
    found = select(EntryRow).where(EntryRow.incident_id == row.id)
    entries: Sequence[EntryRow] = session.scalars(
        _of(found.order_by(EntryRow.at, EntryRow.id), row)
    ).all()
    return entries


def last_entry(session: Session, incident_id: int, kind: str) -> EntryRow | None:
    """Return the last line of a kind in the timeline of an incident that its reader has been shown."""
    found = select(EntryRow).where(EntryRow.incident_id == incident_id, EntryRow.kind == kind)
    newest = found.order_by(EntryRow.at.desc(), EntryRow.id.desc()).limit(1)
    entry: EntryRow | None = session.scalars(for_shown(newest)).one_or_none()
    return entry


def is_watched(session: Session, channel: str) -> bool:
    """Return whether a channel is an incident's own, or has the card of one in it."""
    here = or_(IncidentRow.channel == channel, IncidentRow.card_channel == channel)
    found = visible_to(select(IncidentRow.id).where(here).limit(1), HOUSE)
    return session.scalar(found) is not None


def drop_entry_at(session: Session, row: IncidentRow, channel: str, ts: str) -> bool:
    """Take a pinned message out of an incident's timeline; return whether it was there."""
    place = (EntryRow.incident_id == row.id, EntryRow.channel == channel, EntryRow.ts == ts)
    gone = delete(EntryRow).where(*place).returning(EntryRow.id)
    return session.scalar(_of(gone, row)) is not None


def entries_at(
    session: Session, channel: str, ts: str, *, for_change: bool = False
) -> Sequence[EntryRow]:
    """Return the lines of any timelines that are the message at a place in Slack."""
    found = select(EntryRow).join(IncidentRow, IncidentRow.id == EntryRow.incident_id)
    found = visible_to(found.where(EntryRow.channel == channel, EntryRow.ts == ts), HOUSE)
    if for_change:
        found = found.with_for_update(of=EntryRow).execution_options(populate_existing=True)
    entries: Sequence[EntryRow] = session.scalars(found.order_by(EntryRow.id)).all()
    return entries


def add_change(session: Session, change: ChangeRow) -> None:
    """Add a correction to the log."""
    session.add(change)
    session.flush()


def changes_of(session: Session, row: IncidentRow) -> Sequence[ChangeRow]:
    """Return the corrections of an incident, the oldest first."""
    found = (
        select(ChangeRow)
        .where(ChangeRow.incident_id == row.id)
        .order_by(ChangeRow.at, ChangeRow.id)
    )
    changes: Sequence[ChangeRow] = session.scalars(_of(found, row)).all()
    return changes


def analysed(session: Session, ids: Sequence[int]) -> set[int]:
    """Return which of some shown incidents have an analysis that says whether they repeat another."""
    is_told = or_(RcaRow.no_repeat, RcaRow.state != RcaState.DRAFT)
    found: set[int] = set()
    for some in in_parts(ids):
        of_some = select(RcaRow.incident_id).where(RcaRow.incident_id.in_(some), is_told)
        found.update(session.scalars(for_shown(of_some)))
    return found


def keep_card(session: Session, incident_id: int, channel: str, ts: str) -> None:
    """Keep where the card of an incident stands in Slack; a restricted one has its card in its own channel alone."""
    is_its_place = or_(IncidentRow.is_restricted.is_(False), IncidentRow.channel == channel)
    where = update(IncidentRow).where(IncidentRow.id == incident_id, is_its_place)
    session.execute(visible_to(where.values(card_channel=channel, card_ts=ts), HOUSE))


def incident_at(session: Session, channel: str, thread: str, reader: Reader) -> IncidentRow | None:
    """Return the incident whose own channel this is, or under whose card a message stands."""
    own = IncidentRow.channel == channel
    under = and_(IncidentRow.card_channel == channel, IncidentRow.card_ts == thread)
    rows = find_rows(session, reader, or_(own, under) if thread else own, most=1)
    return rows[0] if rows else None
