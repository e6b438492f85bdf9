"""Whatever happens to tickets, the tallies are what a plain count of the records would give."""

import csv
import io
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bot.domain.count import record_tickets, recount
from bot.domain.intake import import_tickets
from bot.domain.kpi import Kind, Kpi, Measure, Rules
from bot.domain.period import Period, parse_period
from bot.domain.snapshot import Figure, split_by_team, take_snapshot
from bot.domain.target import Counting
from bot.domain.ticket import DELETED, Ticket
from bot.domain.ticket_file import COLUMNS, open_file
from bot.storage import ticket as tickets
from bot.storage.database import Database

START = datetime(2026, 10, 20, tzinfo=UTC)
AS_OF = datetime(2026, 10, 31, 14, 7, 31, tzinfo=UTC)
ZONES = (
    "UTC",
    "America/New_York",
    "Asia/Kolkata",
    "Europe/Berlin",
)  # Berlin has 25 hours on 25 October

instants = st.integers(0, 14 * 86_400).map(lambda seconds: START + timedelta(seconds=seconds))
waits = st.one_of(
    st.none(), st.integers(0, 6 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
)


@st.composite
def ticket(draw: st.DrawFn) -> Ticket:
    """Return a ticket as a helpdesk might tell it: few ids, so that many replace an earlier one."""
    created = draw(instants)

    def later() -> datetime | None:
        wait = draw(waits)
        return None if wait is None else created + wait

    rated = later()
    due = later()
    return Ticket(
        id=f"T-{draw(st.integers(1, 12))}",
        created_at=created,
        first_response_at=later(),
        solved_at=later(),
        priority=draw(st.sampled_from([None, "normal", "urgent", "critical"])),
        team=draw(st.sampled_from([None, "emea", "apac"])),
        rating=draw(st.sampled_from(["good", "bad", "1", "3", "4", "5"])) if rated else None,
        rated_at=rated,
        sla_due_at=due,
        sla_met=draw(st.sampled_from([None, True, False])) if due else None,
        reopens=draw(st.sampled_from([None, 0, 2])),
        article=draw(st.sampled_from([None, "KB-1"])),
        status=draw(st.sampled_from(["open", "solved", DELETED, None])),
    )


def plain_figure(
    measure: Measure,
    records: Sequence[Ticket],
    rules: Rules,
    window: Period,
    zone: ZoneInfo,
    as_of: datetime,
) -> tuple[int, int, float | None]:
    """Return numerator, denominator and value, computed from the records in the plainest way."""
    counted = [
        each
        for record in records
        if record.status != DELETED and (each := measure.count(record, rules)) is not None
        if window.start <= each.at.astimezone(zone).date() < window.end
        if not measure.by_clock or each.at < as_of.replace(second=0, microsecond=0)
    ]
    hits = sum(each.hit for each in counted)
    match measure.kind:
        case Kind.SHARE:
            return hits, len(counted), 100 * hits / len(counted) if counted else None
        case Kind.COUNT:
            return len(counted), len(counted), float(len(counted))
        case Kind.DURATION:
            seconds = [each.seconds for each in counted]
            return sum(seconds), len(counted), statistics.median(seconds) if seconds else None


def parts_of(figure: Figure) -> tuple[int, int, object]:
    """Return a figure as `plain_figure` does, its value to be compared within 1 %."""
    value = None if figure.value is None else pytest.approx(figure.value, rel=0.0101)
    return figure.numerator, figure.denominator, value


def check_everything(session: Session, counting: Counting, as_of: datetime) -> None:
    """Compare every measure of every KPI with a plain count, for all teams and for one, and the parts with the whole."""
    records = [Ticket(*row) for rows in tickets.every_ticket(session) for row in rows]
    today = as_of.astimezone(counting.zone).date()
    for kpi in counting.tallied:
        threshold = None if kpi.target is None else round(kpi.target)
        rules = Rules(counting.critical, threshold)
        for period in (parse_period("2026-10", today), parse_period("2026-10-25", today)):
            for team in (None, "emea"):
                check_one(session, counting, kpi, rules, period, team, records, as_of)
            whole = take_snapshot(session, counting, kpi, period, as_of=as_of).figure
            split = split_by_team(session, counting, kpi, period, as_of=as_of)
            assert sum(line.figure.n for line in split) == whole.n
            assert sum(line.figure.numerator for line in split) == whole.numerator


def check_one(
    session: Session,
    counting: Counting,
    kpi: Kpi,
    rules: Rules,
    period: Period,
    team: str | None,
    records: Sequence[Ticket],
    as_of: datetime,
) -> None:
    """Compare one KPI's main figure and lines."""
    snapshot = take_snapshot(session, counting, kpi, period, as_of=as_of, team=team)
    mine = [record for record in records if team is None or record.team == team]
    figures = [
        (kpi.main, snapshot.figure),
        *((line.measure, line.figure) for line in snapshot.lines),
    ]
    for measure, figure in figures:
        plain = plain_figure(measure, mine, rules, snapshot.window, counting.zone, as_of)
        assert plain == parts_of(figure), (kpi.slug, measure.name, team, period.label)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    batches=st.lists(st.lists(ticket(), max_size=8), min_size=1, max_size=5),
    zone=st.sampled_from(ZONES),
    again=st.booleans(),
)
def test_tallies_equal_a_plain_count_after_anything(database, kpis, batches, zone, again):
    """Imports, edits, deletions and re-imports in any order leave exactly what counting the records gives."""
    counting = Counting(kpis, ZoneInfo(zone), frozenset({"urgent", "critical"}), {})
    wipe(database)
    recount(database, counting)
    for batch in batches:
        database.write(record_tickets, counting, batch, "test")
        if again:
            database.write(record_tickets, counting, batch, "test")
    database.read(check_everything, counting, AS_OF)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(batch=st.lists(ticket(), max_size=12), zones=st.permutations(ZONES))
def test_counting_anew_equals_counting_along(database, kpis, batch, zones):
    """Moving to another zone counts all records again, with the same result as having been there from the start."""
    wipe(database)
    first, then = (
        Counting(kpis, ZoneInfo(zone), frozenset({"urgent", "critical"}), {}) for zone in zones[:2]
    )
    recount(database, first)
    database.write(record_tickets, first, batch, "test")
    assert recount(database, then) == len([m for kpi in then.tallied for m in kpi.measures])
    assert recount(database, then) == 0
    database.read(check_everything, then, AS_OF)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    batches=st.lists(st.lists(ticket(), max_size=10), min_size=1, max_size=4),
    chunk=st.integers(1, 6),
)
def test_files_count_like_anything_else(database, kpis, batches, chunk):
    """The real importer, with any chunking and repeated ids, leaves what a plain count gives."""
    counting = Counting(kpis, ZoneInfo("Europe/Berlin"), frozenset({"urgent", "critical"}), {})
    wipe(database)
    for batch in batches:
        file = open_file(as_csv(batch), None)
        import_tickets(database, counting, file, source="test.csv", skip_bad=True, chunk=chunk)
    database.read(check_everything, counting, AS_OF)


def as_csv(batch: Sequence[Ticket]) -> io.StringIO:
    """Return tickets as a helpdesk would export them."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([COLUMNS, *(map(cell, each) for each in batch)])
    out.seek(0)
    return out


def cell(value: object) -> str:
    """Return a value as a cell."""
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def wipe(database: Database) -> None:
    """Empty the tables between examples."""
    with database.writing() as session:
        for table in ("ticket", "tally", "tally_basis", "target"):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608
