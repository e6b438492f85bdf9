"""Surveys that come again and again: a plan has one wave planned at a time, and the next when that one opens.

Waves open by the clocks of the planner's zone, one occurrence at a time, so that a clock change moves none. Which statements
each asks is chosen when it is planned, so that what was asked longest ago comes next.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from bot.domain.once import once
from bot.domain.person import Person
from bot.domain.pulse import (
    Terms,
    Wave,
    WaveForm,
    as_wave,
    find,
    hold,
    log,
    plan_wave,
    read_terms,
    recent,
)
from bot.domain.recurrence import Repeat, Rule, in_words, make_rule, next_starts
from bot.errors import FormErrors, Refused
from bot.storage import ballot, outbox
from bot.storage import pulse as rows
from bot.storage.pulse import PulsePlanRow, PulseWaveRow
from bot.vocabulary import Role, WaveState

Rhythm = Literal["1w", "2w", "4w", "1m", "3m"]
_SHORTEST_DAYS = {"1w": 7, "2w": 14, "4w": 28, "1m": 28, "3m": 84}
_FRIDAY = 4  # as `weekday` counts
_TERMS = TypeAdapter(Terms)
_TO_END = "end a series of pulse surveys"


class PlanForm(WaveForm):
    """What the form for a series of waves asks."""

    rhythm: Rhythm
    first: date
    at: time


@dataclass(frozen=True, slots=True)
class Plan:
    """A series of waves."""

    id: int
    terms: Terms
    owner: str
    rule: Rule
    is_active: bool

    @property
    def rhythm(self) -> str:
        """When its waves open, as a sentence says it."""
        return in_words(self.rule)

    def after(self, at: datetime) -> datetime:
        """Return when the first of its waves opens after an instant."""
        return next(next_starts(self.rule, at))[1]


@dataclass(frozen=True, slots=True)
class Series:
    """A series as one of its waves names it: what is `planned` of it goes when it ends, what is `open` goes on."""

    wave: Wave
    plan: Plan
    planned: tuple[Wave, ...]
    open: tuple[Wave, ...]


def schedule(
    session: Session,
    form: PlanForm,
    by: Person,
    teams: Mapping[str, str],
    trigger: str,
    now: datetime,
    names: Iterable[str] = (),
) -> tuple[Plan, Wave]:
    """Keep a series of waves, and plan its first; `FormErrors` where the form does not say what can be asked.

    `teams` are the teams' names by slug, and `names` those of people, whom no statement may name.
    """
    by.must_be(Role.MANAGER, "schedule pulse surveys")
    terms, rule = read_terms(form, teams, now, names), _rule(form, by.zone, now)
    once(session, f"pulse:{trigger}")
    row = PulsePlanRow(
        owner=by.id,
        terms=_TERMS.dump_json(terms).decode(),
        first=datetime.combine(rule.first, rule.at).isoformat(timespec="minutes"),
        zone=rule.zone.key,
        rule=rule.rrule,
        is_active=True,
        made_at=now,
    )
    plan = _as_plan(rows.add_plan(session, row))
    wave = _plan_after(session, plan, now - timedelta(seconds=1), now)
    log(session, wave, by.id, now, None, f"planned, {plan.rhythm}")
    return plan, wave


def plan_next(session: Session, row: PulseWaveRow, now: datetime) -> None:
    """Plan the wave after one that opens or will not open, where it is one of a series that goes on.

    Whoever holds the wave has to hold the series already.
    """
    plan = rows.locked_plan(session, row.plan_id) if row.plan_id is not None else None
    if plan is not None and plan.is_active:
        _plan_after(session, _as_plan(plan), max(row.opens_at, now), now)


def cancel(session: Session, number: int, by: Person, trigger: str, now: datetime) -> Wave:
    """End a wave without a result: what has been answered is destroyed unread. A series goes on with its next."""
    by.must_be(Role.MANAGER, "cancel a pulse survey")
    once(session, f"pulse:{trigger}")
    _, row = _hold_both(session, number)
    if row.state not in (WaveState.PLANNED, WaveState.GATHERING, WaveState.OPEN):
        raise Refused(f"Pulse #{number} is {row.state} already; there is nothing to cancel.")
    before = row.state
    if row.ballot is not None:
        ballot.destroy(session, row.ballot)
    rows.forget_calls(session, row.id)
    outbox.delete_under(session, f"pulse:{row.id}")  # who was reminded had not answered
    rows.forget_guests(session, row.id)
    row.state, row.closed_at, row.ballot = WaveState.CANCELLED, now, None
    session.flush()
    if before == WaveState.PLANNED:
        plan_next(session, row, now)
    wave = as_wave(row)
    log(session, wave, by.id, now, before, "cancelled")
    return wave


def end(session: Session, number: int, by: Person, trigger: str, now: datetime) -> Series:
    """Let the series of a wave come no more: what is planned of it is cancelled, what is open goes on to its close."""
    by.must_be(Role.MANAGER, _TO_END)
    once(session, f"pulse:{trigger}")
    plan, row = _hold_both(session, number)
    held = _going_on(plan, number)
    held.is_active = False
    dropped = rows.planned_of(session, held.id)
    for planned in dropped:
        planned.state, planned.closed_at = WaveState.CANCELLED, now
    session.flush()
    wave = as_wave(row)
    log(session, wave, by.id, now, "a series", "the series ended")
    return Series(wave, _as_plan(held), tuple(map(as_wave, dropped)), _open_of(session, held.id))


def series_of(session: Session, number: int, by: Person) -> Series:
    """Return the series of a wave and what of it would be cancelled if it ended; `Refused` where it cannot end."""
    by.must_be(Role.MANAGER, _TO_END)
    wave = find(session, number)
    row = rows.find_wave(session, number)
    of = row.plan_id if row is not None else None
    plan = _going_on(rows.find_plan(session, of) if of is not None else None, number)
    planned = [one for one in recent(session, WaveState.PLANNED) if _is_of(session, one, plan.id)]
    return Series(wave, _as_plan(plan), tuple(planned), _open_of(session, plan.id))


def next_opening(session: Session, number: int, now: datetime) -> datetime | None:
    """Return when the wave after this one opens, None where it belongs to no series that goes on."""
    plan, wave = plan_of(session, number), find(session, number)
    if plan is None or not plan.is_active:
        return None
    if wave.state is WaveState.PLANNED:
        return plan.after(max(wave.opens_at, now))
    planned = [one for one in recent(session, WaveState.PLANNED) if _is_of(session, one, plan.id)]
    return min((one.opens_at for one in planned), default=None)


def cancelled_before(session: Session, at: datetime) -> set[int]:
    """Return the numbers of the waves that were cancelled, or found too few people, before an instant."""
    cancelled = rows.waves(session, WaveState.CANCELLED)
    return {row.id for row in cancelled if (row.closed_at or row.closes_at) < at}


def plan_of(session: Session, number: int) -> Plan | None:
    """Return the series that a wave belongs to, None where it stands by itself."""
    row = rows.find_wave(session, number)
    plan = (
        rows.find_plan(session, row.plan_id)
        if row is not None and row.plan_id is not None
        else None
    )
    return None if plan is None else _as_plan(plan)


def _going_on(plan: PulsePlanRow | None, number: int) -> PulsePlanRow:
    """Return a wave's series; `Refused` where it has none that goes on."""
    if plan is None:
        raise Refused(
            f"Pulse #{number} stands by itself and belongs to no series; it closes by itself."
        )
    if not plan.is_active:
        raise Refused("This series has ended already.")
    return plan


def _open_of(session: Session, plan: int) -> tuple[Wave, ...]:
    """Return what has begun of a series and is not over."""
    begun = recent(session, WaveState.GATHERING, WaveState.OPEN)
    return tuple(wave for wave in begun if _is_of(session, wave, plan))


def _is_of(session: Session, wave: Wave, plan: int) -> bool:
    row = rows.find_wave(session, wave.id)
    return row is not None and row.plan_id == plan


def _hold_both(session: Session, number: int) -> tuple[PulsePlanRow | None, PulseWaveRow]:
    """Return the series of a wave, where it is of one, and the wave, and hold them, the series first as everybody does."""
    found = rows.find_wave(session, number)
    of = found.plan_id if found is not None else None
    plan = rows.locked_plan(session, of) if of is not None else None
    return plan, hold(session, number)


def _plan_after(session: Session, plan: Plan, after: datetime, now: datetime) -> Wave:
    return plan_wave(session, plan.terms, plan.owner, plan.after(after), now, plan.id)


def _rule(form: PlanForm, zone: ZoneInfo, now: datetime) -> Rule:
    if form.days >= _SHORTEST_DAYS[form.rhythm]:
        raise FormErrors({"days": "It would still be open when the next one opens; let it close before."})  # fmt: skip
    if form.first < now.astimezone(zone).date():
        raise FormErrors({"first": "This day has passed."})
    if form.first.weekday() > _FRIDAY:
        raise FormErrors({"first": "This is a weekend, and people are asked from Monday to Friday; choose one of these days."})  # fmt: skip
    if form.first > (now + timedelta(days=366)).date():
        raise FormErrors({"first": "This is more than a year away."})
    every = int(form.rhythm[:-1])
    kind = Repeat.WEEKLY if form.rhythm.endswith("w") else Repeat.MONTHLY_BY_WEEKDAY
    return make_rule(kind, form.first, form.at, zone, every)


def _as_plan(row: PulsePlanRow) -> Plan:
    first = datetime.fromisoformat(row.first)
    rule = Rule(first.date(), first.time(), ZoneInfo(row.zone), row.rule)
    return Plan(row.id, _TERMS.validate_json(row.terms), row.owner, rule, row.is_active)
