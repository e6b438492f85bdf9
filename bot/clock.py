"""The one place that asks what time it is, so that a test can stop the clock."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Return this instant, aware, in UTC."""
    return datetime.now(UTC)


def today(zone: ZoneInfo) -> date:
    """Return the calendar day it is now in `zone`."""
    return now().astimezone(zone).date()
