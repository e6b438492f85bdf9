"""Action items, and when whoever has to do with them is told next.

What came from a private conversation has `private_to`, and nobody else may see it: every query says who reads and
passes `_visible`, so that no list, card or reminder can leak it.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Date,
    Index,
    Integer,
    String,
    Text,
    and_,
    case,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.storage.colleague import ColleagueRow
from bot.storage.database import NUMBER, Row, UtcDateTime, insert_into
from bot.vocabulary import ActionState

_UNSETTLED = (ActionState.OPEN, ActionState.DONE)
LONGEST_LABEL = 300
MOST = 1_000  # nobody reads further, and no list is made longer


class ActionRow(Row):
    """One thing that somebody has promised to do. Days are the owner's own, instants are UTC."""

    __tablename__ = "action"
    __table_args__ = (
        Index("ix_action_owner", "owner", "state"),
        Index("ix_action_verifier", "verifier", "state"),
        Index("ix_action_escalate_to", "escalate_to"),
        Index("ix_action_source", "source"),
        Index("ix_action_state", "state", "due_on"),
    )

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=True)
    text: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(String(50))
    given_on: Mapped[date] = mapped_column(
        Date
    )  # to this owner; nobody is reminded on the same day
    due_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(100))  # "series:7", "incident:12", "" for none
    source_label: Mapped[str] = mapped_column(String(LONGEST_LABEL))
    source_link: Mapped[str | None] = mapped_column(Text)
    private_to: Mapped[str | None] = mapped_column(Text)  # ",U0ANA,U0BO,"
    created_by: Mapped[str] = mapped_column(String(50))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_by: Mapped[str | None] = mapped_column(String(50))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verifier: Mapped[str | None] = mapped_column(String(50))  # who is asked whether it is done
    verified_by: Mapped[str | None] = mapped_column(String(50))
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(Text)  # why it was dropped
    snoozed_until: Mapped[date | None] = mapped_column(Date)
    nudges: Mapped[int] = mapped_column(Integer)  # how often its owner was reminded
    asked_on: Mapped[date | None] = mapped_column(Date)  # its verifier, last
    escalate_to: Mapped[str | None] = mapped_column(String(50))  # who hears next that it is overdue
    escalated_on: Mapped[date | None] = mapped_column(Date)
    escalations: Mapped[int] = mapped_column(Integer)


class WakeRow(Row):
    """When somebody is looked after next, and when they were last reminded of anything."""

    __tablename__ = "action_wake"
    __table_args__ = (Index("ix_action_wake_at", "at"),)

    person: Mapped[str] = mapped_column(String(50), primary_key=True)
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # never, until something changes
    calls: Mapped[int] = mapped_column(Integer)  # who falls asleep must have heard all of them
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


Readers = Collection[str] | None
"""Who will see what is found, every one of them; None stands for anybody."""


def packed(people: Collection[str] | None) -> str | None:
    """Return people as `private_to` keeps them."""
    return None if people is None else f",{','.join(sorted(people))},"


def unpacked(private_to: str | None) -> frozenset[str] | None:
    """Return the people in `private_to`, None for everybody."""
    return None if private_to is None else frozenset(private_to.strip(",").split(","))


def make_private(
    session: Session,
    source: str,
    audience: Collection[str],
    label: str,
    *,
    has_moved: bool = False,
) -> None:
    """Let what came from a source be seen by some people alone, and by who has it or made it.

    The source is named anew, but where the latter may not know of it: they keep the action, and it says nothing of where
    it came from. Where that was in Slack is forgotten if it `has_moved`.
    """
    found = select(ActionRow).where(ActionRow.source == source).order_by(ActionRow.id)
    found = found.with_for_update().execution_options(populate_existing=True)
    for row in session.scalars(found):
        theirs = {row.owner, row.created_by}
        row.private_to = packed({*audience, *theirs})
        is_known = theirs <= {*audience}
        row.source_label = label[:LONGEST_LABEL] if is_known else ""
        row.source_link = row.source_link if is_known and not has_moved else None
    session.flush()


def add_row(session: Session, row: ActionRow) -> ActionRow:
    """Keep a new action; it has its number afterwards."""
    session.add(row)
    session.flush()
    return row


def is_unsettled(source: ColumnElement[str] | str) -> ColumnElement[bool]:
    """Whether somebody has yet to do or to verify what came from a source; for the bot's own chores."""
    return exists(ActionRow.id).where(ActionRow.source == source, ActionRow.state.in_(_UNSETTLED))


def has_unsettled(session: Session, source: str) -> bool:
    """Return whether somebody has yet to do or to verify what came from a source; for the bot's own chores."""
    return bool(session.scalar(select(is_unsettled(source))))


def last_verified(session: Session, source: str) -> datetime | None:
    """Return when something that came from a source was verified last; for the bot's own chores."""
    is_verified = (ActionRow.source == source, ActionRow.state == ActionState.VERIFIED)
    return session.scalar(select(func.max(ActionRow.verified_at)).where(*is_verified))


def locked_row(session: Session, number: int, readers: Readers) -> ActionRow | None:
    """Return an action that all readers may see, and keep others from changing it until this transaction ends."""
    found = _visible(select(ActionRow), readers).where(ActionRow.id == number)
    found = found.with_for_update(of=ActionRow).execution_options(populate_existing=True)
    row: ActionRow | None = session.scalars(found).one_or_none()
    return row


def find_row(
    session: Session, number: int, readers: Readers
) -> tuple[ActionRow, str | None] | None:
    """Return an action that all readers may see, and its owner's zone as far as it is known."""
    found = _with_zone(readers).where(ActionRow.id == number)
    row = session.execute(found).one_or_none()
    return (row[0], row[1]) if row else None


def find_rows(
    session: Session,
    readers: Readers,
    *,
    states: Collection[str] = (),
    owners: Collection[str] | None = None,
    numbers: Collection[int] | None = None,
    source: str | None = None,
    sources: Collection[str] | None = None,
    verifier: str | None = None,
    due_until: date | None = None,
) -> list[tuple[ActionRow, str | None]]:
    """Return the actions that all readers may see and that have all that was named, each with its owner's zone.

    What is due first comes first, what has no date last.
    """
    a = ActionRow
    wanted: list[ColumnElement[bool]] = [
        *([a.state.in_(states)] if states else []),
        *([a.owner.in_(owners)] if owners is not None else []),
        *([a.id.in_(numbers)] if numbers is not None else []),
        *([a.source == source] if source is not None else []),
        *([a.source.in_(sources)] if sources is not None else []),
        *([a.verifier == verifier] if verifier is not None else []),
        *([a.due_on <= due_until] if due_until is not None else []),
    ]
    found = _with_zone(readers).where(*wanted)
    found = found.order_by(a.due_on.asc().nulls_last(), a.id).limit(MOST)
    return [(row[0], row[1]) for row in session.execute(found)]


def locked_rows_of(session: Session, person: str) -> Sequence[ActionRow]:
    """Return what a person has to do, to verify or to hear of, and keep others from changing it meanwhile.

    Everybody locks in the order of numbers, so that two machines cannot block each other.
    """
    a = ActionRow
    found = _visible(select(a), {person}).where(
        or_(
            and_(a.owner == person, a.state == ActionState.OPEN),
            and_(a.verifier == person, a.state == ActionState.DONE),
            and_(a.escalate_to == person, a.state == ActionState.OPEN),
        )
    )
    found = found.order_by(a.id).limit(MOST).with_for_update()
    rows: Sequence[ActionRow] = session.scalars(
        found.execution_options(populate_existing=True)
    ).all()
    return rows


def _with_zone(readers: Readers) -> Any:
    query = select(ActionRow, ColleagueRow.zone).outerjoin(
        ColleagueRow, ColleagueRow.id == ActionRow.owner
    )
    return _visible(query, readers).execution_options(populate_existing=True)


def _visible(query: Any, readers: Readers) -> Any:
    """Leave out what somebody among the readers may not see; the one place that decides it."""
    is_public = ActionRow.private_to.is_(None)
    if not readers or not all(reader.isalnum() for reader in readers):  # the latter are no ids
        return query.where(is_public)
    names_all = [
        ActionRow.private_to.contains(f",{reader},", autoescape=True) for reader in readers
    ]
    return query.where(or_(is_public, and_(*names_all)))


# Waking: one row a person.


class Sleep(NamedTuple):
    """When a person was reminded, and how often they had been called when that was looked up."""

    reminded_at: datetime | None
    calls: int


def wake(session: Session, person: str, at: datetime) -> None:
    """Look after a person at an instant, unless that is done sooner anyway."""
    adding = insert_into(session, WakeRow).values(person=person, at=at, calls=1)
    sooner = case(
        (or_(WakeRow.at.is_(None), WakeRow.at > adding.excluded.at), adding.excluded.at),
        else_=WakeRow.at,
    )
    called = {"at": sooner, "calls": WakeRow.calls + 1}
    session.execute(adding.on_conflict_do_update(index_elements=["person"], set_=called))


def let_sleep(
    session: Session,
    person: str,
    seen: Sleep,
    until: datetime | None,
    reminded_at: datetime | None = None,
) -> None:
    """Look after a person next at an instant, or not before something changes; say when they were reminded.

    Who has been called since they were looked at is looked after again at once.
    """
    told = {"reminded_at": reminded_at} if reminded_at is not None else {}
    adding = insert_into(session, WakeRow).values(person=person, at=until, calls=0, **told)
    rested = case((WakeRow.calls == seen.calls, adding.excluded.at), else_=WakeRow.at)
    session.execute(
        adding.on_conflict_do_update(index_elements=["person"], set_={"at": rested, **told})
    )


def awake(session: Session, now: datetime, most: int) -> Sequence[str]:
    """Return who is to be looked after now, the longest waiting first."""
    due = select(WakeRow.person).where(WakeRow.at <= now).order_by(WakeRow.at, WakeRow.person)
    return session.scalars(due.limit(most)).all()


def look_at(session: Session, person: str) -> Sleep:
    """Return how a person sleeps."""
    found = select(WakeRow.reminded_at, WakeRow.calls).where(WakeRow.person == person)
    row = session.execute(found).one_or_none()
    return Sleep(*row) if row else Sleep(None, 0)
