"""One action item as it stands: what it is, where it comes from, and who may do what with it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot import clock
from bot.domain.person import Person
from bot.errors import Forbidden, Refused
from bot.storage import action as actions
from bot.storage.action import ActionRow
from bot.vocabulary import ActionState, Role


@dataclass(frozen=True, slots=True)
class Source:
    """Where an action comes from: `ref` tells the program ("series:7", "incident:12"), `label` and `link` tell people.

    With `audience`, nobody else ever sees what comes from there, except whoever is given such an action.
    """

    ref: str = ""
    label: str = ""
    link: str | None = None
    audience: frozenset[str] | None = None


NOWHERE = Source()


@dataclass(frozen=True, slots=True)
class Place:
    """A message in Slack that an action is made from; `channel_name` only where everybody here can see the channel.

    `thread` is the message under which it stands, "" where it is no reply.
    """

    channel: str
    ts: str
    thread: str = ""
    link: str | None = None
    channel_name: str | None = None


def message_source(place: Place, by: str) -> Source:
    """Return a message as a source; what was said where not everybody can read is for its maker and the owner alone."""
    ref = f"message:{place.channel}:{place.ts}"
    if place.channel_name is None:
        return Source(ref, "a message", place.link, frozenset({by}))
    return Source(ref, f"a message in #{place.channel_name}", place.link)


@dataclass(frozen=True, slots=True)
class ActionItem:
    """An action as it stands; `today` is the day it is for its owner."""

    id: int
    text: str
    note: str | None
    owner: str
    due_on: date | None
    state: ActionState
    source: Source
    created_by: str
    created_at: datetime
    today: date
    done_by: str | None = None
    done_at: datetime | None = None
    verifier: str | None = None
    verified_by: str | None = None
    verified_at: datetime | None = None
    reason: str | None = None
    snoozed_until: date | None = None
    nudges: int = 0

    @property
    def is_overdue(self) -> bool:
        """Whether it is open and its day has passed, where its owner is."""
        return self.state is ActionState.OPEN and self.days_left is not None and self.days_left < 0

    @property
    def days_left(self) -> int | None:
        """How many days there are until it is due, negative once it is overdue; None without a date."""
        return None if self.due_on is None else (self.due_on - self.today).days


def item_of(row: ActionRow, zone: str | None) -> ActionItem:
    """Return a row as it is passed around; `zone` is its owner's."""
    return ActionItem(
        id=row.id,
        text=row.text,
        note=row.note,
        owner=row.owner,
        due_on=row.due_on,
        state=ActionState(row.state),
        source=Source(
            row.source, row.source_label, row.source_link, actions.unpacked(row.private_to)
        ),
        created_by=row.created_by,
        created_at=row.created_at,
        today=clock.today(ZoneInfo(zone or "UTC")),
        done_by=row.done_by,
        done_at=row.done_at,
        verifier=row.verifier,
        verified_by=row.verified_by,
        verified_at=row.verified_at,
        reason=row.reason,
        snoozed_until=row.snoozed_until,
        nudges=row.nudges,
    )


# Who may do what, and when.


class Deed(StrEnum):
    """What can be done with an action; changing is its words, owner, day and snooze."""

    DONE = "mark it done"
    VERIFY = "verify it"
    REOPEN = "reopen it"
    DROP = "drop it"
    CHANGE = "change it"


_IN_STATES: dict[Deed, tuple[ActionState, ...]] = {
    Deed.DONE: (ActionState.OPEN,),
    Deed.VERIFY: (ActionState.DONE,),
    Deed.REOPEN: (ActionState.DONE, ActionState.VERIFIED, ActionState.DROPPED),
    Deed.DROP: (ActionState.OPEN,),
    Deed.CHANGE: (ActionState.OPEN,),
}


def deeds(item: ActionItem, by: Person) -> frozenset[Deed]:
    """Return what a person may do with an action as it stands."""
    return frozenset(
        deed for deed in Deed if item.state in _IN_STATES[deed] and _may(deed, item, by)
    )


def must_be_able(deed: Deed, item: ActionItem, by: Person) -> None:
    """Raise `Refused` unless a person may do this with an action as it stands; the sentence says what would work."""
    if deed not in deeds(item, by):
        raise _why_not(deed, item, by)


def _may(deed: Deed, item: ActionItem, by: Person) -> bool:
    is_maker, is_lead = by.id == item.created_by, by.may(Role.LEAD)
    match deed:
        case Deed.DONE | Deed.CHANGE:
            return by.id == item.owner or is_maker or is_lead
        case Deed.DROP:
            return is_maker or by.may(Role.MANAGER)
        case Deed.VERIFY:
            return _may_verify_own(item, by) if by.id == item.owner else is_maker or is_lead
        case Deed.REOPEN:
            settled = {ActionState.VERIFIED: Deed.VERIFY, ActionState.DROPPED: Deed.DROP}
            return _may(settled.get(item.state, Deed.DONE), item, by)


def _may_verify_own(item: ActionItem, by: Person) -> bool:
    """Return whether nobody else is left to verify: a manager's own, or what nobody else can see."""
    if item.created_by != item.owner:
        return False
    is_seen_by_nobody_else = item.source.audience == frozenset({item.owner})
    return by.may(Role.MANAGER) or is_seen_by_nobody_else or item.verifier == item.owner


def _why_not(deed: Deed, item: ActionItem, by: Person) -> Refused:
    """Return the sentence for what cannot be done: the state stands in the way, or the person may not."""
    if item.state not in _IN_STATES[deed]:
        return Refused(f"#{item.id} {_STANDS[item.state]}{_instead(deed, item)}")
    match deed:
        case Deed.DROP:
            who = "whoever made it or a manager"
        case Deed.VERIFY if by.id == item.owner:
            return Forbidden(
                f"Nobody verifies their own work: whoever made #{item.id}, a team lead or a manager can."
            )
        case Deed.VERIFY:
            who = "whoever made it, a team lead or a manager"
        case Deed.REOPEN if item.state is ActionState.DROPPED:
            who = "whoever made it or a manager"
        case Deed.REOPEN if item.state is ActionState.VERIFIED:
            who = "whoever made it, a team lead or a manager"
        case _:
            who = "its owner, whoever made it, a team lead or a manager"
    return Forbidden(f"#{item.id} is somebody else's: only {who} can {deed}.")


_STANDS = {
    ActionState.OPEN: "is open",
    ActionState.DONE: "is done already and waits to be verified",
    ActionState.VERIFIED: "is done and verified already",
    ActionState.DROPPED: "was dropped",
}


def _instead(deed: Deed, item: ActionItem) -> str:
    match deed:
        case Deed.VERIFY if item.state is ActionState.OPEN:
            return f" and has to be done first: `/action done {item.id}`."
        case Deed.REOPEN:
            return " already."
        case Deed.DONE | Deed.VERIFY | Deed.DROP if item.state is ActionState.DROPPED:
            return f" already. `/action reopen {item.id}` brings it back."
        case Deed.DROP | Deed.CHANGE:
            return f". `/action reopen {item.id}` opens it again."
    return "."
