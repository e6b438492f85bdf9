"""Root cause analyses: who owns them, by when, what is kept, and who may do what (incidents.md D6)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.domain.rca import due_day
from bot.domain.severity import Severity

SEV1 = Severity("sev1", "SEV1", 0, rca_workdays=3)


@pytest.mark.parametrize(
    ("resolved", "zone", "due"),
    [
        (datetime(2026, 11, 23, 12, tzinfo=UTC), "UTC", date(2026, 11, 26)),
        (datetime(2026, 11, 26, 12, tzinfo=UTC), "UTC", date(2026, 12, 1)),  # over a weekend
        (datetime(2026, 11, 28, 12, tzinfo=UTC), "UTC", date(2026, 12, 2)),  # on a Saturday
        (datetime(2026, 11, 23, 20, tzinfo=UTC), "Asia/Singapore", date(2026, 11, 27)),  # Tuesday
    ],
)
def test_it_is_due_some_working_days_after_the_resolution(
    resolved: datetime, zone: str, due: date
) -> None:
    """In its owner's zone."""
    assert due_day(resolved, SEV1, ZoneInfo(zone)) == due


def test_without_working_days_it_is_not_due() -> None:
    """Somebody may write it all the same."""
    assert (
        due_day(datetime(2026, 11, 23, tzinfo=UTC), Severity("x", "x", 9), ZoneInfo("UTC")) is None
    )
