"""Reminders of action items: what each person is told on the morning of a working day, once a day and not more.

An owner hears of an action on the working day before it is due, on the day, and on every working day after it; of one
without a day on Mondays; never on the day they were given it, and not while it is snoozed. Whoever verifies hears of a
done action on the next working morning and on every third one after. Three working days after its day has passed the
owner's lead hears of it, or else a manager, and then a manager every week, snoozed or not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.domain.action_item import ActionItem, item_of
from bot.domain.colleague import Staff, bosses_of, zone_of
from bot.domain.workday import (
    evening_of,
    is_working_time,
    next_morning,
    next_working_time,
    workday_before,
    workdays_between,
)
from bot.storage import action as actions
from bot.storage.action import ActionRow
from bot.vocabulary import ActionState

ESCALATE_AFTER, ESCALATE_EVERY, ASK_EVERY = 3, 5, 3  # working days
_MONDAY = 0


@dataclass(frozen=True, slots=True)
class Morning:
    """What one person is told on one day: their own actions, those they verify, and those of others that are late.

    After `until` nobody is written to.
    """

    person: str
    day: date
    until: datetime
    due: tuple[ActionItem, ...] = ()
    to_verify: tuple[ActionItem, ...] = ()
    late: tuple[ActionItem, ...] = ()


def who_is_awake(session: Session, now: datetime, most: int) -> Sequence[str]:
    """Return whom to look after now, the longest waiting first."""
    return actions.awake(session, now, most)


def take_morning(session: Session, person: str, staff: Staff, now: datetime) -> Morning | None:
    """Return what a person is to be told now and count it as told; None where it is not the time, or there is nothing.

    Whatever it returns, the person is looked after again when something may have become due.
    """
    zone, sleep = zone_of(session, person, staff), actions.look_at(session, person)
    if not is_working_time(now, zone):
        actions.let_sleep(session, person, sleep, next_working_time(now, zone))
        return None
    today = now.astimezone(zone).date()
    rows = actions.locked_rows_of(session, person)
    own = [row for row in rows if row.owner == person and row.state == ActionState.OPEN]
    woken = _escalate(session, own, today, staff, now)
    # Whoever took these rows' locks before may have told the person meanwhile.
    is_told = _is_told(actions.look_at(session, person), zone, today)
    morning = None if is_told else _tell(session, rows, person, today, evening_of(today, zone))
    until = next_morning(now, zone) if any(_waits(row, person) for row in rows) else None
    for one in sorted({*woken, person}):  # all in one order, so that two machines cannot block
        if one == person:
            actions.let_sleep(session, person, sleep, until, now if morning else None)
        else:
            actions.wake(session, one, woken[one])
    return morning


def _waits(row: ActionRow, person: str) -> bool:
    """Return whether a person has still to do with an action."""
    mine = row.owner if row.state == ActionState.OPEN else row.verifier
    return person in (mine, row.escalate_to)


def _is_told(sleep: actions.Sleep, zone: ZoneInfo, today: date) -> bool:
    """Return whether a person has been told today, or, having flown west, on what is tomorrow here."""
    told_at = sleep.reminded_at
    return told_at is not None and told_at.astimezone(zone).date() >= today


def _tell(
    session: Session, rows: Sequence[ActionRow], person: str, today: date, until: datetime
) -> Morning | None:
    due = [row for row in rows if row.owner == person and _is_due(row, today)]
    to_verify = [row for row in rows if row.verifier == person and _is_asked(row, today)]
    late = [row for row in rows if row.escalate_to == person]
    if not (due or to_verify or late):
        return None
    for row in due:
        row.nudges, row.snoozed_until = row.nudges + 1, None
    for row in to_verify:
        row.asked_on = today
    for row in late:
        row.escalate_to, row.escalated_on, row.escalations = None, today, row.escalations + 1
    session.flush()
    shown = (_items(session, some, person) for some in (due, to_verify, late))
    return Morning(person, today, until, *shown)


def _is_due(row: ActionRow, today: date) -> bool:
    """Return whether an owner hears of an action today."""
    if row.state != ActionState.OPEN or row.given_on >= today:
        return False
    if row.snoozed_until is not None:
        return today >= row.snoozed_until
    if row.due_on is None:
        return today.weekday() == _MONDAY
    return today >= workday_before(row.due_on)


def _is_asked(row: ActionRow, today: date) -> bool:
    """Return whether a verifier hears of an action today."""
    if row.state != ActionState.DONE:
        return False
    return row.asked_on is None or workdays_between(row.asked_on, today) >= ASK_EVERY


def _escalate(
    session: Session, own: Sequence[ActionRow], today: date, staff: Staff, now: datetime
) -> dict[str, datetime]:
    """Say who hears of an owner's late actions, and return when each of them is looked after."""
    woken: dict[str, datetime] = {}
    for row in own:
        boss = _boss(session, row, staff) if _is_late(row, today) else None
        if boss is not None:
            row.escalate_to = boss
            woken[boss] = next_working_time(now, zone_of(session, boss, staff))
    return woken


def _is_late(row: ActionRow, today: date) -> bool:
    """Return whether it is time that somebody else hears of an action."""
    if row.due_on is None or row.escalate_to is not None:
        return False
    if workdays_between(row.due_on, today) < ESCALATE_AFTER:
        return False
    return row.escalated_on is None or workdays_between(row.escalated_on, today) >= ESCALATE_EVERY


def _boss(session: Session, row: ActionRow, staff: Staff) -> str | None:
    """Return who hears of a late action: at first the nearest boss, later a manager; only one who may see it."""
    bosses = bosses_of(session, row.owner, staff)
    if row.escalations:
        bosses.sort(key=lambda boss: boss not in staff.managers)
    audience = actions.unpacked(row.private_to)
    return next((boss for boss in bosses if audience is None or boss in audience), None)


def _items(session: Session, rows: Sequence[ActionRow], reader: str) -> tuple[ActionItem, ...]:
    numbers = [row.id for row in rows]
    found = actions.find_rows(session, {reader}, numbers=numbers) if numbers else []
    return tuple(item_of(row, zone) for row, zone in found)
