"""Pulse surveys: plans, waves, who is asked, and what was published.

Nothing here says who has answered: that is in the sealed boxes of `bot.storage.ballot` while a wave is open, and nowhere
afterwards. An answer that has come out of a box knows its wave and its cell. No row of this file is written when
somebody answers.
"""

import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    Boolean,
    ForeignKey,
    Index,
    Integer,
    Select,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from bot.storage.ballot import Ballot, Seat
from bot.storage.database import NUMBER, Row, UtcDateTime, insert_into
from bot.vocabulary import WaveState


class PulsePlanRow(Row):
    """One survey that comes again and again; each time it does is a wave."""

    __tablename__ = "pulse_plan"

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=True)
    owner: Mapped[str] = mapped_column(String(50))
    terms: Mapped[str] = mapped_column(Text)  # what each wave asks whom and how long, as JSON
    first: Mapped[str] = mapped_column(
        String(20)
    )  # when the first wave opens by the clocks of `zone`
    zone: Mapped[str] = mapped_column(String(60))
    rule: Mapped[str] = mapped_column(String(200))  # an RFC 5545 RRULE without DTSTART
    is_active: Mapped[bool] = mapped_column(Boolean)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PulseWaveRow(Row):
    """One survey: what is asked is written when it is made, who is asked is frozen when it opens."""

    __tablename__ = "pulse_wave"
    __table_args__ = (
        UniqueConstraint("plan_id", "opens_at", name="uq_pulse_wave_plan"),
        Index("ix_pulse_wave_state", "state", "opens_at"),
    )

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=True)
    plan_id: Mapped[int | None] = mapped_column(NUMBER, ForeignKey("pulse_plan.id"))
    owner: Mapped[str] = mapped_column(String(50))
    state: Mapped[str] = mapped_column(String(20))
    terms: Mapped[str] = mapped_column(Text)  # as a plan's
    statements: Mapped[str] = mapped_column(Text)  # the questions chosen for this wave, as JSON
    frame: Mapped[str | None] = mapped_column(
        Text
    )  # cells and groups with their sizes, as JSON; frozen at opening
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cursor: Mapped[str | None] = mapped_column(
        String(300)
    )  # how far Slack's list of people has been read
    ballot: Mapped[str | None] = mapped_column(String(32))
    told: Mapped[str | None] = mapped_column(
        String(100)
    )  # what its owner has last been told: why it cannot open, then of the asking
    invited: Mapped[int | None] = mapped_column(Integer)
    answered: Mapped[int | None] = mapped_column(Integer)  # known at close
    result: Mapped[str | None] = mapped_column(
        Text
    )  # what was published, as JSON; never changed afterwards
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    swept_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime
    )  # nothing of the boxes is left on the disk
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PulseSeatRow(Row):
    """One person who is asked: where they belong, and into which box their answer goes. Not whether they answered.

    On PostgreSQL a page is filled by less than half, so that the boxes can be dealt within it and no index keeps an
    entry of what a row was before: whoever looked for that person would mark it, and so tell who answers.
    """

    __tablename__ = "pulse_seat"
    __table_args__ = (Index("ix_pulse_seat_zone", "wave_id", "zone", "person"),)

    wave_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("pulse_wave.id"), primary_key=True)
    person: Mapped[str] = mapped_column(String(50), primary_key=True)
    team: Mapped[str] = mapped_column(String(40))
    zone: Mapped[str] = mapped_column(String(60))
    box: Mapped[int | None] = mapped_column(Integer)
    cell: Mapped[int | None] = mapped_column(Integer)


class PulseCallRow(Row):
    """One call to the people of one zone, in their working hours: number 0 asks, the others remind; or the result.

    They are gone through by id, a page at a time. Those of an open wave are deleted when it closes.
    """

    __tablename__ = "pulse_call"
    __table_args__ = (Index("ix_pulse_call_due", "is_done", "due_at"),)

    wave_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("pulse_wave.id"), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    zone: Mapped[str] = mapped_column(String(60), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)  # or when it was over, once it is
    reached: Mapped[str] = mapped_column(String(50))  # the last person called, by id
    is_done: Mapped[bool] = mapped_column(Boolean)


class PulseAnswerRow(Row):
    """One answer after the close, under a key from chance: its wave, its cell, and what was answered."""

    __tablename__ = "pulse_answer"
    __table_args__ = (Index("ix_pulse_answer_wave", "wave_id"),)

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    wave_id: Mapped[int] = mapped_column(NUMBER, ForeignKey("pulse_wave.id"))
    cell: Mapped[int] = mapped_column(Integer)
    said: Mapped[str] = mapped_column(
        String(100)
    )  # numbers as JSON, null where a question was passed over


_LAST_FIRST = (PulseWaveRow.closed_at.desc(), PulseWaveRow.id.desc())


class Guest(NamedTuple):
    """Somebody who is to be asked."""

    person: str
    team: str
    zone: str


def add_wave(session: Session, row: PulseWaveRow) -> PulseWaveRow:
    """Keep a wave; it has its id afterwards."""
    session.add(row)
    session.flush()
    return row


def add_plan(session: Session, row: PulsePlanRow) -> PulsePlanRow:
    """Keep a plan; it has its id afterwards."""
    session.add(row)
    session.flush()
    return row


def find_plan(session: Session, plan: int) -> PulsePlanRow | None:
    """Return a plan."""
    return session.get(PulsePlanRow, plan, populate_existing=True)


def locked_plan(session: Session, plan: int) -> PulsePlanRow | None:
    """Return a plan, and keep others from changing it until this transaction ends.

    Whoever holds waves of it too holds it first, or two would wait for each other.
    """
    return session.get(PulsePlanRow, plan, populate_existing=True, with_for_update=True)


def planned_of(session: Session, plan: int) -> Sequence[PulseWaveRow]:
    """Return the waves of a plan that have not begun to open, and hold them."""
    waiting = (PulseWaveRow.plan_id == plan, PulseWaveRow.state == WaveState.PLANNED)
    return session.scalars(select(PulseWaveRow).where(*waiting).with_for_update()).all()


def find_wave(session: Session, wave: int) -> PulseWaveRow | None:
    """Return a wave."""
    return session.get(PulseWaveRow, wave, populate_existing=True)


def locked_wave(session: Session, wave: int) -> PulseWaveRow | None:
    """Return a wave, and keep others from changing it until this transaction ends."""
    return session.get(PulseWaveRow, wave, populate_existing=True, with_for_update=True)


def waves(session: Session, *states: WaveState, most: int = 100) -> Sequence[PulseWaveRow]:
    """Return waves in some states, what opens last first."""
    found = select(PulseWaveRow).where(PulseWaveRow.state.in_(states))
    latest = found.order_by(PulseWaveRow.opens_at.desc(), PulseWaveRow.id.desc()).limit(most)
    return session.scalars(latest).all()


def closed_between(session: Session, start: datetime, end: datetime) -> Sequence[PulseWaveRow]:
    """Return the waves of which a result was published from one instant to before another, the first first."""
    within = (PulseWaveRow.closed_at >= start, PulseWaveRow.closed_at < end)
    found = select(PulseWaveRow).where(PulseWaveRow.result.is_not(None), *within)
    return session.scalars(found.order_by(PulseWaveRow.closed_at, PulseWaveRow.id)).all()


def first_closed(session: Session) -> datetime | None:
    """Return when a result was published for the first time."""
    return session.scalar(
        select(PulseWaveRow.closed_at)
        .where(PulseWaveRow.result.is_not(None))
        .order_by(PulseWaveRow.closed_at)
        .limit(1)
    )


def is_any_due(session: Session, now: datetime) -> bool:
    """Return whether the time of a wave to close has come, or of a call; to know it, nothing is written."""
    due = (_due_waves(WaveState.OPEN, now).exists(), _due_calls(now).exists())
    return bool(session.scalar(select(or_(*due))))


def is_any_to_close(session: Session, now: datetime) -> bool:
    """Return whether the time of a wave to close has come."""
    return bool(session.scalar(select(_due_waves(WaveState.OPEN, now).exists())))


def is_any_to_open(session: Session, now: datetime, since: datetime | None = None) -> bool:
    """Return whether the time of a wave to open has come, at an instant or later, also of one whose people are being gathered."""
    late = PulseWaveRow.opens_at >= since if since is not None else true()
    states = (WaveState.PLANNED, WaveState.GATHERING)
    due = (_due_waves(state, now).where(late).exists() for state in states)
    return bool(session.scalar(select(or_(*due))))


def take_planned(session: Session, now: datetime) -> PulseWaveRow | None:
    """Return the first planned wave whose time has come and that nobody else holds, and hold it, after its plan.

    One is passed over whose plan somebody else holds.
    """
    due = _due_waves(WaveState.PLANNED, now)
    first = due.order_by(PulseWaveRow.opens_at, PulseWaveRow.id)
    places = first.with_only_columns(PulseWaveRow.id, PulseWaveRow.plan_id)
    for wave, plan in session.execute(places).all():
        mine = select(PulsePlanRow.id).where(PulsePlanRow.id == plan)
        if plan is not None and session.scalar(mine.with_for_update(skip_locked=True)) is None:
            continue
        still = due.where(PulseWaveRow.id == wave).with_for_update(skip_locked=True)
        if row := session.scalars(still).one_or_none():
            return row
    return None


def take_all_due(session: Session, state: WaveState, now: datetime) -> Sequence[PulseWaveRow]:
    """Return all waves in a state whose time has come and that nobody else holds, the first first, and hold them.

    An open one's time is that of its close, any other's that of its opening.
    """
    due = _due_waves(state, now).order_by(_time_of(state), PulseWaveRow.id)
    return session.scalars(due.with_for_update(skip_locked=True)).all()


def closed_of(session: Session, plan: int | None) -> Sequence[PulseWaveRow]:
    """Return the waves of a plan of which a result was published, the last first; without one, of those by themselves."""
    of = PulseWaveRow.plan_id.is_(None) if plan is None else PulseWaveRow.plan_id == plan
    told = select(PulseWaveRow).where(PulseWaveRow.result.is_not(None), of)
    return session.scalars(told.order_by(*_LAST_FIRST)).all()


def closed_with_guests(session: Session) -> Sequence[PulseWaveRow]:
    """Return the waves that have closed and of which it is still known who was asked, the last first."""
    has_guests = select(PulseSeatRow.wave_id).where(PulseSeatRow.wave_id == PulseWaveRow.id)
    closed = (PulseWaveRow.state == WaveState.CLOSED, has_guests.exists())
    return session.scalars(select(PulseWaveRow).where(*closed).order_by(*_LAST_FIRST)).all()


def _due_waves(state: WaveState, now: datetime) -> Select[PulseWaveRow]:
    return select(PulseWaveRow).where(PulseWaveRow.state == state, _time_of(state) <= now)


def _time_of(state: WaveState) -> InstrumentedAttribute[datetime]:
    return PulseWaveRow.closes_at if state is WaveState.OPEN else PulseWaveRow.opens_at


def unswept(session: Session) -> Sequence[int]:
    """Return the waves that are over and of whose boxes something may be left on the disk."""
    over = PulseWaveRow.state.in_((WaveState.CLOSED, WaveState.CANCELLED))
    found = select(PulseWaveRow.id).where(over, PulseWaveRow.swept_at.is_(None))
    return session.scalars(found).all()


def mark_swept(session: Session, wave_ids: Iterable[int], at: datetime) -> None:
    """Keep that nothing of some waves' boxes is left."""
    swept = update(PulseWaveRow).where(PulseWaveRow.id.in_(list(wave_ids))).values(swept_at=at)
    session.execute(swept)


def add_guests(session: Session, wave: int, guests: Iterable[Guest]) -> None:
    """Keep who is asked; whoever is listed already stays as they are."""
    rows = [{"wave_id": wave, **guest._asdict()} for guest in guests]
    if rows:
        session.execute(insert_into(session, PulseSeatRow).on_conflict_do_nothing(), rows)


def guests(session: Session, wave: int) -> list[Guest]:
    """Return who is asked, by id."""
    found = select(PulseSeatRow.person, PulseSeatRow.team, PulseSeatRow.zone)
    rows = session.execute(found.where(PulseSeatRow.wave_id == wave).order_by(PulseSeatRow.person))
    return [Guest(*row) for row in rows]


def deal(session: Session, wave: int, places: Iterable[tuple[str, int, int]]) -> None:
    """Give each person of a wave a box and a cell."""
    changes = [
        {"wave_id": wave, "person": person, "box": box, "cell": cell}
        for person, box, cell in places
    ]
    session.execute(update(PulseSeatRow), changes)


def seat_of(session: Session, wave: PulseWaveRow, person: str) -> Seat | None:
    """Return where a person's answer goes, None where they are not asked."""
    row = session.get(PulseSeatRow, (wave.id, person))
    if row is None or row.box is None or row.cell is None or wave.ballot is None:
        return None
    return Seat(wave.ballot, row.box, person, row.cell)


def zone_of(session: Session, wave: int, person: str) -> str | None:
    """Return where somebody lives who is asked, or was; None where they are not known to be."""
    row = session.get(PulseSeatRow, (wave, person))
    return None if row is None else row.zone


def people_by_cell(session: Session, wave: int) -> dict[int, list[str]]:
    """Return who was asked, by cell."""
    found = select(PulseSeatRow.cell, PulseSeatRow.person).where(PulseSeatRow.wave_id == wave)
    people: dict[int, list[str]] = {}
    for cell, person in session.execute(found):
        if cell is not None:
            people.setdefault(cell, []).append(person)
    return people


def zones_of(session: Session, wave: int) -> list[str]:
    """Return the zones in which the people of a wave live."""
    found = select(PulseSeatRow.zone).where(PulseSeatRow.wave_id == wave).distinct()
    return sorted(session.scalars(found))


def add_calls(session: Session, rows: Iterable[PulseCallRow]) -> None:
    """Keep when who is called."""
    session.add_all(rows)
    session.flush()


def take_due_call(session: Session, now: datetime) -> PulseCallRow | None:
    """Return the first call whose time has come and that nobody else holds, and hold it."""
    first = (
        _due_calls(now)
        .order_by(PulseCallRow.due_at, PulseCallRow.wave_id, PulseCallRow.zone, PulseCallRow.number)
        .limit(1)
    )
    return session.scalars(first.with_for_update(skip_locked=True)).one_or_none()


def _due_calls(now: datetime) -> Select[PulseCallRow]:
    return select(PulseCallRow).where(PulseCallRow.is_done.is_(False), PulseCallRow.due_at <= now)


def calls(session: Session, wave: int) -> Sequence[PulseCallRow]:
    """Return the calls of a wave, in the order of their numbers and times."""
    found = select(PulseCallRow).where(PulseCallRow.wave_id == wave)
    by_time = found.order_by(PulseCallRow.number, PulseCallRow.due_at, PulseCallRow.zone)
    return session.scalars(by_time).all()


def calls_before(session: Session, call: PulseCallRow) -> Sequence[PulseCallRow]:
    """Return what the people of a call's zone are told before it."""
    of = (PulseCallRow.wave_id == call.wave_id, PulseCallRow.zone == call.zone)
    return session.scalars(select(PulseCallRow).where(*of, PulseCallRow.number < call.number)).all()


def is_calling(session: Session, wave: int) -> bool:
    """Return whether somebody of a wave has still to be called."""
    calls = (PulseCallRow.wave_id == wave, ~PulseCallRow.is_done)
    return bool(session.scalar(select(select(PulseCallRow.number).where(*calls).exists())))


def count_uncalled(session: Session, wave: int, number: int) -> dict[datetime, int]:
    """Return how many people a call has still to reach, by when it goes on, the first first."""
    goes_on = (PulseCallRow.wave_id == wave, PulseCallRow.number == number, ~PulseCallRow.is_done)
    is_left = (
        PulseSeatRow.wave_id == PulseCallRow.wave_id,
        PulseSeatRow.zone == PulseCallRow.zone,
        PulseSeatRow.person > PulseCallRow.reached,
    )
    counted = select(PulseCallRow.due_at, func.count()).join(PulseSeatRow, and_(*is_left))
    by_time = counted.where(*goes_on).group_by(PulseCallRow.due_at).order_by(PulseCallRow.due_at)
    return dict(session.execute(by_time).all())


def next_in_zone(session: Session, wave: int, zone: str, after: str, most: int) -> list[str]:
    """Return some people of a zone, by id, whose ids come after one."""
    found = select(PulseSeatRow.person).where(
        PulseSeatRow.wave_id == wave, PulseSeatRow.zone == zone, PulseSeatRow.person > after
    )
    return list(session.scalars(found.order_by(PulseSeatRow.person).limit(most)))


def forget_calls(session: Session, wave: int) -> None:
    """Delete the calls of a wave."""
    session.execute(delete(PulseCallRow).where(PulseCallRow.wave_id == wave))


def forget_guests(session: Session, wave: int) -> None:
    """Delete who was asked."""
    session.execute(delete(PulseSeatRow).where(PulseSeatRow.wave_id == wave))


def add_answers(session: Session, wave: int, answers: Iterable[Ballot]) -> None:
    """Keep what came out of the boxes, in the order given, which is to be one from chance."""
    rows = [
        {
            "key": secrets.token_hex(16),
            "wave_id": wave,
            "cell": one.cell,
            "said": _as_json(one.values),
        }
        for one in answers
    ]
    if rows:
        session.execute(insert(PulseAnswerRow), rows)


def answers(session: Session, wave: int) -> list[Ballot]:
    """Return the answers of a wave that is closed, in no order that says anything."""
    found = select(PulseAnswerRow.cell, PulseAnswerRow.said).where(PulseAnswerRow.wave_id == wave)
    rows = session.execute(found.order_by(PulseAnswerRow.key))
    return [Ballot(row.cell, tuple(json.loads(row.said))) for row in rows]


def forget_answers(session: Session, before: datetime) -> None:
    """Delete the single answers of waves that closed before an instant, and who was asked; what was published stays."""
    old = select(PulseWaveRow.id).where(PulseWaveRow.closed_at < before)
    session.execute(delete(PulseAnswerRow).where(PulseAnswerRow.wave_id.in_(old)))
    session.execute(delete(PulseSeatRow).where(PulseSeatRow.wave_id.in_(old)))


def _as_json(values: Sequence[int | None]) -> str:
    return json.dumps(values, separators=(",", ":"))
