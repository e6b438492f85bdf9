"""Messages that have been promised: written in the transaction that decided them, sent by the courier after it.

A key is unique, so that promising twice is promising once. The token goes to Slack with the message, where everybody
can read it, and says nothing; by it a message is recognised whose sending ended nobody knows how. The words of a
private message are gone from here as soon as it is delivered; those of a message that is taken back, at once. An edit
without words is a removal, and nothing replaces it.
"""

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    Index,
    Integer,
    Select,
    SmallInteger,
    String,
    Text,
    case,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.storage.database import (
    NUMBER,
    Row,
    UtcDateTime,
    in_parts,
    insert_into,
    overwrite_deleted,
)
from bot.vocabulary import SETTLED, Delivery, Priority

KEY_LENGTH = 200
NO_THREAD = "thread_not_found"  # Slack's word where what is answered has gone
PARENT = "parent"  # why a message failed that belongs to one that did
TABLE = "outbox"
NO_WORDS = "{}"  # the body of what is taken back, and of the removal that takes it out of Slack
_EDIT = ":edit"
_KEYS_AT_ONCE = 1_000  # keys that one statement asks for
_SECONDS_IN_ONE_ORDER, _IDS_FROM_CHANCE, _LEAST_ID = 16, 2**34, -(2**62)  # enough until 2106
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)  # however the clocks of two machines differ


class OutboxRow(Row):
    """One message on its way to Slack, or one edit of a message that is there."""

    __tablename__ = TABLE
    __table_args__ = (
        # Whose turn it is can be told from this index alone, however many wait.
        Index("ix_outbox_turn", "state", "is_edit", "priority", "next_at", "id", "target"),
        Index("ix_outbox_place", "channel", "ts"),
        Index("ix_outbox_parent", "parent"),
        Index("ix_outbox_settled", "settled_at"),
    )

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(KEY_LENGTH), unique=True)
    token: Mapped[str] = mapped_column(String(32), unique=True)
    target: Mapped[str] = mapped_column(String(200))  # a channel, a person, or people by commas
    parent: Mapped[str | None] = mapped_column(
        String(KEY_LENGTH)
    )  # the key of what it answers or edits
    is_edit: Mapped[bool] = mapped_column(Boolean)
    is_private: Mapped[bool] = mapped_column(Boolean)
    body: Mapped[str] = mapped_column(Text)  # JSON, empty once a private message is delivered
    revision: Mapped[int] = mapped_column(
        Integer
    )  # of the body; an edit may change while it is sent
    priority: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(String(20))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # later it is of no use
    next_at: Mapped[datetime] = mapped_column(
        UtcDateTime
    )  # the next attempt; while sending, the last sign of this one
    attempts: Mapped[int] = mapped_column(Integer)
    tried_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime
    )  # an attempt with an unknown end began
    term: Mapped[int | None] = mapped_column(BigInteger)  # of the courier that is sending it
    error: Mapped[str | None] = mapped_column(String(200))
    channel: Mapped[str | None] = mapped_column(String(50))
    thread_ts: Mapped[str | None] = mapped_column(String(50))
    ts: Mapped[str | None] = mapped_column(String(50))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message to be kept: where it goes, what it says (Slack's arguments), and when."""

    key: str
    target: str
    body: Mapping[str, Any]
    priority: Priority
    due_at: datetime | None = None  # at once without it
    until: datetime | None = None
    parent: str | None = None


class Place(NamedTuple):
    """Where a message stands in Slack."""

    channel: str
    ts: str


def put(session: Session, parcel: Parcel, now: datetime, parent_at: Place | None = None) -> bool:
    """Keep a message for the courier; return False where its key has been promised before.

    One with a parent is held until that is in Slack, and then posted in its thread. Where the parent was forgotten long
    ago, `parent_at` says where it stands; without that the message stands by itself.
    """
    row = _row(parcel, now)
    post = locked(session, parcel.parent) if parcel.parent else None
    if post is not None and post.body == NO_WORDS:
        row |= {"body": "", "state": Delivery.EXPIRED, "error": PARENT, "settled_at": now}
    elif post is not None:
        row |= {**_state_beside(post), "channel": post.channel, "thread_ts": thread_of(post)}
    elif parent_at is not None:
        row |= {"channel": parent_at.channel, "thread_ts": parent_at.ts}
    adding = insert_into(session, OutboxRow).values(row)
    kept = adding.on_conflict_do_nothing(index_elements=["key"]).returning(OutboxRow.id)
    return session.scalar(kept) is not None


def put_all(session: Session, parcel: Parcel, targets: Mapping[str, str], now: datetime) -> None:
    """Keep the same message for many, by their keys, in one statement; what has been promised before stays as it is.

    Of `parcel`, its key and its target do not count, and it answers nothing. When the messages are erased, no gap in the
    ids of others says how many there were: whom a survey does not remind has answered.
    """
    same = _row(parcel, now)
    rows = [
        {
            **same,
            "id": id_,
            "key": key,
            "token": _new_token(),
            "target": target,
            **_privacy(target),
        }
        for id_, (key, target) in zip(
            _ids_from_chance(now, len(targets)), targets.items(), strict=True
        )
    ]
    if rows:
        adding = insert_into(session, OutboxRow)
        session.execute(adding.on_conflict_do_nothing(index_elements=["key"]), rows)


def put_edit(
    session: Session,
    of: str,
    body: Mapping[str, Any],
    priority: Priority,
    now: datetime,
    at: Place | None = None,
) -> None:
    """Keep new words for a message; the newest replace older ones that have not left yet.

    What has not been posted is posted with the new words; what will never be posted is left alone. Where the message
    was forgotten long ago, `at` says where it stands; without that it is left alone too.
    """
    post = locked(session, of)
    if post is None:
        if at is not None:
            edit = Parcel(f"{of}{_EDIT}", at.channel, body, priority, parent=of)
            _put_or_replace(session, {**_row(edit, now), **at._asdict(), "is_edit": True})
        return
    match post.state:
        case Delivery.HELD | Delivery.WAITING:
            post.body, post.revision = json.dumps(body), post.revision + 1
            _drop_edit(session, of)  # of an attempt that came to nothing: its words are older
        case Delivery.SENDING | Delivery.UNCERTAIN | Delivery.SENT:
            edit = Parcel(f"{of}{_EDIT}", post.target, body, priority, parent=of)
            place = {"channel": post.channel, "ts": post.ts, "is_edit": True}
            _put_or_replace(session, {**_row(edit, now), **_state_beside(post), **place})


def put_removal(
    session: Session, of: str, priority: Priority, now: datetime, at: Place | None = None
) -> None:
    """Take a message back, with the answers to it: what is in Slack is to be deleted there, the rest is dropped.

    All their words are gone from here at once. Where the message was forgotten long ago, `at` says where it stands.
    """
    post = locked(session, of)
    for answer in session.scalars(_answers_to(of)).all():
        put_removal(session, answer, priority, now)
    if post is None:
        if at := at or _place_of_edit(session, of):
            removal = _removal(of, at.channel, priority, now)
            _put_or_replace(session, {**removal, **at._asdict()})
        return
    match post.state:
        case Delivery.SENDING | Delivery.UNCERTAIN | Delivery.SENT:
            removal = _removal(of, post.target, priority, now)
            place = {"channel": post.channel, "ts": post.ts}
            _put_or_replace(session, {**removal, **_state_beside(post), **place})
        case _:
            post.state, post.settled_at = Delivery.EXPIRED, now
            _drop_edit(session, of)
    post.body = NO_WORDS


def forget_words(session: Session, prefix: str) -> None:
    """Forget what the messages said that have ended, by key: `prefix` itself, and all that begins with it and ":".

    What failed cannot be tried again then. What is still to be sent or deleted is left alone.
    """
    beginning = func.substr(OutboxRow.key, 1, len(prefix) + 1)
    which = (
        or_(OutboxRow.key == prefix, beginning == f"{prefix}:"),
        OutboxRow.state.in_(SETTLED),
        OutboxRow.body.not_in(("", NO_WORDS)),
    )
    state = case((OutboxRow.state == Delivery.FAILED, Delivery.EXPIRED), else_=OutboxRow.state)
    forgetting = update(OutboxRow).where(*which).values(body="", state=state)
    session.execute(forgetting.execution_options(synchronize_session=False))


def withdraw(session: Session, key: str) -> None:
    """Forget a message that never came to Slack, and what belongs to it, so that it can be promised again."""
    post = locked(session, key)  # an operator may be trying it again
    if post is not None and post.state in (Delivery.FAILED, Delivery.EXPIRED):
        session.execute(delete(OutboxRow).where((OutboxRow.key == key) | (OutboxRow.parent == key)))


def prolong(session: Session, key: str, until: datetime | None) -> None:
    """Let a message be of use until another instant, or for ever."""
    changing = update(OutboxRow).where(OutboxRow.key == key).values(until=until)
    session.execute(changing.execution_options(synchronize_session=False))


def forget(session: Session, key: str) -> bool:
    """Forget a message that has ended, so that it can be promised again; return False while it is on its way.

    Answers that are in Slack are kept, those that never got there are forgotten with it.
    """
    post = locked(session, key)
    if post is not None and post.state not in (Delivery.SENT, Delivery.FAILED, Delivery.EXPIRED):
        return False
    never_came = (OutboxRow.parent == key) & OutboxRow.state.in_(_NEVER_CAME)
    which = OutboxRow.key.in_((key, f"{key}{_EDIT}")) | never_came
    session.execute(delete(OutboxRow).where(which))
    return True


def erase(session: Session, key: str) -> None:
    """Delete a message that has ended, however it did, also where nobody knows; SQLite writes noughts over it.

    It cannot be tried again. Whoever promised it has to know by something else that it was promised.
    """
    overwrite_deleted(session)
    which = (OutboxRow.key == key, OutboxRow.state.in_(SETTLED))
    session.execute(delete(OutboxRow).where(*which))


_NEVER_CAME = (Delivery.FAILED, Delivery.EXPIRED)


def edited_by(key: str) -> str:
    """Return the key of the message that an edit with this key is for; "" where it is that of a message."""
    return key.removesuffix(_EDIT) if key.endswith(_EDIT) else ""


def hold_back(session: Session, parent: str) -> None:
    """Let the answers to a message that has gone wait for it: those that wait, and those that found it gone."""
    has_failed = (OutboxRow.state == Delivery.FAILED) & (OutboxRow.error == NO_THREAD)
    which = (OutboxRow.is_edit.is_(False), (OutboxRow.state == Delivery.WAITING) | has_failed)
    held = {"state": Delivery.HELD, "channel": None, "thread_ts": None, "error": None}
    holding = update(OutboxRow).where(OutboxRow.parent == parent, *which)
    holding = holding.values(**held, settled_at=None, attempts=0, tried_at=None)
    session.execute(holding.execution_options(synchronize_session=False))


def locked(session: Session, key: str) -> OutboxRow | None:
    """Return a message and keep the courier's hands off it until this transaction ends."""
    found = select(OutboxRow).where(OutboxRow.key == key).with_for_update()
    return session.scalars(found.execution_options(populate_existing=True)).one_or_none()


def thread_of(post: OutboxRow) -> str | None:
    """Return the thread in which an answer to a message belongs; None while it is not in Slack."""
    return post.thread_ts or post.ts


def find_message(session: Session, channel: str, ts: str) -> str | None:
    """Return the key of what stands at a place in Slack, if it was promised here."""
    found = select(OutboxRow.key).where(
        OutboxRow.channel == channel, OutboxRow.ts == ts, OutboxRow.is_edit.is_(False)
    )
    return session.scalar(found)


def place_of(session: Session, key: str) -> Place | None:
    """Return where a message stands in Slack, None while it does not, or where that is forgotten."""
    found = select(OutboxRow.channel, OutboxRow.ts).where(
        OutboxRow.key == key, OutboxRow.state == Delivery.SENT, OutboxRow.body != NO_WORDS
    )
    place = session.execute(found).one_or_none()
    return Place(place.channel, place.ts) if place and place.channel and place.ts else None


def keys_under(session: Session, prefix: str) -> list[str]:
    """Return the keys of all messages whose keys begin with `prefix` and ":", of those too that only an edit tells of."""
    beginning = func.substr(OutboxRow.key, 1, len(prefix) + 1)
    found = select(OutboxRow.key, OutboxRow.is_edit).where(beginning == f"{prefix}:")
    rows = session.execute(found.order_by(OutboxRow.id))
    return list(dict.fromkeys(key.removesuffix(_EDIT) if is_edit else key for key, is_edit in rows))


def keys_saying(session: Session, prefix: str, words: str) -> list[str]:
    """Return the keys that begin with `prefix` and ":" of messages that say some words, or are to say them."""
    beginning = func.substr(OutboxRow.key, 1, len(prefix) + 1) == f"{prefix}:"
    found = select(OutboxRow.key, OutboxRow.is_edit).where(
        beginning, OutboxRow.body.contains(words, autoescape=True)
    )
    rows = session.execute(found.order_by(OutboxRow.id))
    return list(dict.fromkeys(key.removesuffix(_EDIT) if is_edit else key for key, is_edit in rows))


def waiting_under(session: Session, prefix: str) -> list[str]:
    """Return the keys that begin with `prefix` and ":" of messages that wait to be sent."""
    beginning = func.substr(OutboxRow.key, 1, len(prefix) + 1)
    is_waiting = (OutboxRow.state == Delivery.WAITING, OutboxRow.is_edit.is_(False))
    found = select(OutboxRow.key).where(*is_waiting, beginning == f"{prefix}:")
    return list(session.scalars(found))


def is_any_to_end(session: Session, prefix: str) -> bool:
    """Return whether any message has not ended yet whose key begins with `prefix` and ":"."""
    beginning = func.substr(OutboxRow.key, 1, len(prefix) + 1)
    which = (OutboxRow.state.not_in(SETTLED), OutboxRow.is_edit.is_(False))
    found = select(OutboxRow.id).where(*which, beginning == f"{prefix}:")
    return session.scalar(found.limit(1)) is not None


def count_waiting(session: Session, prefix: str, now: datetime) -> int:
    """Return how many messages are due and wait to be sent whose keys begin with `prefix` and ":"."""
    beginning = func.substr(OutboxRow.key, 1, len(prefix) + 1)
    is_waiting = (OutboxRow.state == Delivery.WAITING, OutboxRow.is_edit.is_(False))
    is_due = or_(OutboxRow.due_at <= OutboxRow.created_at, OutboxRow.due_at <= now)
    counted = select(func.count()).select_from(OutboxRow)
    return session.scalar(counted.where(*is_waiting, is_due, beginning == f"{prefix}:")) or 0


def count_later(session: Session, prefix: str, now: datetime) -> dict[datetime, int]:
    """Return how many messages wait for a time to come whose keys begin with `prefix` and ":", by that time, the first first."""
    beginning = func.substr(OutboxRow.key, 1, len(prefix) + 1)
    is_waiting = (OutboxRow.state == Delivery.WAITING, OutboxRow.is_edit.is_(False))
    is_later = (OutboxRow.due_at > OutboxRow.created_at, OutboxRow.due_at > now)
    counted = select(OutboxRow.due_at, func.count()).where(*is_waiting, *is_later)
    by_time = counted.where(beginning == f"{prefix}:").group_by(OutboxRow.due_at)
    return dict(session.execute(by_time.order_by(OutboxRow.due_at)).all())


def count_under(session: Session, prefix: str) -> list[tuple[Delivery, str | None, int]]:
    """Return how many messages whose keys begin with `prefix` and ":" have come how far, and Slack's word where one failed."""
    beginning = func.substr(OutboxRow.key, 1, len(prefix) + 1)
    which = (beginning == f"{prefix}:", OutboxRow.is_edit.is_(False))
    counted = select(OutboxRow.state, OutboxRow.error, func.count()).where(*which)
    rows = session.execute(counted.group_by(OutboxRow.state, OutboxRow.error))
    return [(Delivery(state), error, count) for state, error, count in rows]


def ends_under(session: Session, prefix: str) -> dict[str, tuple[Delivery, str | None]]:
    """Return how far the messages have come whose keys begin with `prefix` and ":", by key, and Slack's word where one failed."""
    beginning = func.substr(OutboxRow.key, 1, len(prefix) + 1)
    found = select(OutboxRow.key, OutboxRow.state, OutboxRow.error).where(
        beginning == f"{prefix}:", OutboxRow.is_edit.is_(False)
    )
    rows = session.execute(found.order_by(OutboxRow.id))
    return {key: (Delivery(state), error) for key, state, error in rows}


def has_words(session: Session, prefix: str) -> bool:
    """Return whether the words of any message are kept whose key begins with `prefix` and ":"."""
    beginning = func.substr(OutboxRow.key, 1, len(prefix) + 1)
    kept = select(OutboxRow.id).where(
        beginning == f"{prefix}:", OutboxRow.body.not_in(("", NO_WORDS))
    )
    return session.scalar(kept.limit(1)) is not None


def delete_under(session: Session, prefix: str) -> None:
    """Delete all messages whose keys begin with `prefix` and ":", also those that wait; not what is just being sent.

    SQLite writes noughts over them.
    """
    overwrite_deleted(session)
    beginning = func.substr(OutboxRow.key, 1, len(prefix) + 1)
    is_idle = OutboxRow.state.in_((*SETTLED, Delivery.WAITING, Delivery.HELD))
    deleting = delete(OutboxRow).where(beginning == f"{prefix}:", is_idle)
    session.execute(deleting.execution_options(synchronize_session=False))


def target_of(session: Session, key: str) -> str | None:
    """Return to whom a message was promised, None where it was not or is forgotten."""
    return session.scalar(select(OutboxRow.target).where(OutboxRow.key == key))


def promised(session: Session, keys: Collection[str]) -> set[str]:
    """Return which of some keys are those of messages that were promised and are not forgotten."""
    wanted, found = sorted(keys), set[str]()
    for some in in_parts(wanted, _KEYS_AT_ONCE):
        found.update(session.scalars(select(OutboxRow.key).where(OutboxRow.key.in_(some))))
    return found


def unended(session: Session, keys: Collection[str], by: datetime) -> set[str]:
    """Return which of some keys are those of messages that had not ended before an instant."""
    wanted, found = sorted(keys), set[str]()
    was_under_way = or_(OutboxRow.state.not_in(SETTLED), OutboxRow.settled_at >= by)
    for some in in_parts(wanted, _KEYS_AT_ONCE):
        under_way = select(OutboxRow.key).where(OutboxRow.key.in_(some), was_under_way)
        found.update(session.scalars(under_way))
    return found


def _answers_to(key: str) -> Select[str]:
    return select(OutboxRow.key).where(OutboxRow.parent == key, OutboxRow.is_edit.is_(False))


def _place_of_edit(session: Session, of: str) -> Place | None:
    edits = select(OutboxRow).where(OutboxRow.key == f"{of}{_EDIT}")
    edit = session.scalars(edits).one_or_none()
    return Place(edit.channel, edit.ts) if edit and edit.channel and edit.ts else None


def _removal(of: str, target: str, priority: Priority, now: datetime) -> dict[str, Any]:
    return {**_row(Parcel(f"{of}{_EDIT}", target, {}, priority, parent=of), now), "is_edit": True}


def _drop_edit(session: Session, of: str) -> None:
    session.execute(delete(OutboxRow).where(OutboxRow.key == f"{of}{_EDIT}"))


def _put_or_replace(session: Session, row: dict[str, Any]) -> None:
    adding = insert_into(session, OutboxRow).values(row)
    given = {name: adding.excluded[name] for name in _AFRESH}
    again = {"revision": OutboxRow.revision + 1, "attempts": 0, "error": None, "settled_at": None}
    is_no_removal = OutboxRow.body != NO_WORDS
    replacing = adding.on_conflict_do_update(
        index_elements=["key"], set_={**given, **again}, where=is_no_removal
    )
    session.execute(replacing)


_AFRESH = ("body", "priority", "due_at", "next_at", "state", "channel", "ts")


def _row(parcel: Parcel, now: datetime) -> dict[str, Any]:
    return {
        "key": parcel.key,
        "token": _new_token(),
        "target": parcel.target,
        "parent": parcel.parent,
        "is_edit": False,
        **_privacy(parcel.target),
        "body": json.dumps(parcel.body),
        "revision": 1,
        "priority": parcel.priority,
        "state": Delivery.WAITING,
        "due_at": parcel.due_at or now,
        "until": parcel.until,
        "next_at": parcel.due_at or AT_ONCE,
        "attempts": 0,
        "created_at": now,
    }


def _ids_from_chance(now: datetime, many: int) -> list[int]:
    """Return ids in order, below all that the database counts up; those of 16 seconds later come after them."""
    passed = int(now.timestamp()) // _SECONDS_IN_ONE_ORDER
    first = _LEAST_ID + passed * _IDS_FROM_CHANCE
    return sorted(first + secrets.randbelow(_IDS_FROM_CHANCE) for _ in range(many))


def _new_token() -> str:
    return secrets.token_hex(16)


def _privacy(target: str) -> dict[str, bool]:
    return {"is_private": target[:1] not in ("C", "G")}


def _state_beside(post: OutboxRow) -> dict[str, Any]:
    """Return how far a message can come whose parent has come so far."""
    match post.state:
        case Delivery.SENT:
            return {"state": Delivery.WAITING}
        case Delivery.EXPIRED | Delivery.FAILED:
            return {"state": post.state, "error": PARENT, "settled_at": post.settled_at}
    return {"state": Delivery.HELD}
