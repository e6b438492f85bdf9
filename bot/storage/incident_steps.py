"""What incidents need done in Slack beside their cards, as rows: taken by one worker at a time, and settled by it alone.

A row with `next_at` waits for then; whoever takes it moves that on, so that it is nobody else's for a while and comes
back by itself when the taker dies. Without `next_at` it is done (`done_at`) or given up (`error`).
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.orm import Session

from bot.storage.database import insert_into
from bot.storage.incident import HOUSE, IncidentRow, StepRow, for_shown, visible_to

_ERROR_LENGTH = 200


class Taken(NamedTuple):
    """A step that somebody has taken, for the `tries`th time; it is theirs `until` then, and nobody else may settle it."""

    incident_id: int
    step: str
    tries: int
    until: datetime


class Standing(NamedTuple):
    """How far a step has come."""

    next_at: datetime | None
    done_at: datetime | None
    error: str | None


def steps_of(session: Session, incident_id: int) -> dict[str, Standing]:
    """Return the steps of an incident."""
    s = StepRow
    found = select(s.step, s.next_at, s.done_at, s.error).where(s.incident_id == incident_id)
    return {step: Standing(*standing) for step, *standing in session.execute(for_shown(found))}


def add_steps(session: Session, incident_id: int, steps: Mapping[str, datetime]) -> None:
    """Keep what is to be done and when; what is there already is left alone."""
    for step, at in steps.items():
        row = {"incident_id": incident_id, "step": step, "next_at": at, "tries": 0}
        adding = insert_into(session, StepRow).values(row)
        session.execute(adding.on_conflict_do_nothing())


def keep_done(session: Session, incident_id: int, step: str, now: datetime) -> None:
    """Keep what has been done already."""
    row = {"incident_id": incident_id, "step": step, "done_at": now, "tries": 0}
    adding = insert_into(session, StepRow).values(row)
    session.execute(adding.on_conflict_do_nothing())


def drop_steps(session: Session, incident_id: int, steps: Collection[str]) -> None:
    """Forget steps."""
    which = (StepRow.incident_id == incident_id, StepRow.step.in_(steps))
    session.execute(for_shown(delete(StepRow).where(*which)))


def is_any_due(session: Session, now: datetime) -> bool:
    """Return whether anything is to be done."""
    due = exists(StepRow.step).where(StepRow.next_at <= now)
    return bool(session.scalar(for_shown(select(due))))


def take_due(session: Session, now: datetime, until: datetime) -> Taken | None:
    """Take one step that is due, the longest waiting first; nobody else does before `until`."""
    due = (
        select(StepRow.incident_id, StepRow.step, StepRow.tries, StepRow.next_at)
        .where(StepRow.next_at <= now)
        .order_by(StepRow.next_at, StepRow.incident_id, StepRow.step)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = session.execute(for_shown(due)).one_or_none()
    if row is None:
        return None
    waiting = Taken(row.incident_id, row.step, row.tries, row.next_at)
    taken = waiting._replace(tries=row.tries + 1, until=until)
    taking = update(StepRow).where(*_is(waiting))
    session.execute(for_shown(taking.values(next_at=until, tries=taken.tries)))
    return taken


def settle_done(session: Session, taken: Taken, now: datetime) -> bool:
    """Say that a step is done; return False where it is no longer whose took it."""
    return _settle(session, taken, next_at=None, done_at=now, error=None)


def settle_later(session: Session, taken: Taken, at: datetime, why: str, *, counts: bool) -> bool:
    """Let a step be tried again."""
    tries = taken.tries if counts else taken.tries - 1
    return _settle(session, taken, next_at=at, error=why[:_ERROR_LENGTH], tries=tries)


def settle_given_up(session: Session, taken: Taken, why: str) -> bool:
    """Give a step up, and keep why."""
    return _settle(session, taken, next_at=None, error=why[:_ERROR_LENGTH])


def given_up(session: Session, states: Collection[str]) -> dict[str, int]:
    """Return how many steps were given up, by Slack's reason, of incidents in some states."""
    counted = select(StepRow.error, func.count()).where(*_given_up(states))
    found = session.execute(for_shown(counted.group_by(StepRow.error)))
    return {reason or "": number for reason, number in found}


def rearm(session: Session, at: datetime, states: Collection[str]) -> int:
    """Let everything that was given up be tried once more, for incidents in some states; return how much."""
    again = update(StepRow).where(*_given_up(states)).values(next_at=at, tries=0)
    again = again.returning(StepRow.step).execution_options(synchronize_session=False)
    return len(session.scalars(for_shown(again)).all())


def _given_up(states: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    alive = visible_to(select(IncidentRow.id), HOUSE).where(IncidentRow.state.in_(states))
    return (StepRow.next_at.is_(None), StepRow.done_at.is_(None), StepRow.incident_id.in_(alive))


def _settle(session: Session, taken: Taken, **values: object) -> bool:
    settling = update(StepRow).where(*_is(taken)).values(values).returning(StepRow.step)
    settling = settling.execution_options(synchronize_session=False)
    return session.scalar(for_shown(settling)) is not None


def _is(taken: Taken) -> tuple[ColumnElement[bool], ...]:
    """Return what a step is known by as somebody took it; one that was forgotten and added anew is another."""
    return (
        StepRow.incident_id == taken.incident_id,
        StepRow.step == taken.step,
        StepRow.tries == taken.tries,
        StepRow.next_at == taken.until,
    )
