"""Action items: what somebody has promised to do by when, from a meeting, an incident or a message, until it is verified.

An action is open, then done, then verified by somebody else than its owner; or it is dropped, with a reason. Every
change is claimed once for its trigger, made on the current state and written to the audit log. What comes from a
private source is seen by its audience alone.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field
from sqlalchemy.orm import Session

from bot import clock
from bot.domain.action_item import NOWHERE, ActionItem, Deed, Source, item_of, must_be_able
from bot.domain.colleague import Staff, bosses_of, remember, zone_of
from bot.domain.day import must_come, show_day
from bot.domain.draft import Draft
from bot.domain.errand import LONGEST_TEXT
from bot.domain.once import once
from bot.domain.person import Person
from bot.domain.workday import next_morning, next_working_time
from bot.errors import FormErrors, Refused
from bot.storage import action as actions
from bot.storage import audit
from bot.storage.action import ActionRow
from bot.vocabulary import ActionState, Role

LONGEST_NOTE = 2_000
LONGEST_SNOOZE = timedelta(days=90)
_WHAT = "action"
_HISTORY = 20


class ActionDraft(Draft):
    """An action as somebody fills it in."""

    text: Annotated[str, Field(max_length=LONGEST_TEXT)]
    owner: str
    due: date | None = None
    note: Annotated[str | None, Field(max_length=LONGEST_NOTE)] = None


class DropDraft(Draft):
    """Why an action is dropped."""

    reason: Annotated[str, Field(max_length=LONGEST_TEXT)]


@dataclass(frozen=True, slots=True)
class Change:
    """An action before and after what was done with it."""

    before: ActionItem
    after: ActionItem


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of an action's history: which part of it changed, from what to what."""

    at: datetime
    who: str
    part: str
    before: str | None
    after: str | None


def find_action(session: Session, number: int, by: Person) -> ActionItem:
    """Return an action that a person may see; `Refused` where there is none, or none for them."""
    by.must_be(Role.MEMBER, "see action items")
    found = actions.find_row(session, number, {by.id})
    if found is None:
        raise Refused(_no_such(number))
    return item_of(*found)


def history(session: Session, number: int, by: Person) -> list[Event]:
    """Return what was done with an action that a person may see, the newest first."""
    find_action(session, number, by)
    return [_event(entry) for entry in audit.history(session, _WHAT, str(number), most=_HISTORY)]


# Changing. Each is carried out once for its trigger: the same press or command again is `AlreadyDone`.


def add_action(
    session: Session,
    draft: ActionDraft,
    owner: Person,
    by: Person,
    trigger: str,
    source: Source = NOWHERE,
) -> ActionItem:
    """Give somebody something to do; `FormErrors` where they cannot have it, or the day is past."""
    by.must_be(Role.MEMBER, "add action items")
    wrong = {**_wrong_owner(owner), **_wrong_due(draft.due, by)}
    if wrong:
        raise FormErrors(wrong)
    once(session, f"action:{trigger}")
    remember(session, by, owner)
    now = clock.now()
    audience = None if source.audience is None else {*source.audience, owner.id, by.id}
    row = actions.add_row(
        session,
        ActionRow(
            text=draft.text,
            note=draft.note,
            owner=owner.id,
            given_on=now.astimezone(owner.zone).date(),
            due_on=draft.due,
            state=ActionState.OPEN,
            source=source.ref,
            source_label=source.label[: actions.LONGEST_LABEL],
            source_link=source.link,
            private_to=actions.packed(audience),
            created_by=by.id,
            created_at=now,
            nudges=0,
            escalations=0,
        ),
    )
    _log(session, row, by, "state", None, ActionState.OPEN)
    _wake_owner(session, row, owner.zone)
    return _again(session, row)


def mark_done(
    session: Session, number: int, by: Person, trigger: str, staff: Staff, remark: str = ""
) -> Change:
    """Say that an action is done; on the next working morning somebody else is asked whether it is."""
    row, before = _take(session, number, by, trigger, Deed.DONE)
    row.done_by, row.done_at = by.id, clock.now()
    row.verifier, row.asked_on = _verifier(session, before, staff), None
    row.escalate_to = None
    _turn(session, row, by, ActionState.DONE, remark)
    zone = zone_of(session, row.verifier, staff)
    actions.wake(session, row.verifier, next_morning(clock.now(), zone))
    return Change(before, _again(session, row))


def verify(session: Session, number: int, by: Person, trigger: str, remark: str = "") -> Change:
    """Confirm that a done action is done; nobody is chased for it any more."""
    row, before = _take(session, number, by, trigger, Deed.VERIFY)
    row.verified_by, row.verified_at = by.id, clock.now()
    _turn(session, row, by, ActionState.VERIFIED, remark)
    return Change(before, _again(session, row))


def reopen(session: Session, number: int, by: Person, trigger: str, remark: str = "") -> Change:
    """Take back that an action is done, verified or dropped; its owner is chased again."""
    row, before = _take(session, number, by, trigger, Deed.REOPEN)
    row.done_by = row.done_at = row.verifier = row.verified_by = row.verified_at = None
    row.reason = row.asked_on = row.snoozed_until = None
    row.given_on = before.today
    _turn(session, row, by, ActionState.OPEN, remark)
    _wake_owner(session, row, _zone(session, row))
    return Change(before, _again(session, row))


def drop(session: Session, number: int, by: Person, trigger: str, reason: str) -> Change:
    """Give an action up, with the reason."""
    if not reason.strip():
        raise Refused(f"Say why, for example `/action drop {number} not needed any more`.")
    row, before = _take(session, number, by, trigger, Deed.DROP)
    row.reason, row.escalate_to = reason, None
    _turn(session, row, by, ActionState.DROPPED, reason)
    return Change(before, _again(session, row))


def snooze(session: Session, number: int, until: date | None, by: Person, trigger: str) -> Change:
    """Leave its owner in peace until a day, or no longer; the due day stays, and so does who hears that it has passed."""
    row, before = _take(session, number, by, trigger, Deed.CHANGE)
    if until == row.snoozed_until:
        raise Refused(f"#{number} is {'snoozed until then' if until else 'not snoozed'} already.")
    if until is not None:
        _must_be_a_snooze(until, before.today, number)
    _change(session, row, by, "snoozed", row.snoozed_until, until)
    row.snoozed_until = until
    return Change(before, _again(session, row))


def change_due(session: Session, number: int, due: date | None, by: Person, trigger: str) -> Change:
    """Move the day an action is due, or take it away."""
    row, before = _take(session, number, by, trigger, Deed.CHANGE)
    if due == row.due_on:
        raise Refused(f"#{number} {'is due then' if due else 'has no due date'} already.")
    if due is not None:
        must_come(due, clock.today(by.zone))
    _move_due(session, row, by, due)
    return Change(before, _again(session, row))


def reassign(session: Session, number: int, owner: Person, by: Person, trigger: str) -> Change:
    """Give an action to somebody else."""
    row, before = _take(session, number, by, trigger, Deed.CHANGE)
    if owner.id == row.owner:
        raise Refused(f"#{number} is theirs already.")
    if wrong := _wrong_owner(owner):
        raise FormErrors(wrong)
    _give(session, row, by, owner)
    return Change(before, _again(session, row))


def edit_action(
    session: Session, number: int, draft: ActionDraft, owner: Person, by: Person, trigger: str
) -> Change:
    """Change whatever a form says differently: words, note, owner, day."""
    row, before = _take(session, number, by, trigger, Deed.CHANGE)
    wrong = {
        **(_wrong_owner(owner) if owner.id != row.owner else {}),
        **(_wrong_due(draft.due, by) if draft.due != row.due_on else {}),
    }
    if wrong:
        raise FormErrors(wrong)
    for part, now_said in (("text", draft.text), ("note", draft.note)):
        if getattr(row, part) != now_said:
            _change(session, row, by, part, getattr(row, part), now_said)
            setattr(row, part, now_said)
    if draft.due != row.due_on:
        _move_due(session, row, by, draft.due)
    if owner.id != row.owner:
        _give(session, row, by, owner)
    return Change(before, _again(session, row))


def _verifier(session: Session, item: ActionItem, staff: Staff) -> str:
    """Return who is asked: whoever made it, or else the owner's lead or manager, or the owner where nobody is left."""
    if item.created_by != item.owner:
        return item.created_by
    audience = item.source.audience
    bosses = bosses_of(session, item.owner, staff)
    return next((boss for boss in bosses if audience is None or boss in audience), item.owner)


# Inside.


def _take(
    session: Session, number: int, by: Person, trigger: str, deed: Deed
) -> tuple[ActionRow, ActionItem]:
    """Claim a trigger and lock an action for a change that this person may make on it now."""
    by.must_be(Role.MEMBER, "work on action items")
    once(session, f"action:{trigger}")
    remember(session, by)
    row = actions.locked_row(session, number, {by.id})
    if row is None:
        raise Refused(_no_such(number))
    item = _again(session, row)
    must_be_able(deed, item, by)
    return row, item


def _no_such(number: int) -> str:
    return f"There is no action #{number} that you can see. `/action` lists yours."


def _wrong_owner(owner: Person) -> dict[str, str]:
    if owner.may(Role.MEMBER):
        return {}
    return {
        "owner": f"{owner.name} is no member of this workspace and could not see it. Choose somebody who is."
    }


def _wrong_due(due: date | None, by: Person) -> dict[str, str]:
    try:
        if due is not None:
            must_come(due, clock.today(by.zone))
    except Refused as refused:
        return {"due": refused.sentence}
    return {}


def _must_be_a_snooze(until: date, today: date, number: int) -> None:
    if until <= today:
        raise Refused(f"{show_day(until, today)} is not later. Try `/action snooze {number} 3d`.")
    if until > today + LONGEST_SNOOZE:
        raise Refused(
            f"That is longer than {LONGEST_SNOOZE.days} days. Move the due date instead: "
            f"`/action due {number} {until.isoformat()}`."
        )


def _turn(session: Session, row: ActionRow, by: Person, to: ActionState, remark: str) -> None:
    _log(session, row, by, "state", row.state, f"{to}:{remark}" if remark else to)
    row.state = to


def _move_due(session: Session, row: ActionRow, by: Person, due: date | None) -> None:
    _change(session, row, by, "due", row.due_on, due)
    row.due_on = due
    row.snoozed_until = row.escalate_to = row.escalated_on = None
    row.escalations = 0


def _give(session: Session, row: ActionRow, by: Person, owner: Person) -> None:
    _change(session, row, by, "owner", row.owner, owner.id)
    remember(session, owner)
    audience = actions.unpacked(row.private_to)
    if audience is not None and owner.id not in audience:  # they may not know where it came from
        row.source_label, row.source_link = "", None
    row.private_to = actions.packed(None if audience is None else {*audience, owner.id})
    row.owner, row.snoozed_until, row.escalate_to = owner.id, None, None
    row.given_on, row.nudges = clock.now().astimezone(owner.zone).date(), 0
    _wake_owner(session, row, owner.zone)


def _wake_owner(session: Session, row: ActionRow, zone: ZoneInfo) -> None:
    session.flush()
    actions.wake(session, row.owner, next_working_time(clock.now(), zone))


def _change(
    session: Session, row: ActionRow, by: Person, part: str, before: object, after: object
) -> None:
    _log(
        session,
        row,
        by,
        part,
        *(None if value is None else str(value) for value in (before, after)),
    )


def _log(
    session: Session, row: ActionRow, by: Person, part: str, before: str | None, after: str | None
) -> None:
    """Write down one change; both sides say which part of the action it was."""
    sides = (None if side is None else f"{part}:{side}" for side in (before, after))
    audit.record(session, audit.AuditEntry(clock.now(), by.id, _WHAT, str(row.id), *sides))


def _event(entry: audit.AuditEntry) -> Event:
    sides = [(side or "").partition(":") for side in (entry.before, entry.after)]
    before, after = (said if part else None for part, _, said in sides)
    return Event(entry.at, entry.who, sides[0][0] or sides[1][0], before, after)


def _zone(session: Session, row: ActionRow) -> ZoneInfo:
    found = actions.find_row(session, row.id, {row.owner})
    return ZoneInfo((found and found[1]) or "UTC")


def _again(session: Session, row: ActionRow) -> ActionItem:
    """Return an action as it stands after what has been done to its row."""
    session.flush()
    found = actions.find_row(session, row.id, {row.owner})
    if found is None:
        raise AssertionError("an owner sees what is theirs")
    return item_of(*found)
