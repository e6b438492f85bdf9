"""What the courier reads and writes: whose turn it is, how each sending ended, and what became of what hung on it.

An ending is written only where the message is still as it was taken, in the same term and with the same words (`hold`
says so); an edit that was replaced meanwhile waits for its turn again, and nobody overrules the one who took over.
However many messages wait, a turn reads only as many as it takes, and it speaks to the database as often for one
message as for ten.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    Table,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from bot.storage.outbox import AT_ONCE, NO_WORDS, PARENT, OutboxRow
from bot.vocabulary import SETTLED, Delivery, Priority

LEASE = "courier"
_ROUNDS = 4  # looks for further targets when one target's messages fill the page
_ERROR_LENGTH = 200
_FEW = 500  # rows that one transaction deletes
_POSTS, _EDITS = False, True
_TABLE = cast(Table, OutboxRow.__table__)  # statements that come every second are made of it, once
_OUTBOX = _TABLE.c
_IS_HELD = _OUTBOX.state.concat("") == Delivery.HELD  # so that it is not looked for by its state
_IS_FORGOTTEN = and_(_OUTBOX.is_private, _OUTBOX.body != NO_WORDS)
_WORDS_LEFT = case((_IS_FORGOTTEN, ""), else_=_OUTBOX.body)  # when nobody needs them more


@dataclass(frozen=True, slots=True)
class Room:
    """How many posts and edits may be taken now, and which targets must wait.

    Something is on its way to the busy ones; the resting ones had a post a moment ago, and an edit may go there.
    """

    posts: int
    edits: int
    busy: frozenset[str] = frozenset()
    resting: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Taken:
    """A message as the courier took it.

    `tried_at` is when an earlier attempt with an unknown end began, `turn_at` what gave it its place in the queue.
    """

    id: int
    key: str
    token: str
    target: str
    is_edit: bool
    body: dict[str, Any]
    revision: int
    attempts: int
    tried_at: datetime | None
    taken_at: datetime
    turn_at: datetime
    term: int | None
    channel: str | None
    thread_ts: str | None
    ts: str | None

    @property
    def is_removal(self) -> bool:
        """Whether the message is to be deleted."""
        return self.is_edit and not self.body


@dataclass(frozen=True, slots=True)
class Ended:
    """How a message ended."""

    key: str
    state: Delivery
    channel: str | None = None
    ts: str | None = None
    error: str | None = None
    is_edit: bool = False


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was given up, or of which nobody knows whether it arrived."""

    id: int
    key: str
    target: str
    state: Delivery
    error: str | None
    attempts: int
    settled_at: datetime
    until: datetime | None = None  # later it is of no use

    def is_too_old(self, now: datetime) -> bool:
        """Return whether it would come too late to be of use."""
        return self.until is not None and self.until <= now


class Retried(NamedTuple):
    """How many messages are tried again, and how many more are too old to be sent."""

    tried: int
    too_old: int


# --- Whose turn it is -------------------------------------------------------------------------------------------------


def is_any_due(session: Session, room: Room, now: datetime, doubtful_before: datetime) -> bool:
    """Return whether a message may be taken now, or one is to be looked up."""
    asked = {"now": now, "doubtful_before": doubtful_before}
    return bool(session.scalar(_any_due(tuple(_lanes(room))), asked))


def take(session: Session, room: Room, term: int, now: datetime) -> tuple[list[Taken], list[Ended]]:
    """Take what is due for sending, at most one message a target; return it, and what is of no use any more.

    Those who are waited for go first, then what was due first.
    """
    chosen = [row_id for lane in _lanes(room) for row_id in _choose(session, lane, room, now)]
    rows = _locked(session, chosen)
    useless = [row for row in rows if _is_useless(row, now)]
    ended = [one for row in useless for one in _expire(session, row, now)]
    rows = [row for row in rows if row not in useless]
    if rows:
        started = {"state": Delivery.SENDING, "term": term, "next_at": now}
        session.execute(_START, [{"of": row["id"], "began": now, **started} for row in rows])
    return [_as_taken(row, row["attempts"] + 1, now, term) for row in rows], ended


def doubtful(session: Session, before: datetime, most: int) -> list[Taken]:
    """Return messages that were being sent at an instant before which nobody has heard of them since."""
    rows = session.execute(_DOUBTFUL.limit(most), {"doubtful_before": before}).mappings()
    return [_as_taken(row, row["attempts"], row["next_at"], row["term"]) for row in rows]


def _lanes(room: Room) -> list[bool]:
    return [lane for lane, most in ((_POSTS, room.posts), (_EDITS, room.edits)) if most > 0]


def _choose(session: Session, lane: bool, room: Room, now: datetime) -> list[int]:
    most = room.edits if lane == _EDITS else room.posts
    avoided = set(room.busy if lane == _EDITS else room.busy | room.resting)
    chosen: list[int] = []
    for _ in range(_ROUNDS):
        page_size = 2 * (most - len(chosen)) + 2
        asked = {"now": now, "most": page_size, "avoided": sorted(avoided) or [""]}
        page = session.execute(_page(lane), asked).all()
        for row_id, target in page:
            if target not in avoided and len(chosen) < most:
                avoided.add(target)
                chosen.append(row_id)
        if len(chosen) == most or len(page) < page_size:
            break
    return chosen


@lru_cache
def _page(lane: bool) -> Select[int, str]:
    """Return how the next messages of a lane are read in their order, from the index alone."""
    is_free = _OUTBOX.target.not_in(bindparam("avoided", expanding=True))
    parts = [_due(lane, priority).where(is_free) for priority in Priority]
    due = union_all(*(select(part.subquery()) for part in parts)).subquery().c
    in_order = select(due.id, due.target).order_by(due.priority, due.next_at, due.id)
    return in_order.limit(bindparam("most"))


@lru_cache
def _any_due(lanes: tuple[bool, ...]) -> Select[bool]:
    due = [_due(lane, priority) for lane in lanes for priority in Priority]
    parts = [*due, _DOUBTFUL.limit(bindparam("most", 1))]
    found = union_all(*(select(part.subquery().c.id) for part in parts))
    return select(exists(found.subquery().select())).params(most=1)


def _due(lane: bool, priority: Priority) -> Select[int, str, int, datetime]:
    return (
        select(_OUTBOX.id, _OUTBOX.target, _OUTBOX.priority, _OUTBOX.next_at)
        .where(
            _OUTBOX.state == Delivery.WAITING,
            _OUTBOX.is_edit.is_(lane),
            _OUTBOX.priority == priority,
            _OUTBOX.next_at <= bindparam("now"),
        )
        .order_by(_OUTBOX.next_at, _OUTBOX.id)
        .limit(bindparam("most"))
    )


def _locked(session: Session, chosen: list[int]) -> list[RowMapping]:
    """Return the chosen messages that nobody else is changing, in the order chosen."""
    if not chosen:
        return []
    found = session.execute(_CHOSEN, {"chosen": chosen}).mappings()
    rows = {row["id"]: row for row in found if row["state"] == Delivery.WAITING}
    return [rows[row_id] for row_id in chosen if row_id in rows]


def _is_useless(row: RowMapping, now: datetime) -> bool:
    """Return whether a message comes too late, or was taken back or forgotten while nobody knew where it was."""
    is_late = row["until"] is not None and row["until"] <= now
    return is_late or (not row["is_edit"] and row["body"] in ("", NO_WORDS))


def _as_taken(row: RowMapping, attempts: int, taken_at: datetime, term: int | None) -> Taken:
    return Taken(
        row["id"],
        row["key"],
        row["token"],
        row["target"],
        row["is_edit"],
        json.loads(row["body"] or NO_WORDS),
        row["revision"],
        attempts,
        row["tried_at"],
        taken_at,
        AT_ONCE if row["due_at"] <= row["created_at"] else row["due_at"],
        term,
        row["channel"],
        row["thread_ts"],
        row["ts"],
    )


_CHOSEN = (
    select(_TABLE)
    .where(_OUTBOX.id.in_(bindparam("chosen", expanding=True)))
    .with_for_update(skip_locked=True)
)
_DOUBTFUL = (
    select(_TABLE)
    .where(_OUTBOX.state == Delivery.SENDING, _OUTBOX.next_at <= bindparam("doubtful_before"))
    .order_by(_OUTBOX.id)
)
_START = (
    update(_TABLE)
    .where(_OUTBOX.id == bindparam("of"))
    .values(
        state=bindparam("state"),
        term=bindparam("term"),
        next_at=bindparam("next_at"),
        attempts=_OUTBOX.attempts + 1,
        tried_at=func.coalesce(_OUTBOX.tried_at, bindparam("began", type_=_OUTBOX.tried_at.type)),
    )
)


# --- How a sending ended ----------------------------------------------------------------------------------------------


class Held(NamedTuple):
    """Which messages may be written to until the transaction ends, and which somebody else is changing just now."""

    ours: frozenset[int]
    others: frozenset[int]


def hold(session: Session, messages: Sequence[Taken]) -> Held:
    """Say which messages are still as they were taken, and keep them so until this transaction ends."""
    if not messages:
        return Held(frozenset(), frozenset())
    asked = {"chosen": [taken.id for taken in messages]}
    as_taken = {taken.id: (taken.term, taken.revision) for taken in messages}
    rows = {row_id: as_it_is for row_id, *as_it_is in session.execute(_HELD, asked)}
    ours = {
        row_id
        for row_id, (state, term, revision) in rows.items()
        if state == Delivery.SENDING and (term, revision) == as_taken[row_id]
    }
    missing = as_taken.keys() - rows.keys()
    others = set(session.scalars(_STANDING, {"chosen": sorted(missing)})) if missing else set()
    return Held(frozenset(ours), frozenset(others))


def settle_sent(
    session: Session, sent: Sequence[tuple[Taken, str, str]], now: datetime
) -> list[Ended]:
    """Write down where messages are in Slack, forget private words, and let go of what hangs on them."""
    if not sent:
        return []
    places = [
        {"of": taken.id, "to_channel": channel, "at_ts": ts, "now": now}
        for taken, channel, ts in sent
    ]
    session.execute(_SETTLE, places)
    _release(session, sent)
    return [
        Ended(taken.key, Delivery.SENT, channel, ts, is_edit=taken.is_edit)
        for taken, channel, ts in sent
    ]


def settle_failed(session: Session, taken: Taken, error: str, now: datetime) -> list[Ended]:
    """Give a message up, and all that hangs on it."""
    _write(session, taken, state=Delivery.FAILED, error=error[:_ERROR_LENGTH], settled_at=now)
    place = (taken.channel, taken.ts)
    own = Ended(taken.key, Delivery.FAILED, *place, error=error, is_edit=taken.is_edit)
    return [own, *_drop_children(session, taken.key, Delivery.FAILED, now)]


def mark_uncertain(session: Session, taken: Taken, error: str, now: datetime) -> list[Ended]:
    """Leave a message that may be in Slack, and may not be looked for there."""
    _write(session, taken, state=Delivery.UNCERTAIN, error=error[:_ERROR_LENGTH], settled_at=now)
    return [Ended(taken.key, Delivery.UNCERTAIN, taken.channel, error=error)]


def retry_later(
    session: Session, taken: Taken, at: datetime, error: str | None, *, counts: bool = True
) -> None:
    """Let a message wait for another attempt; nothing of this one is in Slack."""
    again = {"state": Delivery.WAITING, "next_at": at, "error": error, "tried_at": taken.tried_at}
    attempts = taken.attempts if counts else taken.attempts - 1
    _write(session, taken, **again, attempts=attempts, term=None)


def leave_in_doubt(session: Session, taken: Taken, error: str, now: datetime) -> None:
    """Keep in mind that nobody knows how a sending ended, since now."""
    _write(session, taken, next_at=now, error=error[:_ERROR_LENGTH])


def _write(session: Session, taken: Taken, **values: Any) -> None:
    writing = update(OutboxRow).where(OutboxRow.id == taken.id).values(values)
    session.execute(writing.execution_options(synchronize_session=False))


def _expire(session: Session, row: RowMapping, now: datetime) -> list[Ended]:
    words = "" if row["is_private"] else row["body"]
    expired = {"state": Delivery.EXPIRED, "settled_at": now, "body": words}
    expiring = update(OutboxRow).where(OutboxRow.id == row["id"]).values(expired)
    session.execute(expiring.execution_options(synchronize_session=False))
    own = Ended(row["key"], Delivery.EXPIRED, row["channel"], is_edit=row["is_edit"])
    return [own, *_drop_children(session, row["key"], Delivery.EXPIRED, now)]


def _release(session: Session, sent: Sequence[tuple[Taken, str, str]]) -> None:
    """Let answers and edits go that waited for messages to be in Slack."""
    posts = {taken.key: (taken, channel, ts) for taken, channel, ts in sent if not taken.is_edit}
    waiting = {"parents": list(posts)}
    for key in session.scalars(_PARENTS_WAITED_FOR, waiting) if posts else ():
        taken, channel, ts = posts[key]
        place = {"channel": channel, "thread_ts": taken.thread_ts or ts}
        own_ts = case((OutboxRow.is_edit, ts), else_=OutboxRow.ts)
        _change(session, _held_by(key), {**place, "ts": own_ts, "state": Delivery.WAITING})


def _drop_children(session: Session, key: str, state: Delivery, now: datetime) -> Iterator[Ended]:
    dropped: dict[str, Any] = {"state": state, "error": PARENT, "settled_at": now}
    if state == Delivery.EXPIRED:  # what failed may be tried again
        dropped["body"] = _WORDS_LEFT
    for child, is_edit in _change(session, _held_by(key), dropped):
        yield Ended(child, state, error=PARENT, is_edit=is_edit)
        if not is_edit:
            yield from _drop_children(session, child, state, now)


def _held_by(key: str) -> tuple[ColumnElement[bool], ...]:
    return (OutboxRow.parent == key, _IS_HELD)


def _change(
    session: Session, which: tuple[ColumnElement[bool], ...], values: dict[str, Any]
) -> list[tuple[str, bool]]:
    changing = update(OutboxRow).where(*which).values(values)
    changed = changing.returning(OutboxRow.key, OutboxRow.is_edit)
    rows = session.execute(changed.execution_options(synchronize_session=False))
    return [(key, is_edit) for key, is_edit in rows]


_HELD = (
    select(_OUTBOX.id, _OUTBOX.state, _OUTBOX.term, _OUTBOX.revision)
    .where(_OUTBOX.id.in_(bindparam("chosen", expanding=True)))
    .with_for_update(skip_locked=True)
)
_STANDING = select(_OUTBOX.id).where(_OUTBOX.id.in_(bindparam("chosen", expanding=True)))
_SETTLE = (
    update(_TABLE)
    .where(_OUTBOX.id == bindparam("of"))
    .values(
        state=Delivery.SENT,
        channel=bindparam("to_channel"),
        ts=bindparam("at_ts"),
        settled_at=bindparam("now"),
        error=None,
        body=_WORDS_LEFT,
    )
)
_PARENTS_WAITED_FOR = (
    select(_OUTBOX.parent)
    .where(_OUTBOX.parent.in_(bindparam("parents", expanding=True)), _IS_HELD)
    .distinct()
)


# --- What the operator asks -------------------------------------------------------------------------------------------


def count_by_state(session: Session) -> dict[Delivery, int]:
    """Return how many messages there are in every state."""
    counted = select(OutboxRow.state, func.count()).group_by(OutboxRow.state)
    found = {Delivery(state): number for state, number in session.execute(counted)}
    return {state: found.get(state, 0) for state in Delivery}


def waiting_since(session: Session, now: datetime) -> datetime | None:
    """Return since when the longest wait of what is due has lasted; None where nothing is."""
    is_due = (OutboxRow.state == Delivery.WAITING, OutboxRow.due_at <= now)
    return session.scalar(select(func.min(OutboxRow.due_at)).where(*is_due))


def dead_letters(session: Session, most: int = 20) -> list[DeadLetter]:
    """Return what failed and what is uncertain, newest first; not what fell with its parent."""
    found = select(OutboxRow).where(*_dead()).order_by(OutboxRow.settled_at.desc()).limit(most)
    return [
        DeadLetter(
            row.id,
            row.key,
            row.target,
            Delivery(row.state),
            row.error,
            row.attempts,
            row.settled_at or row.created_at,
            row.until,
        )
        for row in session.scalars(found)
    ]


def retry(session: Session, now: datetime, message: int | None = None) -> Retried:
    """Try one dead letter again, or all.

    What failed is sent again, with what hung on it; what is of no use any more is left out at its turn, as it would
    have been the first time. What is uncertain is looked for again, and sent only when the look was allowed and found
    nothing.
    """
    dead = select(OutboxRow).where(*_dead()).with_for_update()
    if message is not None:
        dead = dead.where(OutboxRow.id == message)
    rows = session.scalars(dead).all()
    for row in rows:
        if row.state == Delivery.FAILED:
            row.state, row.next_at, row.tried_at = Delivery.WAITING, AT_ONCE, None
            _hold_children(session, row.key)
        else:
            row.state, row.next_at = Delivery.SENDING, row.settled_at or row.next_at
        row.attempts = 0
        row.error = row.settled_at = row.term = None
    too_old = sum(row.until is not None and row.until <= now for row in rows)
    return Retried(len(rows) - too_old, too_old)


def _dead() -> tuple[ColumnElement[bool], ...]:
    is_own = or_(OutboxRow.error.is_(None), OutboxRow.error != PARENT)
    return (OutboxRow.state.in_((Delivery.FAILED, Delivery.UNCERTAIN)), is_own)


def _hold_children(session: Session, key: str) -> None:
    fallen = (
        OutboxRow.parent == key,
        OutboxRow.state == Delivery.FAILED,
        OutboxRow.error == PARENT,
    )
    held = {"state": Delivery.HELD, "error": None, "settled_at": None}
    for child, is_edit in _change(session, fallen, held):
        if not is_edit:
            _hold_children(session, child)


def prune(session: Session, before: datetime, kept: Collection[str] = ()) -> int:
    """Delete some of the messages that ended before an instant, with what still waits for them; return how many.

    Those stay whose keys are in `kept`, or begin with one of these and ":".
    """
    old = select(OutboxRow.key).where(
        OutboxRow.settled_at < before,
        OutboxRow.state.in_(SETTLED),
        OutboxRow.key.not_in(kept),
        *(func.substr(OutboxRow.key, 1, len(one) + 1) != f"{one}:" for one in kept),
    )
    keys = list(session.scalars(old.limit(_FEW).with_for_update(skip_locked=True)))
    gone = keys
    while gone:
        held = (OutboxRow.parent.in_(gone), _IS_HELD)
        _delete(session, OutboxRow.key.in_(gone))
        gone = list(session.scalars(select(OutboxRow.key).where(*held)))
    return len(keys)


def _delete(session: Session, which: ColumnElement[bool]) -> None:
    deleting = delete(OutboxRow).where(which)
    session.execute(deleting.execution_options(synchronize_session=False))
