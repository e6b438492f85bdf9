"""What incidents cost where there are many beside few: a report, a card, a list, look-alikes, the bot's own ticks.

pytest-benchmark prints the ratios.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from bot.app import find_kpis, find_reports
from bot.domain import consult, incident_steps, rca_look, rca_reminder
from bot.domain.consult import Desk
from bot.domain.declaration import look_alikes
from bot.domain.incident import EVERYBODY, find_incident, open_incidents, recent_incidents
from bot.domain.kpi import Kpi
from bot.domain.period import parse_period
from bot.domain.question import Question, Verb
from bot.domain.report import Report, Scope, make_page
from bot.domain.severity import Severities
from bot.domain.target import Counting
from bot.jobs import incident as incident_job
from bot.jobs import rca as rca_job
from bot.outgoing import incident_reminder
from bot.outgoing import rca as outgoing
from bot.services import Services
from bot.settings import load
from bot.storage.database import Database
from tests.many_incidents import IN_THE_MONTH, fill, fill_pending

FEW, MANY, PENDING = 1_000, 100_000, 20
LIVELY, QUIET = timedelta(), timedelta(days=200)  # what is around the month; a card looks as far
_READ_WHOLE = re.compile(
    r"\bSeq Scan on incident(?:_service|_rca)?\b"
    r"|\bSCAN incident(?:_service|_rca)?\b(?! USING INDEX ix_incident_began)"  # the first one alone
    r"|\bSEARCH incident USING .*\(kind=\?\)$",  # nearly all are real ones
    re.MULTILINE,
)  # those that are filled
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SCOPE = Scope(
    Counting({}, ZoneInfo("UTC"), frozenset(), {}),
    Severities({}, {}),
    parse_period("2026-10", date(2026, 11, 23)),
    NOW,
)
KPIS = find_kpis()
Look = Callable[[Session, Services], Any]


def report(session: Session, _: Services) -> str:
    """Gather the month's report."""
    return make_page(session, REPORT, SCOPE).gathered.headline


def mttr(session: Session, services: Services) -> int:
    """Look up the month's MTTR, as its card shows it."""
    return _card(session, services, KPIS["mttr"])


def uptime(session: Session, services: Services) -> int:
    """Look up the month's uptime, as its card shows it."""
    return _card(session, services, KPIS["uptime"])


def _card(session: Session, services: Services, kpi: Kpi) -> int:
    desk = Desk(services.counting, (), NOW)
    question = Question(Verb.SHOW, kpi, SCOPE.period)
    return consult.card(session, desk, question).snapshot.figure.n


def alike(session: Session, _: Services) -> int:
    """Look for what is like an incident of the month."""
    return len(look_alikes(session, find_incident(session, 50, EVERYBODY), NOW))


def listed(session: Session, _: Services) -> int:
    """List what is open and what was lately."""
    return len(open_incidents(session, EVERYBODY, 25) + recent_incidents(session, EVERYBODY, 8))


def looks(session: Session, services: Services) -> None:
    """Look for all that the bot has to do by itself."""
    rca_reminder.find_changed(session, services.severities, services.staff)
    rca_reminder.due_reminders(session, services.staff, NOW)
    outgoing.find_unasked(session, services, NOW)
    rca_look.find_to_plan(session, NOW)
    rca_look.find_to_ask(session, services.staff, NOW, ())
    incident_reminder.who_waits(session, services)
    incident_steps.is_any_due(session, NOW)


REPORT: Report = find_reports()["incident"]
LOOKS: dict[str, tuple[Look, str, Any]] = {
    "report": (report, "1.5", None),
    "mttr": (mttr, "1.5", IN_THE_MONTH - 1),  # one of them is open
    "uptime": (uptime, "1.5", None),
    "alike": (alike, "3", 3),
    "list": (listed, "1.5", None),
}


@pytest.fixture
def full(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Services]:
    """A house with so many incidents, a hundred of them in the month, and a few that need something."""
    database = Database(database_url)
    incidents, around = request.param
    database.write(fill, incidents, around)
    database.write(fill_pending, PENDING, NOW)
    if not database.is_sqlite:  # as autovacuum would have done by then
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as open_:
            open_.exec_driver_sql("ANALYZE")
    page = tmp_path / "app.yaml"
    page.write_text("timezone: UTC\nmanagers: [U0ANA]\nservices: [service-1, service-2]\n")
    yield Services(database, load(page, {}), KPIS, now=lambda _: NOW)
    database.close()


def kind_of(services: Services) -> str:
    """Return the name of the database."""
    return "SQLite" if services.database.is_sqlite else "PostgreSQL"


@pytest.mark.both_databases
@pytest.mark.parametrize("name", LOOKS)
@pytest.mark.parametrize(
    "full", [(FEW, LIVELY), (MANY, LIVELY)], indirect=True, ids=("few", "many")
)
def test_a_look(benchmark, full, name):
    """Only what is shown is read, whatever else there is; a card's weeks hold twelve times as many of the many."""
    look, goal, _ = LOOKS[name]
    benchmark.group = f"{name}, {kind_of(full)}: 100,000 incidents ÷ 1,000 (goal ≤ {goal})"
    benchmark(full.database.read, look, full)


@pytest.mark.both_databases
@pytest.mark.parametrize("look", [mttr, uptime])
@pytest.mark.parametrize("full", [(FEW, QUIET), (MANY, QUIET)], indirect=True, ids=("few", "many"))
def test_a_card_of_the_same_weeks(benchmark, full, look):
    """A card shows twelve weeks; where as much happened in them, it costs the same."""
    group = f"{look.__name__}, its weeks the same, {kind_of(full)}"
    benchmark.group = f"{group}: 100,000 incidents ÷ 1,000 (goal ≤ 1.5)"
    benchmark(full.database.read, look, full)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "full", [(FEW, LIVELY), (MANY, LIVELY)], indirect=True, ids=("few", "many")
)
def test_a_tick(benchmark, full):
    """All that the bot looks after by itself, when it has done what there was to do."""
    (analyses,) = rca_job.jobs(full, None)
    benchmark.group = f"a tick, {kind_of(full)}: 100,000 incidents ÷ 1,000 (goal ≤ 3)"

    async def tick() -> None:
        await analyses.run()
        await incident_job.remind(full)
        await full.read(incident_steps.is_any_due, NOW)

    with asyncio.Runner() as runner:
        runner.run(tick())
        benchmark(lambda: runner.run(tick()))


@pytest.mark.both_databases
@pytest.mark.parametrize("full", [(MANY, LIVELY)], indirect=True)
def test_no_table_is_read_whole(full):
    """Each statement finds its rows by an index, says the database itself; and all of them find what is there."""
    for name, (look, _, expected) in LOOKS.items():
        if expected is not None:
            assert full.database.read(look, full) == expected, name
    every = {name: look for name, (look, _, _) in LOOKS.items()} | {"ticks": looks}
    plans = [plan for look in every.values() for plan in full.database.read(plans_of, look, full)]
    assert len(plans) > 40
    whole = [plan for plan in plans if _READ_WHOLE.search(plan)]
    assert not whole, "\n\n".join(whole)


def plans_of(session: Session, look: Look, services: Services) -> list[str]:
    """Return how the database carries out each statement of a look."""
    engine, asked = session.connection(), []

    def listen(_connection, _cursor, statement, parameters, _context, _many):
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", listen)
    look(session, services)
    event.remove(engine, "before_cursor_execute", listen)
    word = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    return [
        said
        + "\n"
        + "\n".join(str(row[-1]) for row in engine.exec_driver_sql(f"{word} {said}", parameters))
        for said, parameters in asked
    ]
