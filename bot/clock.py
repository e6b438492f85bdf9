"""The one place that asks what time it is, so that a test can stop the clock, and the demo can tell of the past."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_stopped: ContextVar[datetime | None] = ContextVar("stopped", default=None)


def now() -> datetime:
    """Return this instant, aware, in UTC."""
    return _stopped.get() or datetime.now(UTC)


def today(zone: ZoneInfo) -> date:
    """Return the calendar day it is now in `zone`."""
    return now().astimezone(zone).date()


@contextmanager
def stopped_at(instant: datetime) -> Iterator[None]:
    """Let it be another instant for what is done inside, and for nobody else."""
    token = _stopped.set(instant)
    try:
        yield
    finally:
        _stopped.reset(token)
