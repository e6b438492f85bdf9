"""What can come of an attempt to send a message, and how that is written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from bot.storage import courier as desk
from bot.storage.courier import Ended, Taken

_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=1), timedelta(minutes=5)
_MOST_ATTEMPTS = 295  # with those waits, a day
_LONGEST_DOUBT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sent:
    """It is in Slack."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing of it is in Slack, and another attempt may succeed."""

    reason: str | None = None
    wait: float | None = None  # seconds; the number of attempts says it otherwise
    counts: bool = True  # as an attempt


@dataclass(frozen=True, slots=True)
class InDoubt:
    """It may be in Slack."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It is not in Slack, and never will be."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknowable:
    """It may be in Slack, and the bot may not look."""

    reason: str


Outcome = Sent | NotSent | InDoubt | Refused | Unknowable


class Written(NamedTuple):
    """The messages that have ended, and those that somebody else was changing just then, to be written down later."""

    ended: list[Ended]
    unwritten: frozenset[int]


def write_down(
    session: Session, came_out: Sequence[tuple[Taken, Outcome]], now: datetime
) -> Written:
    """Write down what came of attempts, as far as the messages are still as they were taken."""
    held = desk.hold(session, [taken for taken, _ in came_out])
    ours = [(taken, outcome) for taken, outcome in came_out if taken.id in held.ours]
    sent = [(one, out.channel, out.ts) for one, out in ours if isinstance(out, Sent)]
    ended = desk.settle_sent(session, sent, now)
    for taken, outcome in ours:
        ended += _write_other(session, taken, outcome, now)
    return Written(ended, held.others)


def _write_other(session: Session, taken: Taken, outcome: Outcome, now: datetime) -> list[Ended]:
    match outcome:
        case Refused():
            return desk.settle_failed(session, taken, outcome.reason, now)
        case Unknowable():
            return desk.mark_uncertain(session, taken, outcome.reason, now)
        case InDoubt() if now - (taken.tried_at or taken.taken_at) > _LONGEST_DOUBT:
            return desk.mark_uncertain(session, taken, outcome.reason, now)
        case InDoubt():
            desk.leave_in_doubt(session, taken, outcome.reason, now)
        case NotSent() if outcome.counts and taken.attempts >= _MOST_ATTEMPTS:
            return desk.settle_failed(session, taken, outcome.reason or "tried_too_often", now)
        case NotSent():
            at = _next_attempt(taken, outcome, now)
            desk.retry_later(session, taken, at, outcome.reason, counts=outcome.counts)
    return []


def _next_attempt(taken: Taken, outcome: NotSent, now: datetime) -> datetime:
    """Return when to try again: as Slack asks, else later after every attempt; its old turn where nothing says wait."""
    if outcome.wait is not None:
        return now + timedelta(seconds=outcome.wait) if outcome.wait else taken.turn_at
    doublings = min(max(taken.attempts - 1, 0), 20)
    return now + min(_FIRST_WAIT * (1 << doublings), _LONGEST_WAIT)
