"""What the operator asks of the outbox: who sends, what waits, what was given up, and trying again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain import incident_steps
from bot.domain.once import once
from bot.domain.person import Person
from bot.errors import Refused
from bot.storage import audit, courier, lease
from bot.storage import delivery as rows
from bot.storage.courier import DeadLetter, Retried
from bot.storage.database import database_now
from bot.storage.delivery import Lost
from bot.storage.lease import Lease
from bot.vocabulary import Delivery, Role

__all__ = ["DeadLetter", "Deliveries", "Lost", "News", "Retried", "look", "must_operate", "news", "retry"]  # fmt: skip

_SHOWN = 15
_QUIET = timedelta(hours=1)  # between two pieces of news for the operators
_COMMITTED = timedelta(seconds=10)  # what is being written down just now is news the next time


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The outbox as it stands: how many messages in each state, the newest of the lost ones, and who sends.

    `late_by` is for how long the oldest message that is due has waited; the lease is read at `at` by the database's
    own clock.
    """

    counts: Mapping[Delivery, int]
    late_by: timedelta
    lost: Lost
    dead: tuple[DeadLetter, ...]
    lease: Lease
    at: datetime

    @property
    def has_courier(self) -> bool:
        """Whether a running bot holds the lease, and so sends what is due."""
        return bool(self.lease.holder) and self.lease.until > self.at


def look(session: Session, now: datetime) -> Deliveries:
    """Return the outbox as it stands."""
    since = courier.waiting_since(session, now)
    return Deliveries(
        courier.count_by_state(session),
        now - since if since else timedelta(),
        rows.lost(session),
        tuple(courier.dead_letters(session, _SHOWN)),
        lease.look_at(session, courier.LEASE),
        database_now(session),
    )


def retry(
    session: Session, message: int | None, by: str, now: datetime, trigger: str | None = None
) -> Retried:
    """Send one lost message again, or all, and return how many, and how many are too old; it is in the audit log.

    With all of them, what the channels of open incidents lack is tried again too.
    What is uncertain is looked for in Slack first. `Refused` where there is nothing to try again, and `AlreadyDone`
    when the same `trigger` has done it before.
    """
    if trigger is not None:
        once(session, f"delivery:{trigger}")
    retried = courier.retry(session, now, message)
    if message is None:
        retried = retried._replace(tried=retried.tried + incident_steps.try_again(session))
    if not any(retried):
        which = "Nothing is" if message is None else f"Message {message} is not, or no longer,"
        raise Refused(f"{which} waiting to be tried again. `/playbook deliveries` shows what is.")
    subject = "all" if message is None else str(message)
    audit.record(
        session,
        audit.AuditEntry(
            database_now(session), by, "delivery retry", subject, None, str(sum(retried))
        ),
    )
    return retried


def must_operate(person: Person, to: str) -> None:
    """Raise `Forbidden` unless somebody may see to how the bot itself is doing."""
    person.must_be(Role.MANAGER, to)


# --- What the operators hear without asking ---


@dataclass(frozen=True, slots=True)
class News:
    """What was lost since the operators last heard of it.

    The key names the news before this, so that of several machines that have the same to tell one promises it.
    """

    lost: Lost
    key: str


def news(session: Session, now: datetime) -> News | None:
    """Return what the operators have to hear; None where nothing was lost, or they heard of it within the hour."""
    if not rows.lost(session).total:
        return None
    told = rows.last_news(session)
    if told is not None and now - told < _QUIET:
        return None
    after = told - _COMMITTED if told else None
    found = rows.lost_between(session, after, now - _COMMITTED)
    key = f"{rows.NEWS}after {told.isoformat() if told else 'nothing'}"
    return News(found, key) if found.total else None
