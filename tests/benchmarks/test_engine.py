"""What the engine costs beside the plainest thing that does the same work; pytest-benchmark prints the ratios.

`pytest tests/benchmarks` takes some minutes: a million tickets are made and imported.
"""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from bot.domain.count import recount
from bot.domain.intake import import_tickets
from bot.domain.period import parse_period
from bot.domain.snapshot import take_snapshot
from bot.domain.target import Counting
from bot.domain.ticket import Ticket
from bot.domain.ticket_file import open_file
from bot.storage import schema
from bot.storage.database import Database, to_stored
from bot.storage.ticket import TICKETS
from tests.many import write_csv

FEW, MANY = 10_000, 1_000_000
AS_OF = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def counting(kpis) -> Counting:
    """What the organisation counts by."""
    return Counting(kpis, ZoneInfo("UTC"), frozenset({"urgent", "critical"}), {})


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """A month of few and of many tickets, as files."""
    folder = tmp_path_factory.mktemp("exports")
    return {rows: write_csv(folder / f"{rows}.csv", rows) for rows in (FEW, MANY)}


def fresh(path: Path) -> Database:
    """Return an empty migrated database."""
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    return database


def take_in(database: Database, counting: Counting, export: Path) -> None:
    """Import a file."""
    with export.open(encoding="utf-8", newline="") as lines:
        import_tickets(database, counting, open_file(lines, None), source=export.name)


@pytest.fixture(scope="module")
def filled(counting, exports, tmp_path_factory) -> Iterator[dict[int, Database]]:
    """A database with few tickets and one with many."""
    folder = tmp_path_factory.mktemp("filled")
    databases = {rows: fresh(folder / f"{rows}.db") for rows in exports}
    for rows, database in databases.items():
        take_in(database, counting, exports[rows])
    yield databases
    for database in databases.values():
        database.close()


@pytest.mark.benchmark(group="1 · snapshot of one month: many tickets ÷ few (goal ≤ 1.2)")
@pytest.mark.parametrize("rows", [FEW, MANY])
@pytest.mark.parametrize("slug", ["csat", "resolution_time"])
def test_snapshot_of_a_month(benchmark, filled, counting, slug, rows):
    """A month costs what its days cost, however many tickets lie behind them."""
    benchmark.group = (
        f"1 · snapshot of one month, {slug}: a million tickets ÷ ten thousand (goal ≤ 1.2)"
    )
    period = parse_period("2026-10", AS_OF.date())
    with filled[rows].reading() as session:
        benchmark(take_snapshot, session, counting, counting.kpis[slug], period, as_of=AS_OF)


GROUP_IMPORT = "2 · a million rows: import ÷ plain executemany of the parsed rows (goal ≤ 4)"


@pytest.mark.benchmark(group=GROUP_IMPORT)
def test_a_plain_executemany_through_sqlalchemy(benchmark, exports, tmp_path):
    """The plainest way to keep the same parsed rows in one indexed table with the tools of the house."""
    rows = [row._asdict() for row in _parsed(exports[MANY])]
    database = fresh(tmp_path / "plain.db")

    def keep() -> None:
        with database.engine.begin() as connection:
            for start in range(0, len(rows), 5_000):
                connection.execute(insert(TICKETS), rows[start : start + 5_000])

    benchmark.pedantic(keep, rounds=1)
    database.close()


@pytest.mark.benchmark(group="2 · the same with the bare driver, for comparison")
def test_a_plain_executemany_of_the_bare_driver(benchmark, exports, tmp_path):
    """The least that SQLite itself asks for."""
    rows = [
        tuple(to_stored(v) if isinstance(v, datetime) else v for v in row)
        for row in _parsed(exports[MANY])
    ]
    database = fresh(tmp_path / "bare.db")
    marks = ",".join("?" * len(TICKETS.c))

    def keep() -> None:
        with database.engine.begin() as connection:
            connection.exec_driver_sql(f"INSERT INTO ticket VALUES ({marks})", rows)  # noqa: S608

    benchmark.pedantic(keep, rounds=1)
    database.close()


@pytest.mark.benchmark(group=GROUP_IMPORT)
def test_import(benchmark, counting, exports, tmp_path):
    """Reading, checking, comparing, counting for every KPI, staging and moving in."""
    database = fresh(tmp_path / "import.db")
    recount(database, counting)
    benchmark.pedantic(take_in, (database, counting, exports[MANY]), rounds=1)
    database.close()


IMPORTING = """
import contextlib, pathlib, runpy, sys
sys.argv = ["bot", "import", "tickets", sys.argv[1]]
with contextlib.suppress(SystemExit):
    runpy.run_module("bot", run_name="__main__")
status = pathlib.Path("/proc/self/status").read_text()
print(*(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), sep="")
"""  # the peak of this process alone: what getrusage tells of a child includes the parent it was made from


def test_peak_memory_of_an_import(exports, tmp_path, capsys):
    """The whole process, interpreter and libraries included (goal ≤ 250 MB)."""
    page = tmp_path / "app.yaml"
    page.write_text("timezone: UTC\n", encoding="utf-8")
    environ = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path}/memory.db",
        "STEWARD_CONFIG": str(page),
    }
    command = [sys.executable, "-c", IMPORTING, str(exports[MANY])]
    done = subprocess.run(command, env=environ, check=True, capture_output=True, text=True)
    peak = int(done.stdout.split()[-1]) / 1024
    with capsys.disabled():
        print(f"\npeak memory of an import of {MANY:,} rows: {peak:.0f} MB (goal ≤ 250)")


def _parsed(export: Path) -> list[Ticket]:
    file = open_file(io.StringIO(export.read_text(encoding="utf-8"), newline=""), None)
    return [row for row in file.tickets() if isinstance(row, Ticket)]
