"""Messages that will not arrive by themselves: how many there are, since when, and what the operators have heard of them.

The news that the operators get is a message too. It never counts as one of those it tells of.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from bot.storage.outbox import PARENT, OutboxRow
from bot.vocabulary import Delivery

NEWS = "delivery:"  # how the key of the operators' news begins


class Lost(NamedTuple):
    """How many messages were given up, of how many nobody knows whether they arrived, and since when."""

    failed: int
    uncertain: int
    since: datetime | None

    @property
    def total(self) -> int:
        """How many there are of both kinds."""
        return self.failed + self.uncertain


def lost(session: Session) -> Lost:
    """Return the messages that will not arrive by themselves; what fell with another is not counted."""
    return _lost(session)


def lost_between(session: Session, after: datetime | None, until: datetime) -> Lost:
    """Return those that ended after an instant and not after another, the operators' own news left out."""
    within = [OutboxRow.settled_at <= until, OutboxRow.key.not_like(f"{NEWS}%")]
    if after is not None:
        within.append(OutboxRow.settled_at > after)
    return _lost(session, *within)


def last_news(session: Session) -> datetime | None:
    """Return when the operators were last told something, by the clock that decides what is due."""
    return session.scalar(select(func.max(OutboxRow.due_at)).where(OutboxRow.key.like(f"{NEWS}%")))


def _lost(session: Session, *which: ColumnElement[bool]) -> Lost:
    is_own = or_(OutboxRow.error.is_(None), OutboxRow.error != PARENT)
    counted = (
        select(OutboxRow.state, func.count(), func.min(OutboxRow.settled_at))
        .where(OutboxRow.state.in_((Delivery.FAILED, Delivery.UNCERTAIN)), is_own, *which)
        .group_by(OutboxRow.state)
    )
    found = {state: (number, since) for state, number, since in session.execute(counted)}
    (failed, first), (uncertain, other) = (
        found.get(state, (0, None)) for state in (Delivery.FAILED, Delivery.UNCERTAIN)
    )
    return Lost(failed, uncertain, min(filter(None, (first, other)), default=None))
