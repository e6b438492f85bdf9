"""The stage that every test stands on: a fresh database with the schema that users get, and the cast.

A test that asks for `database` or `database_url` runs on SQLite, and marked `both_databases` on PostgreSQL too;
`--database` chooses one for all. A test of one database alone asks for `sqlite_url` or `postgresql_url`.
"""

import os
import re
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from threading import local
from typing import Any

import psycopg  # noqa: F401 (before a test stops the clock: its parts in C know no other date)
import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from bot.catalog import digest, find
from bot.domain.kpi import Kpi, make_catalogue
from bot.storage.database import Database
from bot.storage.incident import MARK
from tests.databases import PostgresServer, SqliteFiles
from tests.front_door import FrontDoor, Mode
from tests.helpdesk import Helpdesk
from tests.meetingroom import MeetingRoom, clear
from tests.postgres import postgres_server

DATABASES = ("sqlite", "postgresql")
_TOUCHES_INCIDENTS = re.compile(
    r"\b(?:FROM|JOIN|UPDATE)\s+incident(?:_\w+)?\b(?<!incident_counter)"
)
_GUARDED = ("SELECT", "WITH", "UPDATE", "DELETE")


@pytest.fixture(scope="session", autouse=True)
def nobody_reads_incidents_unasked() -> Iterator[None]:
    """Refuse, in every test, a query of incidents that does not say for whom it is (see `bot.storage.incident`).

    So too an update or a deletion that finds its rows by itself; a session that writes back the rows it has found is let be.
    """
    this_thread = local()

    def refuse(
        _connection: object,
        _cursor: object,
        statement: str,
        _parameters: object,
        context: Any,
        _many: bool,
    ) -> None:
        if getattr(this_thread, "writes_back", False):
            return
        if _TOUCHES_INCIDENTS.search(statement) and statement.lstrip().startswith(_GUARDED):
            said = context.execution_options.get(MARK) if context else None
            assert said is not None, (
                f"a query of incidents that says not for whom: {statement[:300]}"
            )

    def begin(*_: object) -> None:
        this_thread.writes_back = True

    def end(*_: object) -> None:
        this_thread.writes_back = False

    listeners = (
        (Engine, "before_cursor_execute", refuse),
        (Session, "before_flush", begin),
        (Session, "after_flush", end),
        (Session, "after_soft_rollback", end),
    )
    for listener in listeners:
        event.listen(*listener)
    yield
    for listener in listeners:
        event.remove(*listener)


MODES: tuple[Mode, ...] = ("socket", "http")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the command line choose a database, and of the tests that knock in both modes of delivery those in one."""
    parser.addoption("--database", choices=DATABASES, help="the database of every test")
    parser.addoption("--mode", choices=MODES, help="the mode of delivery of tests that have both")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of the mode that was not chosen."""
    others = set(MODES) - {config.getoption("mode")} if config.getoption("mode") else set()
    left_out = [item for item in items if others & set(_parameters(item))]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _parameters(item: pytest.Item) -> list[str]:
    """Return the names of what a test was made with."""
    return item.name.partition("[")[2].rstrip("]").split("-")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once on each of its databases."""
    if "database_name" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("database")
        on_both = metafunc.definition.get_closest_marker("both_databases")
        names = DATABASES if on_both else DATABASES[:1]
        metafunc.parametrize("database_name", (chosen,) if chosen else names)


@pytest.fixture(scope="session")
def kpis() -> dict[str, Kpi]:
    """Every KPI there is, as the house finds them."""
    found = find("kpis", "KPI", Kpi)
    return make_catalogue(found, {slug: digest(f"kpis.{slug}") for slug in found})


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> SqliteFiles:
    """What makes SQLite databases."""
    return SqliteFiles(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresServer]:
    """What makes PostgreSQL databases: a server of the run's own, or the one in TEST_DATABASE_URL."""
    given = os.environ.get("TEST_DATABASE_URL")
    with nullcontext(given) if given else postgres_server() as address:
        server = PostgresServer(address)
        yield server
        server.close()


@pytest.fixture
def sqlite_url(sqlite_files: SqliteFiles, tmp_path: Path) -> str:
    """The address of this test's own migrated SQLite database, for this process and for others."""
    return sqlite_files.copy(tmp_path)


@pytest.fixture
def postgresql_url(postgresql_server: PostgresServer) -> Iterator[str]:
    """The address of this test's own migrated PostgreSQL database, for this process and for others."""
    with postgresql_server.copy() as url:
        yield url


@pytest.fixture
def database_url(database_name: str, request: pytest.FixtureRequest) -> str:
    """The address of this test's own migrated database, on whichever database it runs."""
    return str(request.getfixturevalue(f"{database_name}_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """This test's own migrated database, opened."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture(scope="module")
def cleared_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database for many short tests, each of which clears it: that takes a tenth of copying it."""
    if request.config.getoption("database") == "postgresql":
        copied = request.getfixturevalue("postgresql_server").copy()
    else:
        folder = request.getfixturevalue("tmp_path_factory").mktemp("meetings")
        copied = nullcontext(request.getfixturevalue("sqlite_files").copy(folder))
    with copied as url:
        database = Database(url)
        yield database
        database.close()


@pytest.fixture
def room(cleared_database: Database) -> MeetingRoom:
    """The room in which meetings are booked and held, nobody in it yet, its clock wound by the test."""
    clear(cleared_database)
    return MeetingRoom(cleared_database)


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> Mode:
    """How Slack delivers: a test that asks for it runs over Socket Mode and over signed HTTP (`--mode` chooses one)."""
    chosen: Mode = request.param
    return chosen


@pytest.fixture
def own_mode(request: pytest.FixtureRequest) -> Mode:
    """The mode of a test that asks for it; Socket Mode where nobody knocks, and it makes no difference."""
    if "mode" not in request.fixturenames:
        return "socket"
    chosen: Mode = request.getfixturevalue("mode")
    return chosen


@pytest.fixture
def slack(mode: Mode, database_url: str, tmp_path: Path) -> Iterator[FrontDoor]:
    """A practice workspace with the bot in it, over either mode of delivery."""
    with FrontDoor(database_url, tmp_path, mode=mode) as door:
        yield door


@pytest.fixture
def helpdesk(slack: FrontDoor) -> Helpdesk:
    """The helpdesk whose tickets the bot counts."""
    return Helpdesk(slack)
