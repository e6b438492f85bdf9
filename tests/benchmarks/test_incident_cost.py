"""What a month's incident report costs with many incidents beside few; pytest-benchmark prints the ratio."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from bot.app import find_reports
from bot.domain.period import parse_period
from bot.domain.report import Page, Report, Scope, make_page
from bot.domain.severity import Severities
from bot.domain.target import Counting
from bot.storage.database import Database
from tests.many_incidents import IN_THE_MONTH, fill

FEW, MANY = 1_000, 100_000
_READ_WHOLE = re.compile(
    r"\b(?:SCAN|Seq Scan on) incident(?:_service|_rca)?\b"
)  # those that are filled
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SCOPE = Scope(
    Counting({}, ZoneInfo("UTC"), frozenset(), {}),
    Severities({}, {}),
    parse_period("2026-10", date(2026, 11, 23)),
    NOW,
)


@pytest.fixture(scope="module")
def report() -> Report:
    """The incident report."""
    return find_reports()["incident"]


@pytest.fixture
def full(request: pytest.FixtureRequest, database_url: str) -> Iterator[Database]:
    """A database with so many incidents, a hundred of them in the month."""
    database = Database(database_url)
    database.write(fill, request.param)
    if not database.is_sqlite:  # as autovacuum would have done by then
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as open_:
            open_.exec_driver_sql("ANALYZE")
    yield database
    database.close()


def make(database: Database, report: Report) -> Page:
    """Gather the month's report."""
    return database.read(make_page, report, SCOPE)


@pytest.mark.both_databases
@pytest.mark.parametrize("full", [FEW, MANY], indirect=True)
def test_a_months_incident_report(benchmark, full, report):
    """Only the month's own are read, whatever else there is."""
    kind = "SQLite" if full.is_sqlite else "PostgreSQL"
    benchmark.group = f"an incident report, {kind}: 100,000 incidents ÷ 1,000 (goal ≤ 1.5)"
    page = benchmark(make, full, report)
    assert page.gathered.headline.startswith(f"{IN_THE_MONTH} incidents began")


@pytest.mark.both_databases
@pytest.mark.parametrize("full", [MANY], indirect=True)
def test_no_table_is_read_whole(full, report):
    """Each statement of the report finds its rows by an index, says the database itself."""
    plans = full.read(plans_of_report, report)
    assert len(plans) > 10
    assert [plan for plan in plans if _READ_WHOLE.search(plan)] == []


def plans_of_report(session: Session, report: Report) -> list[str]:
    """Return how the database carries out each statement of the report."""
    engine, asked = session.connection(), []

    def listen(_connection, _cursor, statement, parameters, _context, _many):
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", listen)
    make_page(session, report, SCOPE)
    event.remove(engine, "before_cursor_execute", listen)
    word = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    return [
        "\n".join(str(row[-1]) for row in engine.exec_driver_sql(f"{word} {said}", parameters))
        for said, parameters in asked
    ]
