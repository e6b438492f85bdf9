"""What a second of the clock costs with many series of meetings beside few; pytest-benchmark prints the ratios."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from bot.app import find_agendas, find_lives
from bot.domain.meeting import Sources
from bot.domain.target import Counting
from bot.outgoing.agenda import post_due
from bot.storage.database import Database
from bot.storage.series import MeetingRow, SeriesRow
from bot.vocabulary import MeetingState, SeriesState

FEW, MANY = 100, 10_000
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def sources(kpis) -> Sources:
    """Where the news in an agenda comes from."""
    counting = Counting(kpis, ZoneInfo("UTC"), frozenset({"urgent"}), {})
    return Sources(counting, find_agendas(), find_lives())


@pytest.fixture
def scheduled(request: pytest.FixtureRequest, database_url: str) -> Iterator[Database]:
    """A database with so many weekly series, the meetings of all of them still to come."""
    database = Database(database_url)
    database.write(lambda session: fill(session, request.param))
    if not database.is_sqlite:  # as autovacuum would have done by then
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as open_:
            open_.exec_driver_sql("ANALYZE")
    yield database
    database.close()


def fill(session, series: int) -> None:
    """Put series and their next meetings in."""
    numbers = range(1, series + 1)
    session.execute(insert(SeriesRow), [series_row(number) for number in numbers])
    session.execute(insert(MeetingRow), [meeting_row(number) for number in numbers])


def series_row(number: int) -> dict:
    return {
        "id": number,
        "template": "support_team",
        "title": f"Meeting {number}",
        "owner": "U0ANA",
        "target": f"C{number:08}",
        "attendees": "",
        "zone": "UTC",
        "first_on": date(2026, 11, 23),
        "at_time": "09:00",
        "rrule": "FREQ=WEEKLY;BYDAY=MO",
        "lead_minutes": 60,
        "holidays": "",
        "state": SeriesState.ACTIVE,
        "created_by": "U0ANA",
        "created_at": NOW,
    }


def meeting_row(number: int) -> dict:
    starts_at = NOW + 2 * HOUR + timedelta(seconds=number)
    return {
        "series_id": number,
        "local": "2026-11-23T14:00",
        "starts_at": starts_at,
        "post_at": starts_at - HOUR,
        "is_moved": False,
        "state": MeetingState.PLANNED,
        "parts": 0,
    }


@pytest.mark.both_databases
@pytest.mark.parametrize("scheduled", [FEW, MANY], indirect=True)
def test_a_tick_with_nothing_due(benchmark, scheduled, sources):
    """Every replica asks once a second."""
    kind = "SQLite" if scheduled.is_sqlite else "PostgreSQL"
    benchmark.group = f"1 · a tick with nothing due, {kind}: 10,000 series ÷ 100 (goal ≤ 3)"
    assert benchmark(scheduled.write, post_due, sources, NOW) is None


@pytest.mark.both_databases
@pytest.mark.parametrize("scheduled", [FEW, MANY], indirect=True)
def test_a_tick_that_posts_one(benchmark, scheduled, sources):
    """Taken, composed, promised, and the next one planned."""
    kind = "SQLite" if scheduled.is_sqlite else "PostgreSQL"
    benchmark.group = f"2 · a tick that posts one agenda, {kind}: 10,000 series ÷ 100 (goal ≤ 3)"
    seconds = count(1)

    def post_the_next() -> None:
        due = NOW + HOUR + timedelta(seconds=next(seconds) - 3)  # taken three seconds early
        assert scheduled.write(post_due, sources, due) is not None

    benchmark.pedantic(post_the_next, rounds=60, warmup_rounds=5)
